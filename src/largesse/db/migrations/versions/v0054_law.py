"""Which law profile a merchant goes by, and why an agreement may be shorter than it asks for."""

from largesse.db.migrations.statements import run

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_SQL = """
-- The law profile that a merchant chose; without a row, nothing goes by any.
CREATE TABLE law_choices (
    merchant_id uuid PRIMARY KEY REFERENCES merchants,
    -- as in domain/law/profiles.toml
    code text NOT NULL CHECK (char_length(code) BETWEEN 2 AND 12),
    -- whether what breaks a rule is refused instead of warned of
    refuses boolean NOT NULL,
    -- what becomes of breakage where the rule is unknown
    when_unknown text NOT NULL CHECK (when_unknown IN ('wait', 'book')),
    chosen_at timestamptz NOT NULL
);

ALTER TABLE agreements
    ADD COLUMN purpose text NOT NULL DEFAULT 'none',
    ADD CONSTRAINT agreements_purpose CHECK (purpose IN ('none', 'charity', 'promotional', 'business_use')) NOT VALID;
"""


def upgrade() -> None:
    """Create the table of choices, and add the purpose of agreements."""
    run(_SQL)
    run("ALTER TABLE agreements VALIDATE CONSTRAINT agreements_purpose")
