"""Count the mails on how to pay by hand that an address got, without reading all mails of a merchant."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0117"
down_revision = "0116"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "mails_by_hand", "mails (merchant_id, lower(address), queued_at) WHERE purpose = 'by_hand'"
    )
