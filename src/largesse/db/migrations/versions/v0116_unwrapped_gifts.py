"""Gifts know when their recipient unwrapped them: from then on the shop corrects their address, not the buyer."""

from largesse.db.migrations.statements import run

revision = "0116"
down_revision = "0115"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of gifts of before nobody knows."""
    run("ALTER TABLE gifts ADD COLUMN unwrapped_at timestamptz;")
