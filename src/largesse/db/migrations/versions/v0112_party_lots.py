"""What a draft gathers is found filling by filling, without reading all that its partner ever ordered."""

from largesse.db.migrations.statements import create_index_concurrently, drop_index_concurrently

revision = "0112"
down_revision = "0111"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index, which takes the place of one that has the partner alone: an order writes no entry more."""
    create_index_concurrently(
        "journal_party_lots",
        "journal (merchant_id, party_id, (coalesce(lot_id, subject_id))) WHERE party_id IS NOT NULL",
    )
    drop_index_concurrently("journal_parties")
