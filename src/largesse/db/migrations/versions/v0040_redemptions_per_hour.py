"""How often one certificate may be redeemed within an hour, and when it was."""

from largesse.db.migrations.statements import run

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants ADD COLUMN redemptions_per_hour smallint CHECK (redemptions_per_hour BETWEEN 1 AND 100);

-- a copy of the merchant's, for whoever posts
ALTER TABLE books ADD COLUMN redemptions_per_hour smallint CHECK (redemptions_per_hour BETWEEN 1 AND 100);

-- times of its last redemptions, where the merchant limits how many there may be; null: there was no limit
ALTER TABLE certificates ADD COLUMN redeemed_at timestamptz[];
"""


def upgrade() -> None:
    """Add the columns."""
    run(_SQL)
