"""What programs asked for by POST besides money: claimed under an Idempotency-Key before it is done."""

from largesse.db.migrations.statements import run

revision = "0092"
down_revision = "0091"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE program_requests (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- follows from the merchant and the Idempotency-Key
    request_id uuid NOT NULL,
    -- keyed: what was asked for cannot be guessed from it
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    -- who is at it: whoever finds it old takes it over
    claim uuid NOT NULL,
    claimed_at timestamptz NOT NULL,
    resource_id uuid,
    -- the answer, sealed: it may hold what is shown once
    answer_key_id text,
    answer_cipher bytea,
    PRIMARY KEY (merchant_id, request_id),
    CHECK ((answer_key_id IS NULL) = (answer_cipher IS NULL))
);
CREATE INDEX program_requests_by_age ON program_requests (merchant_id, claimed_at);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
