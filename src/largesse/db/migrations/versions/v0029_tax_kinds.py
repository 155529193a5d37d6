"""What tax an offering has: what was a bare rate is sales tax, which is added."""

from largesse.db.migrations.statements import run

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE offerings
    -- sales_tax: added at sale; single_purpose: included in the price, due at sale; multi_purpose: due at redemption
    ADD COLUMN tax_kind text NOT NULL DEFAULT 'none'
        CHECK (tax_kind IN ('none', 'sales_tax', 'single_purpose', 'multi_purpose')),
    -- ISO 3166; none for a rate of a version before, and where there are several
    ADD COLUMN tax_country text CHECK (tax_country ~ '^[A-Z]{2}$'),
    -- what a multi-purpose certificate may be redeemed for is taxed at these; none: not known
    ADD COLUMN redemption_rates numeric(7, 6)[] NOT NULL DEFAULT '{}' CHECK (cardinality(redemption_rates) <= 12),
    ADD CHECK (tax_kind <> 'single_purpose' OR (tax_country IS NOT NULL AND tax_rate > 0));

UPDATE offerings SET tax_kind = 'sales_tax' WHERE tax_rate > 0;
"""


def upgrade() -> None:
    """Add the columns, and name the kind of the rates that stand."""
    run(_SQL)
