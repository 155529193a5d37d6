"""Notices by mail tell merchants of money too, not only of endpoints that were disabled."""

from largesse.db.migrations.statements import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SQL = """
UPDATE endpoints SET events = ARRAY['endpoint.disabled', 'payment.returned', 'refund.failed']
WHERE format = 'email' AND events = ARRAY['endpoint.disabled'];
"""


def upgrade() -> None:
    """Have the notices that stand tell of more."""
    run(_SQL)
