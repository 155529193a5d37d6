"""What programs asked for within 30 days, masked, to be found by Request-Id."""

from largesse.db.migrations.statements import run

revision = "0099"
down_revision = "0098"
branch_labels = None
depends_on = None

_SQL = """
-- Of a sandbox that is somebody's, it stands at the merchant whose sandbox it is.
CREATE TABLE program_calls (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- made in the order of time
    call_id uuid NOT NULL,
    called_at timestamptz NOT NULL,
    request_id text NOT NULL CHECK (char_length(request_id) <= 64),
    program_id uuid NOT NULL,
    program text NOT NULL,
    live boolean NOT NULL,
    method text NOT NULL CHECK (char_length(method) <= 10),
    path text NOT NULL CHECK (char_length(path) <= 500),
    status smallint NOT NULL,
    code text,
    duration_ms integer NOT NULL,
    body_bytes integer NOT NULL,
    body text NOT NULL CHECK (octet_length(body) <= 8192),
    faults text[] NOT NULL,
    PRIMARY KEY (merchant_id, call_id)
);
CREATE INDEX program_calls_by_request ON program_calls (merchant_id, request_id);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
