"""What of an invoice's tax the merchant's own tills have booked."""

from largesse.db.migrations.statements import run

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

_SQL = """
-- What of `booked` tills owe to the state, not these books: nothing of it is relieved here when an invoice is given up.
ALTER TABLE invoice_taxes ADD COLUMN elsewhere bigint NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    """Add the column."""
    run(_SQL)
