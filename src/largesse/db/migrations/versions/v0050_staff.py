"""People who work here: what they sign in with, their sessions, and for which merchants they work."""

from largesse.db.migrations.statements import run

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_SQL = """
-- Who signs in. A person belongs to no merchant.
CREATE TABLE persons (
    person_id uuid PRIMARY KEY,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- the address without regard to case
    email_key text NOT NULL UNIQUE CHECK (char_length(email_key) <= 508),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    made_at timestamptz NOT NULL,
    -- argon2id
    password_hash text CHECK (char_length(password_hash) <= 300),
    -- the sealed secret of an authenticator, and the half minute of the last of its codes that was used
    totp_cipher bytea,
    totp_key_id text CHECK (char_length(totp_key_id) <= 32),
    totp_step bigint,
    -- when the operator last let this person in without the second factor
    recovered_at timestamptz,
    CONSTRAINT persons_totp CHECK ((totp_cipher IS NULL) = (totp_key_id IS NULL))
);

-- SHA-256 of codes that count once where the authenticator is lost.
CREATE TABLE recovery_codes (
    person_id uuid NOT NULL REFERENCES persons,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    used_at timestamptz,
    PRIMARY KEY (person_id, digest)
);

CREATE TABLE staff_sessions (
    session_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons,
    -- SHA-256 of the token, and of the one before it, which counts a little longer
    digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    previous_digest bytea UNIQUE CHECK (octet_length(previous_digest) = 32),
    previous_until timestamptz,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    -- when the second factor was given
    signed_in_at timestamptz,
    -- the merchant for which this person last showed again who they are, and when
    confirmed_for uuid,
    confirmed_at timestamptz,
    agent text NOT NULL CHECK (char_length(agent) <= 200),
    address text NOT NULL CHECK (char_length(address) <= 60),
    ended_at timestamptz,
    CONSTRAINT staff_sessions_previous CHECK ((previous_digest IS NULL) = (previous_until IS NULL)),
    CONSTRAINT staff_sessions_confirmed CHECK ((confirmed_for IS NULL) = (confirmed_at IS NULL))
);

CREATE INDEX staff_sessions_of_person ON staff_sessions (person_id);

CREATE INDEX staff_sessions_by_use ON staff_sessions (seen_at);

-- Links by mail that count once.
CREATE TABLE staff_links (
    link_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES persons,
    -- reset: replaces the password; recovery: password, second factor and recovery codes
    purpose text NOT NULL CHECK (purpose IN ('reset', 'recovery')),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);

CREATE INDEX staff_links_of_person ON staff_links (person_id) WHERE spent_at IS NULL;

-- That a person works for a merchant.
CREATE TABLE memberships (
    merchant_id uuid NOT NULL REFERENCES merchants,
    membership_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'clerk', 'bookkeeper', 'developer')),
    -- the person who invited; none where it was the operator
    invited_by uuid,
    made_at timestamptz NOT NULL,
    -- the device and place that accepted the invitation
    agent text NOT NULL CHECK (char_length(agent) <= 200),
    address text NOT NULL CHECK (char_length(address) <= 60),
    confirmed_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (merchant_id, membership_id)
);

CREATE UNIQUE INDEX memberships_of_person ON memberships (merchant_id, person_id) WHERE ended_at IS NULL;

CREATE INDEX memberships_by_person ON memberships (person_id) WHERE ended_at IS NULL;

CREATE TABLE invitations (
    merchant_id uuid NOT NULL REFERENCES merchants,
    invitation_id uuid NOT NULL,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    email_key text NOT NULL CHECK (char_length(email_key) <= 508),
    role text NOT NULL CHECK (role IN ('owner', 'manager', 'clerk', 'bookkeeper', 'developer')),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    invited_by uuid,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    withdrawn_at timestamptz,
    PRIMARY KEY (merchant_id, invitation_id)
);

CREATE UNIQUE INDEX invitations_open ON invitations (merchant_id, email_key)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

ALTER TABLE audit_log
    -- one of a list, beside the words
    ADD COLUMN reason_code text CHECK (char_length(reason_code) <= 40);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;

-- Defence in depth; it never fires on the required path, which only inserts.
CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
