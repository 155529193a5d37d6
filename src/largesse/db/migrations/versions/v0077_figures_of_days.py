"""What reports are made of, added up when a journal is sealed, by all that they tell apart; and who did what."""

from largesse.db.migrations.statements import create_index_concurrently, run

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_SQL = """
-- What the rows of one seal come to on a business day, where all that reports tell apart is the same. A seal from
-- before there were figures gets its own with the next one.
CREATE TABLE ledger_figures (
    merchant_id uuid NOT NULL,
    booked_on date NOT NULL,
    seal_number integer NOT NULL,
    line integer NOT NULL,
    currency text NOT NULL,
    -- '': of no certificate, or of one that nobody has bought yet
    class_of_value text NOT NULL,
    location_id uuid NOT NULL,
    kind text NOT NULL,
    leg text,
    debit text,
    credit text,
    offering_id uuid,
    refcode text,
    party_id uuid,
    legal_entity_id uuid,
    -- where the lot that they move was sold
    home_id uuid,
    tax_kind text,
    tax_country text,
    tax_rate_ppm integer,
    -- of tax alone
    due_on date,
    rows bigint NOT NULL CHECK (rows >= 1),
    -- operations on a subject, counted at the first of their rows between the same accounts
    operations bigint NOT NULL CHECK (operations >= 0),
    -- the same, counted at the first that moves the same side of what is outstanding
    movements bigint NOT NULL CHECK (movements >= 0),
    sum bigint NOT NULL CHECK (sum >= 0),
    taxable bigint NOT NULL,
    PRIMARY KEY (merchant_id, booked_on, seal_number, line)
);

CREATE INDEX ledger_figures_by_seal ON ledger_figures (merchant_id, seal_number);

-- How often somebody did something at a device within a quarter of an hour, which every zone's hours are made of.
CREATE TABLE ledger_acts (
    merchant_id uuid NOT NULL,
    booked_on date NOT NULL,
    seal_number integer NOT NULL,
    line integer NOT NULL,
    location_id uuid NOT NULL,
    actor text NOT NULL,
    device_id uuid,
    slot timestamptz NOT NULL,
    act text NOT NULL,
    count bigint NOT NULL CHECK (count >= 1),
    PRIMARY KEY (merchant_id, booked_on, seal_number, line)
);

-- When a certificate was last filled, spent from or held; null where that is only in its journal.
ALTER TABLE certificates ADD COLUMN active_at timestamptz;

CREATE TRIGGER ledger_figures_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_figures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER ledger_acts_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Create the tables and the column, and find the rows of a business day and of a drawer."""
    run(_SQL)
    create_index_concurrently("journal_booked", "journal (merchant_id, booked_on)")
    create_index_concurrently(
        "journal_drawers",
        "journal (merchant_id, device_id, recorded_at) WHERE device_id IS NOT NULL"
        " AND (debit IN ('cash', 'terminal') OR credit IN ('cash', 'terminal'))",
    )
