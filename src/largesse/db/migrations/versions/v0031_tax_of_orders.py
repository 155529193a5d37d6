"""What kind of tax an order has, and what of it its price included."""

from largesse.db.migrations.statements import run

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE orders
    -- sales_tax: added, in `tax`; single_purpose: included, in `included_tax`; multi_purpose: due at redemption
    ADD COLUMN tax_kind text NOT NULL DEFAULT 'none',
    -- ISO 3166
    ADD COLUMN tax_country text,
    -- 0.19 is 19 %; none where no tax is due at sale, or the rate is not known
    ADD COLUMN tax_rate numeric(7, 6),
    -- what amount less discount includes, never added to the total
    ADD COLUMN included_tax bigint NOT NULL DEFAULT 0;

-- read through in a file of its own: here everybody waits
ALTER TABLE orders
    ADD CONSTRAINT orders_tax_kind_check
        CHECK (tax_kind IN ('none', 'sales_tax', 'single_purpose', 'multi_purpose')) NOT VALID,
    ADD CONSTRAINT orders_tax_country_check CHECK (tax_country ~ '^[A-Z]{2}$') NOT VALID,
    ADD CONSTRAINT orders_tax_rate_check CHECK (tax_rate BETWEEN 0 AND 1) NOT VALID,
    ADD CONSTRAINT orders_included_tax_check CHECK (
        included_tax >= 0 AND included_tax <= amount - discount AND (included_tax = 0 OR tax_kind = 'single_purpose')
    ) NOT VALID;
"""


def upgrade() -> None:
    """Add the columns."""
    run(_SQL)
