"""Requests for another password, written before anybody looks who has the address: the answer takes as long for all."""

from largesse.db.migrations.statements import run

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_SQL = """
-- The worker takes them within seconds; what interfaces let in is bounded.
CREATE TABLE reset_requests (
    request_id uuid PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) <= 254),
    made_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
