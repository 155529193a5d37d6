"""When a merchant closed its shop on the web."""

from largesse.db.migrations.statements import run

revision = "0110"
down_revision = "0109"
branch_labels = None
depends_on = None

_SQL = """
-- since when nothing is sold on the web; certificates, counters and partners go on
ALTER TABLE merchants ADD COLUMN closed_at timestamptz;
"""


def upgrade() -> None:
    """Add the column."""
    run(_SQL)
