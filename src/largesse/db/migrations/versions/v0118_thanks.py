"""Whoever holds a gift may tell its buyer, once, that it arrived."""

from largesse.db.migrations.statements import run

revision = "0118"
down_revision = "0117"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE gifts
    ADD COLUMN thanked_at timestamptz,
    -- in which words, until they are mailed
    ADD COLUMN thanks text NOT NULL DEFAULT '' CHECK (char_length(thanks) <= 200);

ALTER TABLE mails
    DROP CONSTRAINT mails_purpose_check,
    -- arrived: tells the buyer that a gift arrived, from whoever holds it
    ADD CONSTRAINT mails_purpose_check
        CHECK (purpose IN ('gift', 'receipt', 'trouble', 'refunded', 'voided', 'reclaimed', 'returned', 'replaced',
            'credited', 'by_hand', 'arrived')) NOT VALID;
"""


def upgrade() -> None:
    """Add the columns, and widen what a mail may be for."""
    run(_SQL)
    run("ALTER TABLE mails VALIDATE CONSTRAINT mails_purpose_check")
