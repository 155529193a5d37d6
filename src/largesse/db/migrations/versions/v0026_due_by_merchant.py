"""What is due is looked for merchant by merchant."""

from largesse.db.migrations.statements import run

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SQL = """
CREATE INDEX certificates_expiring_by_merchant ON certificates (merchant_id, expires_at)
    WHERE status IN ('active', 'blocked');

DROP INDEX certificates_expiring;

ALTER INDEX certificates_expiring_by_merchant RENAME TO certificates_expiring;

CREATE INDEX holds_expiring_by_merchant ON holds (merchant_id, expires_at) WHERE status = 'open';

DROP INDEX holds_expiring;

ALTER INDEX holds_expiring_by_merchant RENAME TO holds_expiring;
"""


def upgrade() -> None:
    """Order both indexes by merchant first."""
    run(_SQL)
