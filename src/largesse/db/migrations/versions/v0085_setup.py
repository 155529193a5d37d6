"""The one-time token of the first run, and what the operator noted, such as when a backup was made."""

from largesse.db.migrations.statements import run

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

_SQL = """
-- The token that opens /setup while there is no merchant: its hash, for it is a secret. It is dead at use.
CREATE TABLE setup_tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);

-- When the operator last said that something about the installation was done.
CREATE TABLE operator_notes (
    name text PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 40),
    noted_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
