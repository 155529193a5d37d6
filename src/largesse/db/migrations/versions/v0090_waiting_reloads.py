"""Find what shall reload a certificate once it is paid."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "orders_that_reload", "orders (merchant_id, fills_id) WHERE fills_id IS NOT NULL AND status = 'placed'"
    )
