"""Payments of partners and what lines of statements are matched with; payouts of gateways; exchange rates."""

from largesse.db.migrations.statements import run

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE partner_payments (
    merchant_id uuid NOT NULL,
    -- also the operation that booked it, and what settlements of invoices name as their source
    payment_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- above zero: the partner paid; below: it was paid back to it
    amount bigint NOT NULL CHECK (amount <> 0),
    -- what the bank moved, where that was another currency
    bank_currency text CHECK (bank_currency ~ '^[A-Z]{3}$' AND bank_currency <> currency),
    bank_amount bigint CHECK (sign(bank_amount) = sign(amount)),
    received_on date NOT NULL,
    -- line: a line of a statement; hand: said by somebody, and awaited at the bank; drawer: cash
    source text NOT NULL CHECK (source IN ('line', 'hand', 'drawer')),
    -- the subject of the ledger that it is booked on
    subject_id uuid NOT NULL,
    line_id uuid,
    reference text NOT NULL DEFAULT '' CHECK (char_length(reference) <= 140),
    made_by text NOT NULL CHECK (char_length(made_by) <= 120),
    made_at timestamptz NOT NULL,
    undone_by text CHECK (char_length(undone_by) <= 120),
    undone_at timestamptz,
    PRIMARY KEY (merchant_id, payment_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners,
    FOREIGN KEY (merchant_id, line_id) REFERENCES bank_lines,
    CHECK ((source = 'line') = (line_id IS NOT NULL)),
    CHECK ((bank_currency IS NULL) = (bank_amount IS NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
);

CREATE INDEX partner_payments_of_partner ON partner_payments (merchant_id, partner_id, received_on);

CREATE TABLE bank_matches (
    merchant_id uuid NOT NULL,
    match_id uuid NOT NULL,
    line_id uuid NOT NULL,
    -- payment: a partner's, the target; paid_back: to a partner; awaited: the open item that is the target, of the kind
    -- that stands beside it; booked: an operation of before that had booked the bank itself; fee: what the bank charges
    what text NOT NULL CHECK (what IN ('payment', 'paid_back', 'awaited', 'booked', 'fee')),
    target_kind text CHECK (char_length(target_kind) <= 40),
    target_id uuid,
    -- what of the line, of its sign
    amount bigint NOT NULL CHECK (amount <> 0),
    -- why it was suggested, where it was
    reason text CHECK (reason IN ('reference', 'number', 'refcode', 'payer', 'amount')),
    made_by text NOT NULL CHECK (char_length(made_by) <= 120),
    made_at timestamptz NOT NULL,
    undone_by text CHECK (char_length(undone_by) <= 120),
    undone_at timestamptz,
    PRIMARY KEY (merchant_id, match_id),
    FOREIGN KEY (merchant_id, line_id) REFERENCES bank_lines,
    CHECK ((what = 'fee') = (target_id IS NULL)),
    CHECK ((what = 'awaited') = (target_kind IS NOT NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
);

CREATE INDEX bank_matches_of_line ON bank_matches (merchant_id, line_id, made_at);
-- An operation that had booked the bank itself stands for one line.
CREATE UNIQUE INDEX bank_matches_booked ON bank_matches (merchant_id, target_id)
    WHERE what = 'booked' AND undone_at IS NULL;

CREATE TABLE gateway_payouts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- also the open item of the clearing accounts
    payout_id uuid NOT NULL,
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    -- the subject of the ledger: the merchant's account at the gateway
    subject_id uuid NOT NULL,
    -- the gateway's own name of it
    reference text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 255),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- what comes to the bank, below zero where the gateway takes it from there; and what it kept
    amount bigint NOT NULL,
    fees bigint NOT NULL,
    arrives_on date NOT NULL,
    lines integer NOT NULL CHECK (lines > 0),
    taken_by text NOT NULL CHECK (char_length(taken_by) <= 120),
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, payout_id),
    UNIQUE (merchant_id, gateway, reference)
);

CREATE INDEX gateway_payouts_by_day ON gateway_payouts (merchant_id, arrives_on);

CREATE TABLE gateway_payout_lines (
    merchant_id uuid NOT NULL,
    payout_id uuid NOT NULL,
    line_no integer NOT NULL CHECK (line_no > 0),
    -- payment, refund, dispute: what it is of; fee: what the gateway charges by itself; other: neither is known
    what text NOT NULL CHECK (what IN ('payment', 'refund', 'dispute', 'fee', 'other')),
    -- how the gateway calls it
    reference text NOT NULL CHECK (char_length(reference) <= 255),
    -- before and apart from the fee, below zero where it was taken off
    gross bigint NOT NULL,
    fee bigint NOT NULL,
    -- what of these books it is, once that is known
    item_id uuid,
    PRIMARY KEY (merchant_id, payout_id, line_no),
    FOREIGN KEY (merchant_id, payout_id) REFERENCES gateway_payouts,
    CHECK (what IN ('payment', 'refund', 'dispute') OR item_id IS NULL),
    CHECK (what <> 'fee' OR gross = 0)
);

CREATE INDEX gateway_payout_lines_of_item ON gateway_payout_lines (merchant_id, item_id) WHERE item_id IS NOT NULL;

CREATE TABLE exchange_rates (
    merchant_id uuid NOT NULL REFERENCES merchants,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    day date NOT NULL,
    -- so much of the currency for one of the merchant's own
    rate numeric(20, 10) NOT NULL CHECK (rate > 0),
    source text NOT NULL CHECK (char_length(source) BETWEEN 1 AND 120),
    set_by text NOT NULL CHECK (char_length(set_by) <= 120),
    set_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, currency, day)
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
