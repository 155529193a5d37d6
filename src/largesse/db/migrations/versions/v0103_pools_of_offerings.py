"""Pools that sales of an offering draw from."""

from largesse.db.migrations.statements import run

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None

_SQL = """
-- of a pool: the offering whose sales draw its codes by themselves
ALTER TABLE card_batches ADD COLUMN offering_id uuid;
"""


def upgrade() -> None:
    """Add the column."""
    run(_SQL)
