"""Manual entries that a bookkeeper asks for and another person agrees to."""

from largesse.db.migrations.statements import run

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE manual_entries (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- also that of the operation which books it
    entry_id uuid NOT NULL,
    debit text NOT NULL CHECK (char_length(debit) <= 60),
    credit text NOT NULL CHECK (char_length(credit) <= 60),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- in the smallest unit
    amount bigint NOT NULL CHECK (amount > 0),
    why text NOT NULL CHECK (char_length(why) BETWEEN 1 AND 500),
    -- requested: waits for another person; booked; refused: not agreed to, or withdrawn
    state text NOT NULL CHECK (state IN ('requested', 'booked', 'refused')),
    requested_by text NOT NULL CHECK (char_length(requested_by) BETWEEN 1 AND 120),
    requester_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by text CHECK (char_length(decided_by) BETWEEN 1 AND 120),
    decided_at timestamptz,
    -- whether who asked for it agreed to it, since nobody else may
    alone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (merchant_id, entry_id),
    CHECK (debit <> credit),
    CHECK ((state = 'requested') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
