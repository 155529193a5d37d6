"""Checkouts that wait for their payment are found without looking through all that were ever paid."""

from largesse.db.migrations.statements import run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SQL = """
CREATE INDEX checkouts_open ON checkouts (checkout_id) WHERE status = 'open';
"""


def upgrade() -> None:
    """Make the index."""
    run(_SQL)
