"""An order writes into fewer indexes: those of recipients leave out who has none, and deliveries are found by endpoint.

Outside a transaction; what is cut short is run again.
"""

from largesse.db.migrations.statements import create_index_concurrently, drop_index_concurrently, run_outside

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes that leave most orders out, then drop those that did not, and one that nothing needs."""
    create_index_concurrently(
        "orders_by_recipients_address", "orders (merchant_id, lower(recipient_email)) WHERE recipient_email <> ''"
    )
    create_index_concurrently(
        "orders_by_recipients_name",
        "orders (merchant_id, lower(recipient_first_name || ' ' || recipient_last_name) text_pattern_ops)"
        " WHERE recipient_first_name <> ''",
    )
    drop_index_concurrently("orders_by_recipient")
    drop_index_concurrently("orders_by_recipient_name")
    # Of a partitioned table none can be dropped concurrently; it is quick.
    run_outside("DROP INDEX IF EXISTS deliveries_by_event")
