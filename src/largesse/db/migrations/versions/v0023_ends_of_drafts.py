"""When a draft is deleted: soon, as long as no gift in it is filled in."""

from largesse.db.migrations.statements import run

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SQL = """
-- nothing in those that a version before wrote: they are kept for a month after the last touch
ALTER TABLE drafts ADD COLUMN kept_until timestamptz;

CREATE INDEX drafts_by_end ON drafts (kept_until);
"""


def upgrade() -> None:
    """Add the column and its index."""
    run(_SQL)
