"""Orders of before that have a tax had it added; its rate is the offering's, where that makes the tax they have."""

from largesse.db.migrations.statements import run

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SQL = """
UPDATE orders
SET tax_kind = 'sales_tax', tax_rate = (
    SELECT offerings.tax_rate
    FROM offerings
    WHERE offerings.merchant_id = orders.merchant_id AND offerings.offering_id = orders.offering_id
        AND offerings.tax_rate > 0 AND round((orders.amount - orders.discount) * offerings.tax_rate) = orders.tax
)
WHERE tax > 0 AND tax_kind = 'none';

ALTER TABLE orders VALIDATE CONSTRAINT orders_tax_kind_check;

ALTER TABLE orders VALIDATE CONSTRAINT orders_tax_country_check;

ALTER TABLE orders VALIDATE CONSTRAINT orders_tax_rate_check;

ALTER TABLE orders VALIDATE CONSTRAINT orders_included_tax_check;
"""


def upgrade() -> None:
    """Name the kind of what was taxed before."""
    run(_SQL)
