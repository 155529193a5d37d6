"""Watch for cards that are first used elsewhere than they were activated."""

from largesse.db.migrations.statements import run

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE monitors
    DROP CONSTRAINT monitors_watched_check,
    ADD CONSTRAINT monitors_watched_check
        CHECK (watched IN ('liability', 'stock', 'credit', 'redeemed_hour', 'exception', 'card_elsewhere')) NOT VALID;
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
    run("ALTER TABLE monitors VALIDATE CONSTRAINT monitors_watched_check")
