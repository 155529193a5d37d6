"""What one owner asks of another."""

from largesse.db.migrations.statements import run

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None

_SQL = """
-- Payment accounts, limits and roles are both owners', where there are two: what one of them waits for.
CREATE TABLE owner_requests (
    merchant_id uuid NOT NULL REFERENCES merchants,
    request_id uuid NOT NULL,
    act text NOT NULL CHECK (char_length(act) BETWEEN 1 AND 40),
    -- what will be changed, of what, and what it was then: JSON
    change text NOT NULL CHECK (char_length(change) <= 8000),
    -- a key of a payment account that was typed, sealed, until it is kept or refused
    secret_key_id text CHECK (char_length(secret_key_id) <= 32),
    secret_cipher bytea CHECK (octet_length(secret_cipher) <= 4000),
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    requested_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    decision text CHECK (decision IN ('approved', 'refused', 'changed', 'withdrawn')),
    -- the code of an error, or that it was done
    outcome text CHECK (char_length(outcome) <= 80),
    by_one boolean NOT NULL DEFAULT false,
    PRIMARY KEY (merchant_id, request_id),
    CONSTRAINT owner_requests_decided CHECK ((decided_at IS NULL) = (decision IS NULL)),
    CONSTRAINT owner_requests_secret CHECK ((secret_key_id IS NULL) = (secret_cipher IS NULL))
);

CREATE INDEX owner_requests_waiting ON owner_requests (merchant_id, made_at) WHERE decided_at IS NULL;
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
