"""What a partner is owed is found without reading all that it ever ordered."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0109"
down_revision = "0108"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index. Only payments, credits and matches are in it: no order writes an entry."""
    create_index_concurrently(
        "journal_partner_credit",
        "journal (merchant_id, party_id, currency) WHERE party_id IS NOT NULL "
        "AND (debit = 'partner_credit' OR credit = 'partner_credit')",
    )
