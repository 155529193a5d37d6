"""What the law wants a merchant's pages to say."""

from largesse.db.migrations.statements import run

revision = "0104"
down_revision = "0103"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE legal_texts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    kind text NOT NULL CHECK (kind IN ('imprint', 'privacy', 'terms', 'withdrawal', 'accessibility')),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    -- counts from 1; a version never changes
    version integer NOT NULL CHECK (version > 0),
    -- the words, or where they stand; neither: taken away
    text text NOT NULL CHECK (char_length(text) <= 40000),
    link text NOT NULL CHECK (char_length(link) <= 400),
    written_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, kind, language, version),
    CONSTRAINT legal_texts_one_of_both CHECK (text = '' OR link = '')
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
