"""The bearer secrets of certificates: found by a keyed HMAC, kept as ciphertext."""

from largesse.db.migrations.statements import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE certificate_numbers (
    merchant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    -- HMAC of the folded number under the key key_id
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    cipher bytea NOT NULL,
    key_id text NOT NULL CHECK (char_length(key_id) <= 32),
    last_four text NOT NULL CHECK (char_length(last_four) = 4),
    PRIMARY KEY (merchant_id, certificate_id),
    UNIQUE (merchant_id, digest)
);

CREATE INDEX certificate_numbers_last_four ON certificate_numbers (merchant_id, last_four);

-- Who looked at, or did, what a permission is needed for.
CREATE TABLE audit_log (
    merchant_id uuid NOT NULL,
    audit_id uuid NOT NULL,
    actor text NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 120),
    action text NOT NULL CHECK (char_length(action) <= 60),
    subject text NOT NULL CHECK (char_length(subject) <= 120),
    reason text CHECK (char_length(reason) <= 500),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, audit_id)
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
