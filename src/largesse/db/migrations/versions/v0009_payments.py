"""Payments at a gateway: where the buyer pays, what comes back, what goes back, and what is disputed."""

from largesse.db.migrations.statements import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE payments
    -- the gateway's name of the money itself, once there is any: what refunds and disputes speak of
    ADD COLUMN intent text CHECK (char_length(intent) BETWEEN 1 AND 255),
    -- where the buyer pays while the payment is pending
    ADD COLUMN redirect_url text CHECK (char_length(redirect_url) <= 4096),
    -- when the gateway gives up by itself
    ADD COLUMN expires_at timestamptz,
    -- when the sweeper asks the gateway about it next, and how often it has asked; null: there is nothing to ask
    ADD COLUMN next_look_at timestamptz,
    ADD COLUMN looks integer NOT NULL DEFAULT 0 CHECK (looks >= 0),
    -- true: it bought nothing, and goes back whole
    ADD COLUMN surplus boolean NOT NULL DEFAULT false;

CREATE INDEX payments_to_look_at ON payments (next_look_at) WHERE status = 'pending' AND next_look_at IS NOT NULL;

CREATE INDEX payments_by_reference ON payments (gateway, reference);

CREATE INDEX payments_by_intent ON payments (gateway, intent) WHERE intent IS NOT NULL;

CREATE INDEX payments_of_checkout ON payments (merchant_id, checkout_id);

-- Money that goes back to a buyer: owed first, then asked of the gateway, then confirmed by it.
CREATE TABLE refunds (
    merchant_id uuid NOT NULL,
    refund_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    -- whoever pays it back: the payment's gateway, or staff by hand
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    -- requested: unspent value was taken back; surplus: the payment bought nothing; outside: made at the gateway,
    -- not here
    reason text NOT NULL CHECK (reason IN ('requested', 'surplus', 'outside')),
    -- owed: to be asked for; sent: the gateway has it in hand; settled: it is paid back; failed: it came to nothing
    status text NOT NULL CHECK (status IN ('owed', 'sent', 'settled', 'failed')),
    -- the certificate whose value was taken back, where the books know of it
    certificate_id uuid,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount bigint NOT NULL CHECK (amount > 0),
    -- the gateway's own name of it
    reference text CHECK (char_length(reference) BETWEEN 1 AND 255),
    -- how often its settlement was booked and unbooked: odd while it stands in the books
    bookings integer NOT NULL DEFAULT 0 CHECK (bookings >= 0),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz,
    -- why it failed or waits, in a word
    fault text CHECK (char_length(fault) <= 200),
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, refund_id),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

CREATE INDEX refunds_of_payment ON refunds (merchant_id, payment_id);

CREATE INDEX refunds_due ON refunds (next_attempt_at) WHERE status IN ('owed', 'sent') AND next_attempt_at IS NOT NULL;

-- Payments that a buyer's bank wants back.
CREATE TABLE disputes (
    merchant_id uuid NOT NULL,
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    reference text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 255),
    payment_id uuid NOT NULL,
    -- open: the certificates are blocked; won: the money stays; lost: it is gone
    status text NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount bigint NOT NULL CHECK (amount >= 0),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (merchant_id, gateway, reference),
    FOREIGN KEY (merchant_id, payment_id) REFERENCES payments
);

CREATE INDEX disputes_of_payment ON disputes (merchant_id, payment_id);

-- What gateways told us, written down before they are answered. A gateway does not name the merchant in all of it,
-- so this is a table of the
-- installation (docs/decisions/0049).
CREATE TABLE gateway_notices (
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    notice_id text NOT NULL CHECK (char_length(notice_id) BETWEEN 1 AND 255),
    -- see domain/payments/model.py: ids and amounts, nothing of the buyer
    notice jsonb NOT NULL,
    -- waiting: to be taken up; done: it was; unclaimed: about a payment that is not ours
    status text NOT NULL CHECK (status IN ('waiting', 'done', 'unclaimed')),
    -- what it changed, in a word
    outcome text CHECK (char_length(outcome) <= 200),
    -- the payment that it spoke of
    merchant_id uuid,
    payment_id uuid,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    received_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    PRIMARY KEY (gateway, notice_id)
);

CREATE INDEX gateway_notices_due ON gateway_notices (next_attempt_at) WHERE status = 'waiting';

CREATE INDEX gateway_notices_of_payment ON gateway_notices (merchant_id, payment_id) WHERE payment_id IS NOT NULL;

CREATE INDEX gateway_notices_by_age ON gateway_notices (received_at);

-- A refund that was paid, and a disputed payment that was lost, are booked against the clearing account.
ALTER TABLE journal DROP CONSTRAINT journal_kind_check;

ALTER TABLE journal ADD CONSTRAINT journal_kind_check CHECK (kind IN ('issue', 'reload', 'redeem', 'hold',
    'capture', 'release', 'refund',
    'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'extend', 'transfer', 'settle')) NOT VALID;

ALTER TABLE journal VALIDATE CONSTRAINT journal_kind_check;
"""


def upgrade() -> None:
    """Add the columns and create the tables."""
    run(_SQL)
