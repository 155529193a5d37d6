"""An index by which the deliveries of all endpoints of a merchant are listed by time, built while they are sent.

The index of the whole comes first, so that months that are made meanwhile have it; those that stand get theirs one by
one, outside a transaction. What is cut short is run again.
"""

from alembic import op

from largesse.db.migrations.statements import create_index_concurrently, run_outside

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

_COLUMNS = "(merchant_id, event_id, endpoint_id)"
_MISSING = """
SELECT part.relname::text FROM pg_inherits AS link JOIN pg_class AS part ON part.oid = link.inhrelid
WHERE link.inhparent = 'deliveries'::regclass AND NOT EXISTS (
    SELECT 1 FROM pg_inherits AS attached JOIN pg_index AS its ON its.indexrelid = attached.inhrelid
    WHERE attached.inhparent = 'deliveries_by_event'::regclass AND its.indrelid = part.oid
)
ORDER BY part.relname
"""


def upgrade() -> None:
    """Create the index."""
    run_outside(f"CREATE INDEX IF NOT EXISTS deliveries_by_event ON ONLY deliveries {_COLUMNS}")
    with op.get_context().autocommit_block():
        missing = [str(name) for (name,) in op.get_bind().exec_driver_sql(_MISSING)]
    for part in missing:
        create_index_concurrently(f"{part}_by_event", f"{part} {_COLUMNS}")
        run_outside(f"ALTER INDEX deliveries_by_event ATTACH PARTITION {part}_by_event")
