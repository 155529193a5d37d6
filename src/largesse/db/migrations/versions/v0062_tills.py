"""Devices with a key pair of their own, PINs of the people who work on them, and who stands at which just now."""

from largesse.db.migrations.statements import run

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE devices
    -- the point on P-256 of the key pair whose private half never leaves the browser; none without scripts
    ADD COLUMN public_key bytea CHECK (octet_length(public_key) = 65),
    -- from where it was enrolled
    ADD COLUMN address text NOT NULL DEFAULT '' CHECK (char_length(address) <= 60),
    -- after how many minutes without a touch it locks; 0: it asks for the PIN before each act
    ADD COLUMN lock_minutes smallint NOT NULL DEFAULT 5 CHECK (lock_minutes BETWEEN 0 AND 15);

CREATE TABLE pins (
    merchant_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    -- argon2id of what a key of the installation makes of the PIN, and how many digits that has
    pin_hash text CHECK (char_length(pin_hash) <= 300),
    digits smallint CHECK (digits BETWEEN 4 AND 6),
    set_at timestamptz,
    -- SHA-256 of the code with which the person sets the PIN on a till, and until when that counts
    code_digest bytea CHECK (octet_length(code_digest) = 32),
    code_expires_at timestamptz,
    PRIMARY KEY (merchant_id, membership_id),
    FOREIGN KEY (merchant_id, membership_id) REFERENCES memberships,
    CONSTRAINT pins_whole CHECK ((pin_hash IS NULL) = (digits IS NULL) AND (pin_hash IS NULL) = (set_at IS NULL)),
    CONSTRAINT pins_code CHECK ((code_digest IS NULL) = (code_expires_at IS NULL))
);

-- That a person unlocked a device.
CREATE TABLE till_sessions (
    merchant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    device_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    person_id uuid NOT NULL,
    -- SHA-256 of the token that the browser has
    token_digest bytea NOT NULL CHECK (octet_length(token_digest) = 32),
    -- SHA-256 of the challenge that the device signed: each counts once
    challenge_digest bytea CHECK (octet_length(challenge_digest) = 32),
    unlocked_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    locked_at timestamptz,
    -- when it was used for what asks for the PIN each time
    acted_at timestamptz,
    -- the page that was open when it locked, kept for its person
    begun text NOT NULL DEFAULT '' CHECK (char_length(begun) <= 400),
    ended_at timestamptz,
    PRIMARY KEY (merchant_id, session_id),
    FOREIGN KEY (merchant_id, device_id) REFERENCES devices,
    FOREIGN KEY (merchant_id, membership_id) REFERENCES memberships
);

CREATE UNIQUE INDEX till_sessions_by_token ON till_sessions (merchant_id, token_digest);

CREATE UNIQUE INDEX till_sessions_by_challenge ON till_sessions (merchant_id, challenge_digest);

CREATE INDEX till_sessions_open ON till_sessions (merchant_id, device_id) WHERE ended_at IS NULL;

CREATE INDEX till_sessions_of_membership ON till_sessions (merchant_id, membership_id) WHERE ended_at IS NULL;

-- From where people of a merchant come.
CREATE TABLE merchant_networks (
    merchant_id uuid NOT NULL REFERENCES merchants,
    network cidr NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, network)
);

-- Whether the office, and the tills, may be used from those networks alone.
CREATE TABLE network_rules (
    merchant_id uuid PRIMARY KEY REFERENCES merchants,
    binds_office boolean NOT NULL,
    binds_tills boolean NOT NULL
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
