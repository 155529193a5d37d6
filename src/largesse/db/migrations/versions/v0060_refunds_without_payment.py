"""Refunds of what no payment brought in, so that whatever is owed back is listed and can be handed back."""

from largesse.db.migrations.statements import run

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_SQL = """
-- cash for a reload, the rest of a certificate that is paid out later, what was paid in the books of before: of no
-- payment, and handed back by staff
ALTER TABLE refunds ALTER COLUMN payment_id DROP NOT NULL;

CREATE INDEX refunds_open ON refunds (merchant_id, created_at, refund_id) WHERE status <> 'settled';
"""


def upgrade() -> None:
    """Let refunds be of no payment."""
    run(_SQL)
