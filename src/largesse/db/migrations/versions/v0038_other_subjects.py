"""Find the rows of subjects that are no certificates: a seal has a leaf for each of them."""

from largesse.db.migrations.statements import create_index_concurrently

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index."""
    create_index_concurrently(
        "journal_other_subjects", "journal (merchant_id, subject_id, seq) WHERE subject_kind <> 'certificate'"
    )
