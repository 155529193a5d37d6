"""The outbox: what happened, who is told, each sending of it and each try."""

from largesse.db.migrations.statements import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE events (
    merchant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    kind text NOT NULL CHECK (char_length(kind) <= 40),
    version smallint NOT NULL,
    -- JSON, frozen when it happened; text, so that what is signed and sent never changes by a byte
    payload text NOT NULL,
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, event_id)
);

CREATE TABLE endpoints (
    merchant_id uuid NOT NULL REFERENCES merchants,
    endpoint_id uuid NOT NULL,
    -- order-form: the 26 fields; json: the event; email: a notice to people
    format text NOT NULL CHECK (format IN ('order-form', 'json', 'email')),
    url text NOT NULL CHECK (char_length(url) <= 2000),
    -- the kinds it is told of
    events text[] NOT NULL,
    custom1 text NOT NULL DEFAULT '' CHECK (char_length(custom1) <= 55),
    custom2 text NOT NULL DEFAULT '' CHECK (char_length(custom2) <= 55),
    -- one at a time, oldest first
    ordered boolean NOT NULL DEFAULT false,
    -- active; paused: by the merchant, deliveries wait; disabled: by us, after days of failure or a 410
    status text NOT NULL CHECK (status IN ('active', 'paused', 'disabled')),
    status_reason text CHECK (char_length(status_reason) <= 200),
    -- the signing secret, sealed; while it is rotated, the previous one signs too. Mail is not signed
    secret_cipher bytea,
    secret_key_id text,
    previous_cipher bytea,
    previous_key_id text,
    previous_until timestamptz,
    -- since when every attempt has failed; null: the last one succeeded
    failing_since timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, endpoint_id),
    CHECK ((format = 'email') = (secret_cipher IS NULL)),
    CHECK ((secret_cipher IS NULL) = (secret_key_id IS NULL)),
    CHECK ((previous_cipher IS NULL) = (previous_key_id IS NULL)),
    CHECK ((previous_cipher IS NULL) = (previous_until IS NULL))
);

-- One event on its way to one endpoint; those two ids name it. A queue, so it is vacuumed often. No foreign keys: the
-- one statement that writes it has just joined both rows, neither is ever deleted, and a check per row would be paid
-- for by every order (docs/decisions/0016-publish-in-one-statement.md).
CREATE TABLE deliveries (
    merchant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    -- its place in the queue: when its transaction published it, and which of that statement's events it was
    queued_at timestamptz NOT NULL,
    position integer NOT NULL,
    -- the endpoint asked for one at a time, oldest first
    in_order boolean NOT NULL,
    -- pending: due at next_attempt_at; delivered; failed: given up
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    -- attempts ever made, and those of them since it was queued or last sent again by hand: the schedule counts these
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    tries integer NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND attempts),
    next_attempt_at timestamptz NOT NULL,
    -- a relay that takes it moves this ahead; when it passes unsettled, another relay takes it
    leased_until timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, endpoint_id, event_id),
    CHECK ((status = 'pending') = (settled_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE INDEX deliveries_due ON deliveries (merchant_id, endpoint_id, next_attempt_at) WHERE status = 'pending';

CREATE INDEX deliveries_in_order ON deliveries (merchant_id, endpoint_id, queued_at, position, event_id)
    WHERE status = 'pending' AND in_order;

CREATE INDEX deliveries_failed ON deliveries (merchant_id, endpoint_id, settled_at) WHERE status = 'failed';

CREATE TABLE attempts (
    merchant_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    attempt integer NOT NULL CHECK (attempt > 0),
    started_at timestamptz NOT NULL,
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    -- the receiver's status, or null with the reason why there is none
    status_code integer,
    error text CHECK (char_length(error) <= 300),
    -- the first 2 KB of its answer, and the exact body that was sent
    answer bytea NOT NULL CHECK (octet_length(answer) <= 2048),
    body bytea NOT NULL,
    PRIMARY KEY (merchant_id, endpoint_id, event_id, attempt),
    CHECK (status_code IS NOT NULL OR error IS NOT NULL)
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
