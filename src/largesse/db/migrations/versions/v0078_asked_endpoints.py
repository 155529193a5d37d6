"""A new endpoint, or a new host of one, waits for an owner's word; and when each was told something last."""

from largesse.db.migrations.statements import run

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE endpoints
    -- when it last took something, to the minute
    ADD COLUMN last_success_at timestamptz,
    -- who asks for it, or for the address beside, and since when; null: nothing waits for an owner's word
    ADD COLUMN asked_by text CHECK (char_length(asked_by) <= 200),
    ADD COLUMN asked_at timestamptz,
    -- where it shall lead from an owner's word on, without the query, which is sealed as that of url is
    ADD COLUMN asked_url text CHECK (char_length(asked_url) <= 2000),
    ADD COLUMN asked_cipher bytea,
    ADD COLUMN asked_key_id text,
    ADD CONSTRAINT endpoints_asked CHECK (
        (asked_at IS NULL) = (asked_by IS NULL) AND (asked_url IS NULL OR asked_at IS NOT NULL)
    ),
    ADD CONSTRAINT endpoints_asked_sealed CHECK ((asked_cipher IS NULL) = (asked_key_id IS NULL)),
    -- waiting: it is told nothing until an owner says so
    DROP CONSTRAINT endpoints_status_check,
    ADD CONSTRAINT endpoints_status_check CHECK (status IN ('active', 'paused', 'disabled', 'removed', 'waiting'));
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
