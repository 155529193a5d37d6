"""Buyers withdraw from a purchase."""

from largesse.db.migrations.statements import run

revision = "0123"
down_revision = "0122"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE withdrawals (
    merchant_id uuid NOT NULL REFERENCES merchants,
    withdrawal_id uuid NOT NULL,
    -- of what counts only: what strangers type names no order here
    order_id uuid,
    order_number text NOT NULL CHECK (char_length(order_number) <= 40),
    name text NOT NULL CHECK (char_length(name) <= 100),
    email text NOT NULL CHECK (char_length(email) <= 254),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    known_by text NOT NULL CHECK (known_by IN ('link', 'address', '')),
    -- why it does not count
    doubt text NOT NULL
        CHECK (doubt IN ('', 'no_order', 'not_sold_here', 'not_the_buyer', 'no_right', 'late', 'ended')),
    received_at timestamptz NOT NULL,
    -- by when the money has to be back
    due_on date NOT NULL,
    -- when it was last tried to book what goes back, and how often something was booked
    tried_at timestamptz,
    rounds smallint NOT NULL DEFAULT 0,
    -- all that was not spent is booked; what was paid for the part that was spent
    settled_at timestamptz,
    spent_price bigint CHECK (spent_price >= 0),
    currency text CHECK (char_length(currency) = 3),
    -- nothing is left to be done
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '' CHECK (char_length(closed_by) <= 200),
    reason text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
    PRIMARY KEY (merchant_id, withdrawal_id),
    CONSTRAINT withdrawals_count_for_an_order
        CHECK ((order_id IS NULL) = (known_by = '') AND (order_id IS NULL) = (doubt <> ''))
);
-- an order is withdrawn from once
CREATE UNIQUE INDEX withdrawals_once ON withdrawals (merchant_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX withdrawals_open ON withdrawals (merchant_id, due_on) WHERE closed_at IS NULL;
CREATE INDEX withdrawals_lately ON withdrawals (merchant_id, received_at);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
