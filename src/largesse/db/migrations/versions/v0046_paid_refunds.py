"""Find what was booked as paid of refunds for a certificate: these rows are of the gateway's account."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "journal_paid_refunds", "journal (merchant_id, refers_to) WHERE kind = 'pay_refund' AND refers_to IS NOT NULL"
    )
