"""Imports of another system's certificates: where each stands, the file while it waits, and what it opened."""

from largesse.db.migrations.statements import run

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE imports (
    merchant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    state text NOT NULL
        CHECK (state IN ('staged', 'importing', 'done', 'reversing', 'reversed', 'undoing', 'failed')),
    file_name text NOT NULL CHECK (char_length(file_name) BETWEEN 1 AND 200),
    -- SHA-256 of the file, and of its first row
    file_digest bytea NOT NULL CHECK (octet_length(file_digest) = 32),
    header_digest bytea NOT NULL CHECK (octet_length(header_digest) = 32),
    -- how it is read, how it is booked, and what it brings; no number stands in them
    choices jsonb NOT NULL,
    terms jsonb NOT NULL,
    summary jsonb NOT NULL,
    rows integer NOT NULL DEFAULT 0 CHECK (rows >= 0),
    progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND rows),
    -- certificates that somebody had used before they could be taken back
    kept integer NOT NULL DEFAULT 0 CHECK (kept >= 0),
    trouble text NOT NULL DEFAULT '',
    created_by text NOT NULL CHECK (char_length(created_by) BETWEEN 1 AND 120),
    created_at timestamptz NOT NULL,
    confirmed_by text CHECK (char_length(confirmed_by) BETWEEN 1 AND 120),
    confirmed_at timestamptz,
    finished_at timestamptz,
    reversed_by text CHECK (char_length(reversed_by) BETWEEN 1 AND 120),
    reversed_at timestamptz,
    PRIMARY KEY (merchant_id, import_id)
);

-- a file is imported once, until it is taken back
CREATE UNIQUE INDEX imports_of_file ON imports (merchant_id, file_digest) WHERE state NOT IN ('reversed', 'failed');
CREATE UNIQUE INDEX imports_under_way ON imports (merchant_id) WHERE state IN ('importing', 'reversing', 'undoing');
CREATE INDEX imports_of_header ON imports (merchant_id, header_digest);

-- the rows of a file as they stand, sealed, until they are in
CREATE TABLE import_tables (
    merchant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    cipher bytea NOT NULL,
    key_id text NOT NULL CHECK (char_length(key_id) <= 32),
    PRIMARY KEY (merchant_id, import_id)
);

CREATE TABLE imported_certificates (
    merchant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line integer NOT NULL CHECK (line > 0),
    certificate_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, import_id, line)
);

CREATE UNIQUE INDEX imported_certificates_by_id ON imported_certificates (merchant_id, certificate_id);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
