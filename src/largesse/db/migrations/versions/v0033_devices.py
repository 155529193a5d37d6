"""Devices at locations: enrolled with a code that works once, known by a key of which only a hash is kept."""

from largesse.db.migrations.statements import run

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_SQL = """
-- What people work with at a location.
CREATE TABLE devices (
    merchant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    location_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- till: it stands in one place; handheld: it is carried about
    kind text NOT NULL CHECK (kind IN ('till', 'handheld')),
    -- how old its book of certificates may be when it works without a line; 0: it does not
    offline_hours_max smallint NOT NULL CHECK (offline_hours_max BETWEEN 0 AND 72),
    created_at timestamptz NOT NULL,
    -- SHA-256 of the code that it is enrolled with, and until when that counts; none once it was used
    code_digest bytea CHECK (octet_length(code_digest) = 32),
    code_expires_at timestamptz,
    -- SHA-256 of the key that it speaks with, since when it has that, and what it called itself then
    key_digest bytea CHECK (octet_length(key_digest) = 32),
    enrolled_at timestamptz,
    agent text NOT NULL DEFAULT '' CHECK (char_length(agent) <= 200),
    -- since when somebody has said that it is the one that was meant
    confirmed_at timestamptz,
    seen_at timestamptz,
    -- as of when its book of certificates is
    refreshed_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (merchant_id, device_id),
    FOREIGN KEY (merchant_id, location_id) REFERENCES locations,
    CONSTRAINT devices_code CHECK ((code_digest IS NULL) = (code_expires_at IS NULL)),
    CONSTRAINT devices_key CHECK (key_digest IS NULL OR enrolled_at IS NOT NULL),
    CONSTRAINT devices_confirmed CHECK (confirmed_at IS NULL OR enrolled_at IS NOT NULL),
    CONSTRAINT devices_revoked CHECK (revoked_at IS NULL OR (code_digest IS NULL AND key_digest IS NULL))
);

CREATE UNIQUE INDEX devices_name ON devices (merchant_id, lower(name)) WHERE revoked_at IS NULL;

CREATE UNIQUE INDEX devices_by_code ON devices (merchant_id, code_digest);

CREATE UNIQUE INDEX devices_by_key ON devices (merchant_id, key_digest);

CREATE INDEX devices_of_location ON devices (merchant_id, location_id);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
