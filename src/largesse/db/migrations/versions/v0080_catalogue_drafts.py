"""Drafts of the catalogue: what is being changed, and not published yet."""

from largesse.db.migrations.statements import run

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE catalogue_drafts (
    merchant_id uuid NOT NULL,
    -- the offering, also one that does not stand yet, or the merchant itself for its theme
    draft_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('offering', 'theme')),
    -- as JSON; only ever read as a whole
    content text NOT NULL CHECK (octet_length(content) BETWEEN 2 AND 200000),
    -- the revision of what stood when it was begun, nothing where nothing did
    seen text NOT NULL,
    changed_by text NOT NULL CHECK (char_length(changed_by) BETWEEN 1 AND 120),
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, draft_id)
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
