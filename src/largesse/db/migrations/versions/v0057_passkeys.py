"""Passkeys of people who sign in, and the challenges that were answered: each counts once."""

from largesse.db.migrations.statements import run

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE passkeys (
    credential_id bytea PRIMARY KEY CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    person_id uuid NOT NULL REFERENCES persons,
    -- the relying party that it was made for; it works under no other
    rp_id text NOT NULL CHECK (char_length(rp_id) BETWEEN 1 AND 253),
    public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 4096),
    sign_count bigint NOT NULL CHECK (sign_count >= 0),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    made_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX passkeys_of_person ON passkeys (person_id);

-- SHA-256 of challenges that were answered, kept for as long as they would count.
CREATE TABLE spent_challenges (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    spent_at timestamptz NOT NULL
);

CREATE INDEX spent_challenges_by_time ON spent_challenges (spent_at);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
