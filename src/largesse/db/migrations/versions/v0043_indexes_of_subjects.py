"""Find what was undone of subjects that are no certificates, and the rows of a partner's accounts."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes."""
    create_index_concurrently(
        "journal_entries_undone_once",
        "journal (merchant_id, refers_to, subject_id, line) WHERE kind IN ('unmatch', 'refund_failed', 'dispute_won')",
        unique=True,
    )
    create_index_concurrently("journal_parties", "journal (merchant_id, party_id) WHERE party_id IS NOT NULL")
