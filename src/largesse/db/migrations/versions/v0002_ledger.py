"""The ledger: certificates, their holds and the append-only journal."""

from largesse.db.migrations.statements import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SQL = """
-- The current state of each certificate, kept with the journal in the same transaction.
CREATE TABLE certificates (
    merchant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- paid: a liability towards the holder; promotional: given away
    class_of_value text NOT NULL CHECK (class_of_value IN ('paid', 'promotional')),
    -- the account that was debited when it was issued
    funding text NOT NULL,
    -- active, blocked: may be unblocked; expired, void: ended
    status text NOT NULL CHECK (status IN ('active', 'blocked', 'expired', 'void')),
    balance bigint NOT NULL CHECK (balance >= 0),
    held bigint NOT NULL CHECK (held >= 0),
    gratuity_balance bigint NOT NULL CHECK (gratuity_balance >= 0),
    gratuity_held bigint NOT NULL CHECK (gratuity_held >= 0),
    -- the last day on which it is good, in the merchant's zone, and the first instant after that day; null: for ever
    good_through date,
    expires_at timestamptz,
    -- the order that issued it; null when it came from another system
    order_number text CHECK (char_length(order_number) <= 13),
    -- the seq of its last journal row
    seq integer NOT NULL CHECK (seq > 0),
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, certificate_id),
    CHECK (held <= balance),
    CHECK (gratuity_held <= gratuity_balance),
    CHECK ((good_through IS NULL) = (expires_at IS NULL))
) WITH (fillfactor = 80);

-- The nightly expiry reads only what can still expire.
CREATE INDEX certificates_expiring ON certificates (expires_at) WHERE status IN ('active', 'blocked');

-- Everything that ever happened to a certificate. Never updated, never deleted.
CREATE TABLE journal (
    merchant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    seq integer NOT NULL CHECK (seq > 0),
    -- the command that wrote the row, and which of its rows this is
    operation_id uuid NOT NULL,
    leg smallint NOT NULL CHECK (leg >= 0),
    kind text NOT NULL CHECK (kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'release', 'refund', 'reverse',
    'adjust',
        'block', 'unblock', 'void', 'expire', 'extend', 'transfer')),
    -- which pot of the certificate the row moves; null when it moves neither
    pot text CHECK (pot IN ('value', 'gratuity')),
    currency text NOT NULL,
    -- the movement, in the smallest unit; null when no money moves between accounts
    debit text,
    credit text,
    amount bigint CHECK (amount > 0),
    -- what the row adds to the pot's held amount
    held_change bigint NOT NULL DEFAULT 0,
    -- the certificate's state after the row
    balance_after bigint NOT NULL CHECK (balance_after >= 0),
    held_after bigint NOT NULL CHECK (held_after >= 0),
    gratuity_after bigint NOT NULL CHECK (gratuity_after >= 0),
    gratuity_held_after bigint NOT NULL CHECK (gratuity_held_after >= 0),
    -- the earlier operation this one undoes, captures or releases; for a transfer, the other certificate
    refers_to uuid,
    actor text NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 120),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
    memo text CHECK (char_length(memo) <= 500),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, certificate_id, seq),
    UNIQUE (merchant_id, operation_id, leg),
    FOREIGN KEY (merchant_id, certificate_id) REFERENCES certificates,
    CHECK ((amount IS NULL) = (debit IS NULL) AND (amount IS NULL) = (credit IS NULL)),
    CHECK (debit <> credit),
    CHECK (kind <> 'reverse' OR refers_to IS NOT NULL)
);

-- A redemption is undone once.
CREATE UNIQUE INDEX journal_reversed_once ON journal (merchant_id, refers_to, leg) WHERE kind = 'reverse';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: write a new row that corrects the old one' USING ERRCODE =
    'restrict_violation';
END $$;

-- Defence in depth; it never fires on the required path, which only inserts.
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Amounts set aside for a tab; the id is that of the operation that placed the hold.
CREATE TABLE holds (
    merchant_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    -- open: still set aside; captured, released: ended
    status text NOT NULL CHECK (status IN ('open', 'captured', 'released')),
    amount bigint NOT NULL CHECK (amount >= 0),
    gratuity bigint NOT NULL CHECK (gratuity >= 0),
    placed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, hold_id),
    FOREIGN KEY (merchant_id, certificate_id) REFERENCES certificates,
    CHECK (amount + gratuity > 0)
);

CREATE INDEX holds_expiring ON holds (expires_at) WHERE status = 'open';

CREATE INDEX holds_of_certificate ON holds (merchant_id, certificate_id) WHERE status = 'open';
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
