"""Indexes of the office's lists: a page of orders or certificates costs as little as its rows."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes, while orders and certificates are written.

    What a certificate holds is in none of them: a redemption stays a change within its page (HOT).
    """
    create_index_concurrently("orders_by_status", "orders (merchant_id, status, placed_at, order_id)")
    create_index_concurrently("orders_by_total", "orders (merchant_id, total, order_id) INCLUDE (currency)")
    create_index_concurrently("certificates_by_issue", "certificates (merchant_id, issued_at, certificate_id)")
    create_index_concurrently("certificates_by_status", "certificates (merchant_id, status, issued_at, certificate_id)")
