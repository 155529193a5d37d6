"""Holders are reminded of the last day of their certificates, unless the merchant or they themselves say no."""

from largesse.db.migrations.statements import run

revision = "0119"
down_revision = "0118"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants ADD COLUMN reminders text NOT NULL DEFAULT 'usual' CHECK (reminders IN ('usual', 'on', 'off'));

-- Who wants no reminders of a merchant any more, for ever: by a digest, which outlives whoever is forgotten.
CREATE TABLE reminder_refusals (
    merchant_id uuid NOT NULL REFERENCES merchants,
    address_digest bytea NOT NULL CHECK (length(address_digest) = 32),
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, address_digest)
);

ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    -- reminder: tells the recipient of a gift that its last day comes near
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned', 'replaced',
            'credited', 'by_hand', 'arrived', 'reminder')) NOT VALID;
"""


def upgrade() -> None:
    """Add the column, create the table, and widen what a mail may be for."""
    run(_SQL)
    run("ALTER TABLE mails VALIDATE CONSTRAINT mails_purpose_check")
