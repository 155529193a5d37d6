"""Whom certificates of another system are for."""

from largesse.db.migrations.statements import run

revision = "0111"
down_revision = "0110"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE imported_recipients (
    merchant_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name text NOT NULL DEFAULT '' CHECK (char_length(name) <= 100),
    -- what they read; empty for what the merchant writes in
    locale text NOT NULL DEFAULT '' CHECK (char_length(locale) <= 8),
    PRIMARY KEY (merchant_id, certificate_id)
);

CREATE INDEX imported_recipients_by_email ON imported_recipients (merchant_id, lower(email));
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
