"""Counts that all processes keep together: who guesses, and who fills the database."""

from largesse.db.migrations.statements import run

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SQL = """
-- Not logged: a crash begins the counts anew, and a count never waits for the disk.
CREATE UNLOGGED TABLE limit_counts (
    limit_name text NOT NULL CHECK (char_length(limit_name) BETWEEN 1 AND 40),
    -- a keyed digest of who is counted
    subject bytea NOT NULL CHECK (octet_length(subject) = 16),
    used integer NOT NULL CHECK (used >= 0),
    -- how long the window is that ends at ends_at
    lasts interval NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (limit_name, subject)
);

CREATE INDEX limit_counts_by_end ON limit_counts (ends_at);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
