"""How a merchant's mails to its customers are signed, and where answers go."""

from largesse.db.migrations.statements import run

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants
    -- the name that mails to customers come under; empty: the merchant's
    ADD COLUMN mail_from_name text NOT NULL DEFAULT '' CHECK (char_length(mail_from_name) <= 120),
    -- where customers' answers go; empty: to the contact address
    ADD COLUMN reply_to text NOT NULL DEFAULT '' CHECK (char_length(reply_to) <= 254);
"""


def upgrade() -> None:
    """Add the columns."""
    run(_SQL)
