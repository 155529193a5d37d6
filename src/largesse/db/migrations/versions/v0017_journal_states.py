"""Expiries can be undone, and the journal tells status and last good day after each row."""

from largesse.db.migrations.statements import run

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE journal
    -- the certificate's status and last good day after the row; status null: the row is older than these columns
    ADD COLUMN status_after text CHECK (status_after IN ('active', 'blocked', 'expired', 'void')),
    ADD COLUMN good_through_after date,
    ADD COLUMN expires_at_after timestamptz,
    DROP CONSTRAINT journal_kind_check,
    ADD CONSTRAINT journal_kind_check CHECK (kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'release',
        'refund', 'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'reinstate', 'extend', 'transfer',
        'settle')) NOT VALID;

ALTER TABLE journal VALIDATE CONSTRAINT journal_kind_check;

-- An expiry is undone once.
CREATE UNIQUE INDEX journal_reinstated_once ON journal (merchant_id, refers_to, leg) WHERE kind = 'reinstate';
"""


def upgrade() -> None:
    """Widen the journal."""
    run(_SQL)
