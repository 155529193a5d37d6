"""Mails that tell a buyer of money and gifts that go back: what they are for, and how much it is."""

from largesse.db.migrations.statements import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    DROP CONSTRAINT mails_check,
    -- gift: the certificate, to its recipient; all others go to the buyer. receipt; trouble: a gift was refused;
    -- refunded, voided, reclaimed: a gift was taken back by a refund, by the shop, by the buyer's bank;
    -- returned: a payment bought nothing
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned')),
    -- those about a whole checkout name no order
    ADD CONSTRAINT mails_check CHECK ((purpose IN ('receipt', 'returned')) = (order_id IS NULL)),
    -- what goes back to the buyer, where the mail tells of it
    ADD COLUMN amount bigint CHECK (amount > 0),
    ADD COLUMN currency text CHECK (currency ~ '^[A-Z]{3}$'),
    ADD CONSTRAINT mails_money CHECK ((amount IS NULL) = (currency IS NULL));
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
