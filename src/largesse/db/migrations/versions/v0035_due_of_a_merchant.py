"""What is due of a merchant's gifts, payments, refunds, drafts and tokens is found by merchant.

Outside a transaction, so that the tables are read and written meanwhile; each statement may be run again.
"""

from largesse.db.migrations.statements import create_index_concurrently, drop_index_concurrently

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_WAITING = "WHERE status = 'waiting'"
_PENDING = "WHERE status = 'pending' AND next_look_at IS NOT NULL"
_OWED = "WHERE status IN ('owed', 'sent') AND next_attempt_at IS NOT NULL"


def upgrade() -> None:
    """Build the indexes that begin with the merchant, and drop those in their place."""
    create_index_concurrently("gifts_due", f"gifts (merchant_id, due_at) {_WAITING}")
    drop_index_concurrently("gifts_waiting")
    create_index_concurrently("payments_due", f"payments (merchant_id, next_look_at) {_PENDING}")
    drop_index_concurrently("payments_to_look_at")
    create_index_concurrently("refunds_due_of_merchant", f"refunds (merchant_id, next_attempt_at) {_OWED}")
    drop_index_concurrently("refunds_due")
    create_index_concurrently("drafts_ended", "drafts (merchant_id, kept_until)")
    drop_index_concurrently("drafts_by_end")
    create_index_concurrently("access_tokens_ended", "access_tokens (merchant_id, expires_at)")
    drop_index_concurrently("access_tokens_expired")
