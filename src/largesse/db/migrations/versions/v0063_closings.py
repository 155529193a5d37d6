"""The close of a device's day: what lay in its drawer, what should have, and what it took, for good."""

from largesse.db.migrations.statements import run

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_SQL = """
-- Days of devices that were closed. They are added to and never changed; each takes in what was recorded on the device
-- after the one before it, up to its cut.
CREATE TABLE closings (
    merchant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    operation_id uuid NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
    location_id uuid NOT NULL,
    booked_on date NOT NULL,
    since timestamptz,
    cut timestamptz NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- in the smallest unit; where the merchant's own till books, nothing is counted
    opening bigint NOT NULL,
    expected bigint NOT NULL,
    counted bigint CHECK (counted >= 0),
    terminal_expected bigint NOT NULL,
    terminal_counted bigint CHECK (terminal_counted >= 0),
    reason text NOT NULL CHECK (char_length(reason) <= 200),
    -- closed by somebody who did not stand at it
    from_office boolean NOT NULL,
    actor text NOT NULL CHECK (char_length(actor) <= 100),
    totals jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, device_id, number),
    UNIQUE (merchant_id, operation_id),
    FOREIGN KEY (merchant_id, device_id) REFERENCES devices
);

CREATE TRIGGER closings_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON closings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
