"""Certificates can be cashed out and handed over, reloads undone, and money be given back as credit."""

from largesse.db.migrations.statements import run

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE certificates
    DROP CONSTRAINT certificates_status_check,
    ADD CONSTRAINT certificates_status CHECK (status IN ('active', 'blocked', 'expired', 'void', 'handed_over'))
        NOT VALID,
    DROP CONSTRAINT certificates_class_of_value_check,
    ADD CONSTRAINT certificates_class_of_value CHECK (class_of_value IN ('paid', 'promotional', 'credit')) NOT VALID;

ALTER TABLE journal
    DROP CONSTRAINT journal_status_after_check,
    ADD CONSTRAINT journal_status_after CHECK (status_after IN ('active', 'blocked', 'expired', 'void', 'handed_over'))
        NOT VALID,
    DROP CONSTRAINT journal_kind,
    ADD CONSTRAINT journal_kind CHECK (kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'release', 'refund',
        'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'reinstate', 'extend', 'transfer', 'settle',
        'convert', 'undo_reload', 'cash_out', 'hand_over')) NOT VALID;
"""

_CHECKED = """
ALTER TABLE certificates VALIDATE CONSTRAINT certificates_status;
ALTER TABLE certificates VALIDATE CONSTRAINT certificates_class_of_value;
ALTER TABLE journal VALIDATE CONSTRAINT journal_status_after;
ALTER TABLE journal VALIDATE CONSTRAINT journal_kind;
"""


def upgrade() -> None:
    """Widen what the words may be."""
    run(_SQL)
    run(_CHECKED)
