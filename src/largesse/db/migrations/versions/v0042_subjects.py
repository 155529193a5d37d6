"""Subjects that are no certificates have a row that is locked, and kinds of journal rows."""

from largesse.db.migrations.statements import run

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE subjects (
    merchant_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN
        ('partner', 'bank_account', 'gateway_account', 'till_drawer', 'location', 'merchant')),
    -- its last journal row, that row's hash, and its times; none before its first
    seq integer NOT NULL DEFAULT 0 CHECK (seq >= 0),
    head bytea CHECK (octet_length(head) = 32),
    effective_at timestamptz,
    recorded_at timestamptz,
    PRIMARY KEY (merchant_id, subject_id),
    CHECK ((seq = 0) = (head IS NULL) AND (seq = 0) = (effective_at IS NULL) AND (seq = 0) = (recorded_at IS NULL))
);

ALTER TABLE journal
    DROP CONSTRAINT journal_kind,
    ADD CONSTRAINT journal_kind CHECK (kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'release', 'refund',
        'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'reinstate', 'extend', 'transfer', 'settle',
        'convert', 'undo_reload', 'cash_out', 'hand_over',
        'receive', 'match', 'unmatch', 'bill', 'credit', 'write_off', 'tax_relief', 'commission', 'pay_refund',
        'refund_failed', 'pay_in', 'pay_out', 'count', 'deposit', 'terminal_batch', 'close_tender', 'payout', 'fee',
        'exchange', 'pay_out_gratuities', 'pay_unclaimed_property', 'estimate_breakage', 'release_breakage',
        'settle_entities', 'dispute_opened', 'dispute_won', 'dispute_lost', 'manual_entry')) NOT VALID;
"""

_CHECKED = "ALTER TABLE journal VALIDATE CONSTRAINT journal_kind"


def upgrade() -> None:
    """Make the table, and widen what the words may be."""
    run(_SQL)
    run(_CHECKED)
