"""When a gateway was last asked about a payment: buyers who reload their page share one bound."""

from largesse.db.migrations.statements import run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE payments
    -- when the gateway was last asked how it stands, for the sweeper or for a buyer; null: never
    ADD COLUMN asked_at timestamptz;
"""


def upgrade() -> None:
    """Add the column."""
    run(_SQL)
