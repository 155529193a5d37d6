"""Notices by mail tell merchants of refunds that were made at the gateway and not here."""

from largesse.db.migrations.statements import run

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_SQL = """
UPDATE endpoints SET events = events || ARRAY['refund.outside']
WHERE format = 'email' AND events @> ARRAY['refund.failed'] AND NOT events @> ARRAY['refund.outside'];
"""


def upgrade() -> None:
    """Have the notices that stand tell of more."""
    run(_SQL)
