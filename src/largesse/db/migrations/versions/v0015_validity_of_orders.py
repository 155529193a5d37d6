"""Orders keep the rule of their validity, so that it is counted from the day of issue.

Orders that wait for payment take the rule of their offering where it explains the last day that was promised; where
the offering was changed since, the days from placing to that last day become the rule.
"""

from largesse.db.migrations.statements import run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE orders
    ADD COLUMN validity_months integer CHECK (validity_months BETWEEN 1 AND 1200),
    ADD COLUMN validity_days integer CHECK (validity_days BETWEEN 1 AND 36525),
    ADD CHECK (validity_months IS NULL OR validity_days IS NULL);
"""

FILL = """
UPDATE orders
SET validity_months = rule.months
FROM (
    SELECT o.merchant_id, o.order_id, o.good_through, (o.placed_at AT TIME ZONE m.time_zone)::date AS placed_on,
        CASE WHEN o.bonus_of IS NULL THEN f.validity_months ELSE f.bonus_validity_months END AS months
    FROM orders o
    JOIN merchants m ON m.merchant_id = o.merchant_id
    JOIN offerings f ON f.merchant_id = o.merchant_id AND f.offering_id = o.offering_id
    WHERE o.status = 'placed' AND o.good_through IS NOT NULL
) rule
WHERE orders.merchant_id = rule.merchant_id AND orders.order_id = rule.order_id
  AND (rule.placed_on + make_interval(months => rule.months))::date = rule.good_through;

UPDATE orders
SET validity_days = least(rule.days, 36525)
FROM (
    SELECT o.merchant_id, o.order_id, o.good_through - (o.placed_at AT TIME ZONE m.time_zone)::date AS days
    FROM orders o
    JOIN merchants m ON m.merchant_id = o.merchant_id
    WHERE o.status = 'placed' AND o.good_through IS NOT NULL AND o.validity_months IS NULL
) rule
WHERE orders.merchant_id = rule.merchant_id AND orders.order_id = rule.order_id AND rule.days >= 1;
"""


def upgrade() -> None:
    """Add the columns, and fill them for what waits for payment."""
    run(_COLUMNS)
    run(FILL)
