"""Partners on account: agreements, their terms by currency, users, API keys and access tokens."""

from largesse.db.migrations.statements import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE partners (
    merchant_id uuid NOT NULL REFERENCES merchants,
    partner_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    contact_email text NOT NULL CHECK (char_length(contact_email) <= 254),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, partner_id)
);

CREATE UNIQUE INDEX partners_by_name ON partners (merchant_id, lower(name));

-- Its row is locked by every batch of orders: one partner's orders are decided one after the other.
CREATE TABLE agreements (
    merchant_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    -- enabled: in force at all; suspended: held for a while
    enabled boolean NOT NULL DEFAULT true,
    suspended boolean NOT NULL DEFAULT false,
    token_lifetime_s integer NOT NULL DEFAULT 36000 CHECK (token_lifetime_s BETWEEN 60 AND 2592000),
    payment_terms_days integer NOT NULL DEFAULT 30 CHECK (payment_terms_days BETWEEN 0 AND 365),
    -- refcode: one invoice for each batch; monthly: one for each month
    invoicing text NOT NULL DEFAULT 'refcode' CHECK (invoicing IN ('refcode', 'monthly')),
    PRIMARY KEY (merchant_id, partner_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

-- What the agreement allows in each currency it names.
CREATE TABLE agreement_terms (
    merchant_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- the largest order
    amount_max bigint NOT NULL CHECK (amount_max > 0),
    credit_limit bigint NOT NULL CHECK (credit_limit >= 0),
    -- ordered and not yet settled
    credit_used bigint NOT NULL DEFAULT 0 CHECK (credit_used >= 0),
    PRIMARY KEY (merchant_id, partner_id, currency),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES agreements
) WITH (fillfactor = 50);

CREATE TABLE partner_users (
    merchant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    email text NOT NULL CHECK (char_length(email) <= 254 AND email = lower(email)),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    PRIMARY KEY (merchant_id, user_id),
    UNIQUE (merchant_id, email),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

-- A key leads to its merchant through routes, under the same digest.
CREATE TABLE api_keys (
    merchant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    user_id uuid NOT NULL,
    -- SHA-256 of the key; it is random enough to need no salt
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- the last four characters, to tell keys apart
    hint text NOT NULL CHECK (char_length(hint) = 4),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (merchant_id, key_id),
    UNIQUE (merchant_id, digest),
    FOREIGN KEY (merchant_id, user_id) REFERENCES partner_users
);

CREATE TABLE access_tokens (
    merchant_id uuid NOT NULL,
    -- SHA-256 of the token
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    key_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (merchant_id, digest),
    FOREIGN KEY (merchant_id, key_id) REFERENCES api_keys
);

CREATE INDEX access_tokens_expired ON access_tokens (expires_at);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
