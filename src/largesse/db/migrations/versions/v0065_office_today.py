"""Indexes of what waits for somebody on Today: each holds only what does."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes, while gifts and payments are written."""
    create_index_concurrently("gifts_failed", "gifts (merchant_id, created_at) WHERE status = 'failed'")
    create_index_concurrently("payments_for_nothing", "payments (merchant_id) WHERE surplus AND status = 'succeeded'")
