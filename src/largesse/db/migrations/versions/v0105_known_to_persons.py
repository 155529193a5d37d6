"""What a person sold, found, revealed or printed is found without reading all that a merchant ever did."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0105"
down_revision = "0104"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes. Only what people did is in them: shop, programs and imports write none of their entries."""
    create_index_concurrently(
        "journal_known_to_persons",
        "journal (merchant_id, actor) WHERE subject_kind = 'certificate' AND actor LIKE 'person:%' "
        "AND (kind IN ('issue', 'activate', 'reload', 'transfer') OR entry_mode = 'found')",
    )
    create_index_concurrently("audit_log_by_actor", "audit_log (merchant_id, actor, action)")
