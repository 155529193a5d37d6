"""For how long somebody at a counter undoes by themselves what they did."""

from largesse.db.migrations.statements import run

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants ADD COLUMN undo_minutes smallint NOT NULL DEFAULT 5 CHECK (undo_minutes BETWEEN 0 AND 60);
"""


def upgrade() -> None:
    """Add the setting."""
    run(_SQL)
