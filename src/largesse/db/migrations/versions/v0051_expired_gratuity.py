"""Where gratuity goes that expires unspent: merchants say whether they keep it, or owe it to their staff."""

from largesse.db.migrations.statements import run

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants ADD COLUMN expired_gratuity text NOT NULL DEFAULT 'kept'
    CHECK (expired_gratuity IN ('kept', 'owed'));

-- the account of it, for whoever posts
ALTER TABLE books ADD COLUMN expired_gratuity text NOT NULL DEFAULT 'breakage_of_gratuities'
    CHECK (expired_gratuity IN ('breakage_of_gratuities', 'gratuities_payable'));
"""


def upgrade() -> None:
    """Add the columns."""
    run(_SQL)
