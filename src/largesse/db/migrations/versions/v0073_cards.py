"""Batches of pre-printed cards, and pools of a till's codes."""

from largesse.db.migrations.statements import run

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE card_batches (
    merchant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('two_codes', 'one_code', 'pool')),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    count integer NOT NULL CHECK (count BETWEEN 1 AND 100000),
    state text NOT NULL DEFAULT 'making' CHECK (state IN ('making', 'ready', 'voiding', 'void')),
    progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND count),
    -- of a pool: how many are drawn, and from how few left on it is low
    drawn integer NOT NULL DEFAULT 0 CHECK (drawn BETWEEN 0 AND count),
    low_at integer NOT NULL DEFAULT 0 CHECK (low_at >= 0),
    file_digest bytea CHECK (octet_length(file_digest) = 32),
    -- when the printer's file was taken
    revealed_at timestamptz,
    created_by text NOT NULL CHECK (char_length(created_by) BETWEEN 1 AND 120),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, batch_id)
);

CREATE UNIQUE INDEX card_batches_of_file ON card_batches (merchant_id, file_digest) WHERE state <> 'void';

CREATE TABLE cards (
    merchant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    position integer NOT NULL CHECK (position > 0),
    certificate_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, batch_id, position)
);

CREATE UNIQUE INDEX cards_by_certificate ON cards (merchant_id, certificate_id);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
