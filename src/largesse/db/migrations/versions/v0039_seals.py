"""Seals of the journal, and the sums of its days, which are written with them."""

from largesse.db.migrations.statements import run

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_SQL = """
-- What stood in a merchant's journal at a moment, in one hash (docs/internals/seals.md).
CREATE TABLE seals (
    merchant_id uuid NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    format smallint NOT NULL,
    -- it covers every row that was recorded up to here
    cut timestamptz NOT NULL,
    leaf_count bigint NOT NULL CHECK (leaf_count >= 1),
    row_count bigint NOT NULL CHECK (row_count >= leaf_count),
    -- currency, account, debits and credits, a line for each account
    totals text NOT NULL,
    root bytea NOT NULL CHECK (octet_length(root) = 32),
    -- the hash of the seal before; zeros for the first
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, number),
    UNIQUE (merchant_id, cut)
);

-- What the rows of one seal add up to by business day; '' stands for what rows of that kind do not have.
CREATE TABLE ledger_days (
    merchant_id uuid NOT NULL,
    booked_on date NOT NULL,
    seal_number integer NOT NULL,
    currency text NOT NULL,
    class_of_value text NOT NULL,
    location_id uuid NOT NULL,
    kind text NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    count bigint NOT NULL CHECK (count >= 1),
    sum bigint NOT NULL CHECK (sum >= 0),
    PRIMARY KEY (merchant_id, booked_on, seal_number, currency, class_of_value, location_id, kind, debit, credit)
);

CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_days_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_days
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

UPDATE endpoints SET events = events || ARRAY['ledger.sealed']
WHERE format = 'email' AND events @> ARRAY['refund.outside'] AND NOT events @> ARRAY['ledger.sealed'];
"""


def upgrade() -> None:
    """Add the tables, and have the notices that stand tell of seals."""
    run(_SQL)
