"""Orders that were taken at a counter: where, on which device, and which certificate they fill that stood before."""

from largesse.db.migrations.statements import run

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE orders
    ADD COLUMN location_id uuid,
    ADD COLUMN device_id uuid,
    -- the certificate that is activated or reloaded, where the order does not open one of its own
    ADD COLUMN fills_id uuid,
    DROP CONSTRAINT orders_channel_check,
    DROP CONSTRAINT orders_check3,
    ADD CONSTRAINT orders_channel_check CHECK (channel IN ('retail', 'partner', 'counter')) NOT VALID,
    ADD CONSTRAINT orders_of_checkouts CHECK ((channel <> 'partner') = (checkout_id IS NOT NULL)) NOT VALID
"""


def upgrade() -> None:
    """Add the columns, and widen what a channel may be."""
    run(_SQL)
    run("ALTER TABLE orders VALIDATE CONSTRAINT orders_channel_check")
    run("ALTER TABLE orders VALIDATE CONSTRAINT orders_of_checkouts")
