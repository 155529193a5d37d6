"""${message}."""

from largesse.db.migrations.statements import run

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

_SQL = """
"""


def upgrade() -> None:
    """Apply the change."""
    run(_SQL)
