"""Merchants, and the few tables that belong to the whole installation."""

from largesse.db.migrations.statements import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
-- Who sells. The directory of tenants; all other tables but routes begin their keys with merchant_id.
CREATE TABLE merchants (
    merchant_id uuid PRIMARY KEY,
    -- the address of its page
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    -- the client id that an order post carries
    number text NOT NULL UNIQUE CHECK (char_length(number) BETWEEN 1 AND 11),
    -- the first letters of its certificate numbers and order numbers
    prefix text NOT NULL CHECK (prefix ~ '^[A-Z]{1,4}$'),
    -- the prefix as it is compared: O is read as 0, I and L as 1
    prefix_folded text NOT NULL UNIQUE,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    time_zone text NOT NULL,
    contact_email text NOT NULL CHECK (char_length(contact_email) <= 254),
    is_demo boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL
);

-- What a stranger shows before we know whose it is.
CREATE TABLE routes (
    -- api_key: SHA-256 of a partner's key; order_number: an order number brought from another system
    kind text NOT NULL CHECK (kind IN ('api_key', 'order_number')),
    key bytea NOT NULL CHECK (octet_length(key) <= 64),
    merchant_id uuid NOT NULL REFERENCES merchants,
    PRIMARY KEY (kind, key)
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
