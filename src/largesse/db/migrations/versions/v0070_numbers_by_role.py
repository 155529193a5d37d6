"""The key of a certificate's numbers, by what each is for, and the weak ones of a merchant."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes."""
    create_index_concurrently(
        "certificate_numbers_by_role", "certificate_numbers (merchant_id, certificate_id, role)", unique=True
    )
    create_index_concurrently(
        "certificate_numbers_weak", "certificate_numbers (merchant_id, bits) WHERE bits IS NOT NULL"
    )
