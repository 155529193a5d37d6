"""What several certificates of one operation took is undone certificate by certificate, each once."""

from largesse.db.migrations.statements import create_index_concurrently, run_outside

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes, and drop those that knew only the first certificate of an operation."""
    for kind, name, before in (
        ("reverse", "journal_redemptions_undone_once", "journal_reversed_once"),
        ("reinstate", "journal_expiries_undone_once", "journal_reinstated_once"),
    ):
        create_index_concurrently(
            name, f"journal (merchant_id, refers_to, subject_id, line) WHERE kind = '{kind}'", unique=True
        )
        run_outside(f"DROP INDEX CONCURRENTLY IF EXISTS {before}")
