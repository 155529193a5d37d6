"""The keys with which merchants' certificates are made into passes of telephones' wallets."""

from largesse.db.migrations.statements import run

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE wallet_keys (
    merchant_id uuid NOT NULL REFERENCES merchants,
    wallet text NOT NULL CHECK (wallet IN ('apple', 'google')),
    -- the pass type identifier, or the issuer id
    name text NOT NULL CHECK (char_length(name) <= 210),
    -- the team identifier, or the service account
    account text NOT NULL CHECK (char_length(account) <= 310),
    secret_cipher bytea NOT NULL,
    secret_key_id text NOT NULL,
    -- null: never by itself
    ends_at timestamptz,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, wallet)
);

-- the certificate that a pass was made of last
ALTER TABLE gifts ADD COLUMN pass_of uuid;
"""


def upgrade() -> None:
    """Create the table, and the column; passes of before there are none."""
    run(_SQL)
