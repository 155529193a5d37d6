"""Declarations of buyers that they withdraw from a purchase, as they came in."""

from largesse.domain.withdrawals.errors import (
    InvalidWithdrawal,
    WithdrawalClosed,
    WithdrawalDoubtful,
    WithdrawalLinkRefused,
    WithdrawalNotFound,
    WithdrawalReasonMissing,
)
from largesse.domain.withdrawals.model import (
    EMAIL_MAX,
    NAME_MAX,
    NUMBER_MAX,
    REASON_MAX,
    Doubt,
    KnownBy,
    Withdrawal,
    WithdrawalForm,
    tidied,
)
from largesse.domain.withdrawals.store import (
    close_withdrawal,
    count_open,
    doubted_since,
    erase_person,
    find_withdrawal,
    forget_withdrawals,
    insert_withdrawal,
    list_withdrawals,
    mails_to,
    merchants_with_open,
    note_round,
    open_again,
    settle_withdrawal,
    take_some,
    withdrawal_of_order,
)
