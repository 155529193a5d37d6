"""What organisations and partners ask a merchant for: an agreement, or a change of theirs."""

from largesse.db.migrations.statements import run

revision = "0114"
down_revision = "0113"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE partner_askings (
    merchant_id uuid NOT NULL REFERENCES merchants,
    asking_id uuid NOT NULL,
    -- who asks for a change of its agreement; null: somebody who has none yet
    partner_id uuid,
    organisation text NOT NULL CHECK (char_length(organisation) BETWEEN 1 AND 120),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    email text NOT NULL CHECK (char_length(email) <= 254),
    question text NOT NULL CHECK (char_length(question) BETWEEN 1 AND 2000),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    made_at timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by text CHECK (char_length(answered_by) <= 120),
    answer text CHECK (char_length(answer) BETWEEN 1 AND 2000),
    PRIMARY KEY (merchant_id, asking_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners,
    CONSTRAINT partner_askings_answered CHECK ((answered_at IS NULL) = (answer IS NULL))
);

CREATE INDEX partner_askings_waiting ON partner_askings (merchant_id, made_at) WHERE answered_at IS NULL;
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
