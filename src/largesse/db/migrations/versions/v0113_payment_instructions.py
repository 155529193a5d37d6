"""How merchants are paid without a gateway, and the mail that tells it."""

from largesse.db.migrations.statements import run

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE payment_instructions (
    merchant_id uuid NOT NULL REFERENCES merchants,
    currency text NOT NULL CHECK (char_length(currency) = 3),
    holder text NOT NULL CHECK (char_length(holder) <= 70),
    iban text NOT NULL CHECK (char_length(iban) <= 34),
    bic text NOT NULL CHECK (char_length(bic) <= 11),
    -- another kind of account, or a counter and its hours
    further text NOT NULL CHECK (char_length(further) <= 600),
    -- on which banks work, until which an order is kept
    days integer NOT NULL CHECK (days BETWEEN 5 AND 30),
    written_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, currency),
    CONSTRAINT payment_instructions_say_something CHECK (iban <> '' OR further <> '')
);

ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    -- by_hand: tells the buyer how to pay an order that waits for it
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned', 'replaced',
            'credited', 'by_hand')) NOT VALID,
    DROP CONSTRAINT mails_check,
    -- it is about all orders of its checkout
    ADD CONSTRAINT mails_check
        CHECK ((purpose IN ('receipt', 'returned', 'by_hand')) = (order_id IS NULL)) NOT VALID;
"""


def upgrade() -> None:
    """Create the table, and widen what a mail may be for."""
    run(_SQL)
    run("ALTER TABLE mails VALIDATE CONSTRAINT mails_purpose_check")
    run("ALTER TABLE mails VALIDATE CONSTRAINT mails_check")
