"""Checkouts, payments and orders."""

from largesse.db.migrations.statements import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
-- One payment for one or more retail orders, with the buyer's billing details.
CREATE TABLE checkouts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    checkout_id uuid NOT NULL,
    -- open: waits for payment; paid: all its orders are issued; expired: given up
    status text NOT NULL CHECK (status IN ('open', 'paid', 'expired')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total bigint NOT NULL CHECK (total >= 0),
    billing_first_name text NOT NULL DEFAULT '' CHECK (char_length(billing_first_name) <= 60),
    billing_last_name text NOT NULL DEFAULT '' CHECK (char_length(billing_last_name) <= 60),
    billing_email text NOT NULL DEFAULT '' CHECK (char_length(billing_email) <= 254),
    -- in full, as E.164
    billing_phone text NOT NULL DEFAULT '' CHECK (char_length(billing_phone) <= 20),
    billing_address text NOT NULL DEFAULT '' CHECK (char_length(billing_address) <= 120),
    billing_address2 text NOT NULL DEFAULT '' CHECK (char_length(billing_address2) <= 120),
    billing_city text NOT NULL DEFAULT '' CHECK (char_length(billing_city) <= 80),
    billing_state text NOT NULL DEFAULT '' CHECK (char_length(billing_state) <= 60),
    billing_zip text NOT NULL DEFAULT '' CHECK (char_length(billing_zip) <= 20),
    billing_country text NOT NULL DEFAULT '' CHECK (char_length(billing_country) IN (0, 2)),
    created_at timestamptz NOT NULL,
    paid_at timestamptz,
    PRIMARY KEY (merchant_id, checkout_id)
);

CREATE TABLE payments (
    merchant_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    -- the gateway's own name of the payment; arriving twice it is still one payment
    reference text NOT NULL CHECK (char_length(reference) BETWEEN 1 AND 255),
    -- pending: the buyer was sent to pay; succeeded: the money is ours; failed, refunded, disputed: it is not
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'refunded', 'disputed')),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, payment_id),
    UNIQUE (merchant_id, gateway, reference),
    FOREIGN KEY (merchant_id, checkout_id) REFERENCES checkouts
);

-- One gift for one recipient: one certificate.
CREATE TABLE orders (
    merchant_id uuid NOT NULL,
    order_id uuid NOT NULL,
    order_number text NOT NULL CHECK (char_length(order_number) BETWEEN 1 AND 13),
    -- retail: bought on a checkout; partner: on account under an agreement
    channel text NOT NULL CHECK (channel IN ('retail', 'partner')),
    -- placed: not paid; issued: its certificate stands; cancelled: never issued; refunded, voided: taken back
    status text NOT NULL CHECK (status IN ('placed', 'issued', 'cancelled', 'refunded', 'voided')),
    checkout_id uuid,
    partner_id uuid,
    refcode text CHECK (char_length(refcode) BETWEEN 1 AND 20),
    third_party_identifier text CHECK (char_length(third_party_identifier) <= 64),
    certificate_id uuid,
    -- the operation that placed it and what it asked for: a replay finds the order by it
    operation_id uuid NOT NULL,
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount bigint NOT NULL CHECK (amount > 0),
    tip bigint NOT NULL DEFAULT 0 CHECK (tip >= 0),
    discount bigint NOT NULL DEFAULT 0 CHECK (discount BETWEEN 0 AND amount),
    tax bigint NOT NULL DEFAULT 0 CHECK (tax >= 0),
    total bigint NOT NULL,
    class_of_value text NOT NULL DEFAULT 'paid' CHECK (class_of_value IN ('paid', 'promotional')),
    good_through date,
    description text NOT NULL DEFAULT '' CHECK (char_length(description) <= 120),
    recipient_first_name text NOT NULL DEFAULT '' CHECK (char_length(recipient_first_name) <= 60),
    recipient_last_name text NOT NULL DEFAULT '' CHECK (char_length(recipient_last_name) <= 60),
    recipient_email text NOT NULL DEFAULT '' CHECK (char_length(recipient_email) <= 254),
    to_message text NOT NULL DEFAULT '' CHECK (char_length(to_message) <= 30),
    from_message text NOT NULL DEFAULT '' CHECK (char_length(from_message) <= 30),
    message text NOT NULL DEFAULT '' CHECK (char_length(message) <= 200),
    placed_at timestamptz NOT NULL,
    issued_at timestamptz,
    PRIMARY KEY (merchant_id, order_id),
    UNIQUE (merchant_id, order_number),
    UNIQUE (merchant_id, operation_id),
    FOREIGN KEY (merchant_id, checkout_id) REFERENCES checkouts,
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners,
    CHECK (total = amount + tip - discount + tax),
    CHECK ((channel = 'partner') = (partner_id IS NOT NULL)),
    CHECK ((channel = 'retail') = (checkout_id IS NOT NULL)),
    CHECK (status NOT IN ('issued', 'refunded', 'voided') OR certificate_id IS NOT NULL)
);

CREATE INDEX orders_by_time ON orders (merchant_id, placed_at, order_id);

CREATE INDEX orders_of_checkout ON orders (merchant_id, checkout_id) WHERE checkout_id IS NOT NULL;

CREATE INDEX orders_by_refcode ON orders (merchant_id, partner_id, refcode) WHERE partner_id IS NOT NULL;
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
