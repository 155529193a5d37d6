"""Find what waits for its payment at a counter."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "orders_waiting_at_counters",
        "orders (merchant_id, location_id, placed_at, order_id) WHERE channel = 'counter' AND status = 'placed'",
    )
