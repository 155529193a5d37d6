"""Find the rows of a merchant's tax without reading its journal."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "journal_taxes",
        "journal (merchant_id, coalesce(tax_point, booked_on)) "
        "WHERE debit = 'tax_payable' OR credit = 'tax_payable' OR (leg = 'tax_due' AND amount IS NULL)",
    )
