"""Indexes of the office's search: addresses, names, and what partners call their orders."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes, while orders and checkouts are written; those of what is seldom there leave the rest out."""
    create_index_concurrently("orders_by_recipient", "orders (merchant_id, lower(recipient_email))")
    create_index_concurrently(
        "orders_by_recipient_name",
        "orders (merchant_id, lower(recipient_first_name || ' ' || recipient_last_name) text_pattern_ops)",
    )
    create_index_concurrently(
        "orders_by_recipient_last_name",
        "orders (merchant_id, lower(recipient_last_name) text_pattern_ops) WHERE recipient_last_name <> ''",
    )
    create_index_concurrently("checkouts_by_buyer", "checkouts (merchant_id, lower(billing_email))")
    create_index_concurrently(
        "checkouts_by_buyer_name",
        "checkouts (merchant_id, lower(billing_first_name || ' ' || billing_last_name) text_pattern_ops)",
    )
    create_index_concurrently(
        "checkouts_by_buyer_last_name", "checkouts (merchant_id, lower(billing_last_name) text_pattern_ops)"
    )
    create_index_concurrently(
        "orders_by_partners_number",
        "orders (merchant_id, third_party_identifier) WHERE third_party_identifier IS NOT NULL",
    )
    create_index_concurrently("orders_by_any_refcode", "orders (merchant_id, refcode) WHERE refcode IS NOT NULL")
