"""Certificates can be prepared with nothing on them, and activated when they are sold."""

from largesse.db.migrations.statements import run

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE certificates
    DROP CONSTRAINT certificates_status,
    ADD CONSTRAINT certificates_status
        CHECK (status IN ('inactive', 'active', 'blocked', 'expired', 'void', 'handed_over')) NOT VALID;

ALTER TABLE journal
    DROP CONSTRAINT journal_status_after,
    ADD CONSTRAINT journal_status_after
        CHECK (status_after IN ('inactive', 'active', 'blocked', 'expired', 'void', 'handed_over')) NOT VALID,
    DROP CONSTRAINT journal_kind,
    ADD CONSTRAINT journal_kind CHECK (kind IN ('prepare', 'activate',
        'issue', 'reload', 'redeem', 'hold', 'capture', 'release', 'refund',
        'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'reinstate', 'extend', 'transfer', 'settle',
        'convert', 'undo_reload', 'cash_out', 'hand_over',
        'receive', 'match', 'unmatch', 'bill', 'credit', 'write_off', 'tax_relief', 'commission', 'pay_refund',
        'refund_failed', 'pay_in', 'pay_out', 'count', 'deposit', 'terminal_batch', 'close_tender', 'payout', 'fee',
        'exchange', 'pay_out_gratuities', 'pay_unclaimed_property', 'estimate_breakage', 'release_breakage',
        'settle_entities', 'dispute_opened', 'dispute_won', 'dispute_lost', 'manual_entry')) NOT VALID;
"""

_CHECKED = """
ALTER TABLE certificates VALIDATE CONSTRAINT certificates_status;
ALTER TABLE journal VALIDATE CONSTRAINT journal_status_after;
ALTER TABLE journal VALIDATE CONSTRAINT journal_kind;
"""


def upgrade() -> None:
    """Widen what the words may be."""
    run(_SQL)
    run(_CHECKED)
