"""Certificates of partners are taxed as their agreement says."""

from largesse.db.migrations.statements import run

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE agreements
    ADD COLUMN tax_kind text NOT NULL DEFAULT 'none',
    ADD COLUMN tax_country text,
    ADD COLUMN tax_rate numeric(7, 6),
    ADD CONSTRAINT agreements_tax CHECK (
        tax_kind IN ('none', 'single_purpose', 'multi_purpose')
        AND (tax_country IS NULL OR (tax_country ~ '^[A-Z]{2}$' AND tax_kind <> 'none'))
        AND (tax_kind = 'single_purpose') = (tax_rate IS NOT NULL)
        AND (tax_rate IS NULL OR (tax_rate > 0 AND tax_rate <= 1))
        AND (tax_kind <> 'single_purpose' OR tax_country IS NOT NULL)
    ) NOT VALID;
"""


def upgrade() -> None:
    """Add the columns of a tax."""
    run(_SQL)
    run("ALTER TABLE agreements VALIDATE CONSTRAINT agreements_tax")
