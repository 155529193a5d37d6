"""Gifts that got a new number because their recipient's address was corrected."""

from largesse.db.migrations.statements import run

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_SQL = """
-- how often a corrected address gave the certificate a new number
ALTER TABLE gifts ADD COLUMN corrections smallint NOT NULL DEFAULT 0 CHECK (corrections >= 0);

ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    -- replaced: tells whoever was mailed a gift that its number has ended
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned', 'replaced'));
"""


def upgrade() -> None:
    """Widen the tables."""
    run(_SQL)
