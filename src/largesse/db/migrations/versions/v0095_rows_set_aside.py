"""Keep rows of work without a line that cannot be verified, and tell of them."""

from largesse.db.migrations.statements import run

revision = "0095"
down_revision = "0094"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE offline_rows
    DROP CONSTRAINT offline_rows_state_check,
    ADD CONSTRAINT offline_rows_state_check
        CHECK (state IN ('taken', 'part', 'none', 'waits', 'dropped', 'aside')) NOT VALID;
ALTER TABLE offline_conflicts
    DROP CONSTRAINT offline_conflicts_kind_check,
    ADD CONSTRAINT offline_conflicts_kind_check
        CHECK (kind IN ('missing', 'gap', 'chain', 'twice', 'identity', 'cap', 'waits', 'unverified')) NOT VALID;
"""


def upgrade() -> None:
    """Widen the tables."""
    run(_SQL)
    run("ALTER TABLE offline_rows VALIDATE CONSTRAINT offline_rows_state_check")
    run("ALTER TABLE offline_conflicts VALIDATE CONSTRAINT offline_conflicts_kind_check")
