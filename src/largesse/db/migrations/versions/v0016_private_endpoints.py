"""What may be a receiver's key phrase is sealed; formats read options; endpoints are removed for good."""

from largesse.db.migrations.statements import run

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE endpoints
    -- what the renderer of its format reads besides
    ADD COLUMN options jsonb NOT NULL DEFAULT '{}',
    -- the query of its URL and its constants, sealed together; custom1, custom2 and a query in url are of a version
    -- before, until the worker seals them
    ADD COLUMN private_cipher bytea,
    ADD COLUMN private_key_id text,
    ADD CONSTRAINT endpoints_private CHECK ((private_cipher IS NULL) = (private_key_id IS NULL)),
    -- the application knows the formats
    DROP CONSTRAINT endpoints_format_check,
    ADD CONSTRAINT endpoints_format_check CHECK (char_length(format) BETWEEN 1 AND 20),
    -- removed: for good; its row stays for what was sent to it
    DROP CONSTRAINT endpoints_status_check,
    ADD CONSTRAINT endpoints_status_check CHECK (status IN ('active', 'paused', 'disabled', 'removed'));
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
