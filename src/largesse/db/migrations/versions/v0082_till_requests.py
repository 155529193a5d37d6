"""More acts with limits, what is asked for from a till, and what was typed on a device before it locked."""

from largesse.db.migrations.statements import run

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

_ACTS = "'adjust', 'cash_out', 'refund', 'void', 'reload', 'extend', 'move', 'sale'"

_SQL = f"""
ALTER TABLE act_limits DROP CONSTRAINT act_limits_act_check,
    ADD CONSTRAINT act_limits_act_check CHECK (act IN ({_ACTS}));

ALTER TABLE limited_acts DROP CONSTRAINT limited_acts_act_check,
    ADD CONSTRAINT limited_acts_act_check CHECK (act IN ({_ACTS}));

ALTER TABLE approval_requests DROP CONSTRAINT approval_requests_act_check,
    ADD CONSTRAINT approval_requests_act_check CHECK (act IN ({_ACTS}));

-- What somebody at a till asks of whoever may approve it. Its id is the operation of what is asked for.
CREATE TABLE till_requests (
    merchant_id uuid NOT NULL REFERENCES merchants,
    request_id uuid NOT NULL,
    -- what people tell each other of it
    code text NOT NULL CHECK (char_length(code) BETWEEN 4 AND 8),
    act text NOT NULL CHECK (char_length(act) BETWEEN 1 AND 40),
    -- a certificate, an order or a tab, for the audit log
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 100),
    -- what will happen: JSON
    shown text NOT NULL CHECK (char_length(shown) <= 4000),
    location_id uuid NOT NULL,
    device_id uuid,
    requested_by uuid NOT NULL,
    -- what was typed on the till, sealed for the person and the device
    form_key_id text CHECK (char_length(form_key_id) <= 32),
    form_cipher bytea CHECK (octet_length(form_cipher) <= 40000),
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    decision text CHECK (decision IN ('approved', 'refused', 'withdrawn')),
    PRIMARY KEY (merchant_id, request_id),
    CONSTRAINT till_requests_decided CHECK ((decided_at IS NULL) = (decision IS NULL)),
    CONSTRAINT till_requests_form CHECK ((form_key_id IS NULL) = (form_cipher IS NULL))
);

CREATE INDEX till_requests_waiting ON till_requests (merchant_id, made_at) WHERE decided_at IS NULL;

-- What was typed on a device before it locked, sealed for the person and the device.
ALTER TABLE till_sessions ADD COLUMN begun_key_id text CHECK (char_length(begun_key_id) <= 32),
    ADD COLUMN begun_cipher bytea CHECK (octet_length(begun_cipher) <= 40000),
    ADD CONSTRAINT till_sessions_begun CHECK ((begun_key_id IS NULL) = (begun_cipher IS NULL));
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
