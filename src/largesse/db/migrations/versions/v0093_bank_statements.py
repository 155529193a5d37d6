"""Accounts of merchants at banks, the statements that were brought of them, and the lines of these."""

from largesse.db.migrations.statements import run

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE bank_accounts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- the ledger's subject
    account_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    -- an IBAN, or what the bank calls the account
    number text NOT NULL CHECK (char_length(number) BETWEEN 1 AND 40),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    legal_entity_id uuid,
    -- what the columns of this bank's CSV mean, as it was said last
    columns jsonb,
    made_at timestamptz NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (merchant_id, account_id),
    UNIQUE (merchant_id, number, currency)
);

CREATE UNIQUE INDEX bank_accounts_by_name ON bank_accounts (merchant_id, lower(name));

CREATE TABLE bank_statements (
    merchant_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- SHA-256 of the file
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    format text NOT NULL CHECK (char_length(format) <= 40),
    file_name text NOT NULL CHECK (char_length(file_name) <= 200),
    number text NOT NULL CHECK (char_length(number) <= 70),
    lines integer NOT NULL CHECK (lines >= 0),
    added integer NOT NULL CHECK (added BETWEEN 0 AND lines),
    opened_on date,
    opening bigint,
    closed_on date,
    closing bigint,
    -- its opening balance is not what the statement before it closed with
    gap boolean NOT NULL,
    taken_by text NOT NULL CHECK (char_length(taken_by) <= 120),
    taken_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, statement_id),
    UNIQUE (merchant_id, account_id, digest),
    FOREIGN KEY (merchant_id, account_id) REFERENCES bank_accounts
);

CREATE TABLE bank_lines (
    merchant_id uuid NOT NULL,
    -- also the open item of the clearing account
    line_id uuid NOT NULL,
    account_id uuid NOT NULL,
    statement_id uuid NOT NULL,
    -- what it is known again by, whatever file it comes in
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    place integer NOT NULL,
    part integer NOT NULL,
    booked_on date NOT NULL,
    value_on date,
    -- above zero where money came in, in the smallest unit
    amount bigint NOT NULL CHECK (amount <> 0),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- what of it is not matched, of the same sign
    remaining bigint NOT NULL CHECK (sign(remaining) IN (0, sign(amount)) AND abs(remaining) <= abs(amount)),
    state text NOT NULL CHECK (state IN ('open', 'matched', 'set_aside')),
    entry_reference text NOT NULL CHECK (char_length(entry_reference) <= 70),
    name text NOT NULL CHECK (char_length(name) <= 140),
    iban text NOT NULL CHECK (char_length(iban) <= 70),
    text text NOT NULL CHECK (char_length(text) <= 1000),
    structured text NOT NULL CHECK (char_length(structured) <= 70),
    end_to_end text NOT NULL CHECK (char_length(end_to_end) <= 70),
    code text NOT NULL CHECK (char_length(code) <= 40),
    reversed boolean NOT NULL,
    -- why it was set aside
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500),
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, line_id),
    UNIQUE (merchant_id, account_id, digest),
    FOREIGN KEY (merchant_id, account_id) REFERENCES bank_accounts,
    FOREIGN KEY (merchant_id, statement_id) REFERENCES bank_statements,
    CHECK ((state = 'matched') = (remaining = 0))
);

CREATE INDEX bank_lines_waiting ON bank_lines (merchant_id, booked_on, line_id) WHERE state = 'open';
CREATE INDEX bank_lines_by_day ON bank_lines (merchant_id, account_id, booked_on, line_id);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
