"""Entries of the audit log are ordered by their ids; an operation that happens once stands in a column of its own."""

from largesse.db.migrations.statements import create_index_concurrently, run_outside

revision = "0115"
down_revision = "0114"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and have each operation stand once. Only what may be asked for twice is in the index."""
    run_outside("ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS operation_id uuid")
    create_index_concurrently(
        "audit_log_operations", "audit_log (merchant_id, operation_id) WHERE operation_id IS NOT NULL", unique=True
    )
