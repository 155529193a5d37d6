"""Payment accounts of merchants."""

from largesse.db.migrations.statements import run

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE payment_accounts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    account_id uuid NOT NULL,
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    label text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 120),
    -- true: it takes real money
    live boolean NOT NULL,
    -- the gateway's own name of the account
    remote_id text NOT NULL CHECK (char_length(remote_id) BETWEEN 1 AND 255),
    -- the key that the gateway is asked with
    secret_cipher bytea NOT NULL,
    secret_key_id text NOT NULL,
    -- what callbacks are signed with; null: not known yet, and no payment is begun through the account
    signing_cipher bytea,
    signing_key_id text,
    -- what they may be signed with besides, until then
    previous_cipher bytea,
    previous_key_id text,
    previous_until timestamptz,
    -- grows with every change of these secrets
    revision integer NOT NULL DEFAULT 1 CHECK (revision > 0),
    -- true: it takes the merchant's new payments
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    -- when the gateway last said that the key is good
    checked_at timestamptz NOT NULL,
    -- since then it serves what it has taken, and takes nothing new
    retired_at timestamptz,
    PRIMARY KEY (merchant_id, account_id),
    CHECK ((signing_cipher IS NULL) = (signing_key_id IS NULL)),
    CHECK ((previous_cipher IS NULL) = (previous_key_id IS NULL)),
    CHECK ((previous_cipher IS NULL) = (previous_until IS NULL)),
    CHECK (NOT is_default OR (signing_cipher IS NOT NULL AND retired_at IS NULL))
);

CREATE UNIQUE INDEX payment_accounts_default ON payment_accounts (merchant_id) WHERE is_default;

CREATE UNIQUE INDEX payment_accounts_known ON payment_accounts (merchant_id, gateway, remote_id, live)
    WHERE retired_at IS NULL;

-- Not validated, which would hold the table for a scan: what was paid before has no account.
ALTER TABLE payments ADD CONSTRAINT payments_account FOREIGN KEY (merchant_id, account_id) REFERENCES payment_accounts
    NOT VALID;
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
