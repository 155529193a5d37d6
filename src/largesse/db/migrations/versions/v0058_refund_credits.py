"""Refunds that were given as credit: which payment each is of, and which certificate it became."""

from largesse.db.migrations.statements import run

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_SQL = """
-- What was given back of a payment as value of class credit, by the operation that took it back. A dispute of the
-- payment reaches that value by it.
CREATE TABLE refund_credits (
    merchant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    -- follows the value to certificates that it is transferred to
    lot_id uuid NOT NULL,
    -- the mail that tells the buyer the number
    mail_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount bigint NOT NULL CHECK (amount > 0),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, operation_id),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

CREATE INDEX refund_credits_of_payment ON refund_credits (merchant_id, payment_id);
CREATE UNIQUE INDEX refund_credits_of_lot ON refund_credits (merchant_id, lot_id);
CREATE UNIQUE INDEX refund_credits_of_mail ON refund_credits (merchant_id, mail_id);

ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    -- credited: tells the buyer the number of the credit that a refund became
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned', 'replaced',
            'credited')) NOT VALID;
"""


def upgrade() -> None:
    """Create the table, and widen what a mail may be for."""
    run(_SQL)
    run("ALTER TABLE mails VALIDATE CONSTRAINT mails_purpose_check")
