"""Find what opened and closed an item of a clearing account."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "journal_open_items", "journal (merchant_id, open_item_id, open_item_kind) WHERE open_item_id IS NOT NULL"
    )
