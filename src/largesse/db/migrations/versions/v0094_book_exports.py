"""Exports into a bookkeeper's program: each row of the journal leaves once, with the accounts as they were then."""

from largesse.db.migrations.statements import run

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

_SQL = """
-- What exports of a merchant are counted by, and what makes them wait for each other.
CREATE TABLE book_heads (
    merchant_id uuid NOT NULL REFERENCES merchants,
    last_set integer NOT NULL DEFAULT 0 CHECK (last_set >= 0),
    last_mapping integer NOT NULL DEFAULT 0 CHECK (last_mapping >= 0),
    PRIMARY KEY (merchant_id)
);

-- Which accounts of the bookkeeper's program the ledger's are, and what that wants to know; versions never change.
CREATE TABLE book_mappings (
    merchant_id uuid NOT NULL REFERENCES merchants,
    version integer NOT NULL CHECK (version >= 1),
    lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array'),
    facts jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
    made_by text NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 120),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, version)
);

CREATE TABLE book_sets (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- without gaps
    set_number integer NOT NULL CHECK (set_number >= 1),
    legal_entity_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- what was booked before this day
    until date NOT NULL,
    -- whether what came from another system was taken along
    imports boolean NOT NULL,
    format text NOT NULL CHECK (char_length(format) BETWEEN 1 AND 30),
    grain text NOT NULL CHECK (grain IN ('day', 'month', 'row')),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 10),
    mapping_version integer NOT NULL,
    -- the seal's whose rows it may have: everything that was recorded up to here
    cut timestamptz NOT NULL,
    -- rows that were booked before this day are late: an earlier set had gone up to it
    covered date,
    first_day date NOT NULL,
    last_day date NOT NULL,
    rows bigint NOT NULL CHECK (rows >= 1),
    late_rows bigint NOT NULL CHECK (late_rows >= 0),
    total bigint NOT NULL CHECK (total >= 1),
    made_by text NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 120),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, set_number),
    FOREIGN KEY (merchant_id, mapping_version) REFERENCES book_mappings (merchant_id, version)
);

-- Which set each row of the journal left with: the key lets it leave once. The journal itself never changes, so the
-- link stands beside it. No foreign keys: a set of a million rows would be checked a million times, row by row.
CREATE TABLE book_set_rows (
    merchant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    seq bigint NOT NULL,
    set_number integer NOT NULL,
    PRIMARY KEY (merchant_id, subject_id, seq)
);

CREATE INDEX book_set_rows_by_set ON book_set_rows (merchant_id, set_number);

-- Each time that a set was written to a file; all but the first are repeats.
CREATE TABLE book_set_files (
    merchant_id uuid NOT NULL,
    set_number integer NOT NULL,
    file_number integer NOT NULL CHECK (file_number >= 0),
    format text NOT NULL CHECK (char_length(format) BETWEEN 1 AND 30),
    made_by text NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 120),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, set_number, file_number),
    FOREIGN KEY (merchant_id, set_number) REFERENCES book_sets (merchant_id, set_number)
);

-- What is made by itself when a month is over.
CREATE TABLE book_schedules (
    merchant_id uuid NOT NULL REFERENCES merchants,
    legal_entity_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    format text NOT NULL CHECK (char_length(format) BETWEEN 1 AND 30),
    grain text NOT NULL CHECK (grain IN ('day', 'month', 'row')),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 10),
    set_by text NOT NULL CHECK (char_length(set_by) BETWEEN 1 AND 120),
    next_month date NOT NULL CHECK (extract(day FROM next_month) = 1),
    PRIMARY KEY (merchant_id)
);

CREATE TRIGGER book_mappings_are_append_only BEFORE UPDATE OR DELETE ON book_mappings
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_live();
CREATE TRIGGER book_mappings_never_emptied BEFORE TRUNCATE ON book_mappings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER book_sets_are_append_only BEFORE UPDATE OR DELETE ON book_sets
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_live();
CREATE TRIGGER book_sets_never_emptied BEFORE TRUNCATE ON book_sets
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER book_set_rows_are_append_only BEFORE UPDATE OR DELETE ON book_set_rows
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_live();
CREATE TRIGGER book_set_rows_never_emptied BEFORE TRUNCATE ON book_set_rows
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
