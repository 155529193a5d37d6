"""Withdrawals of buyers: taken in and blocked in one transaction, then paid back.

`receiving` takes a declaration in and decides whether it counts; `settling` books what goes back, again and again until
nothing is left to be done; `mailing` says what is written to whom, and `links` how a buyer is known.
"""

from largesse.services.withdrawals.links import WITHDRAWAL_PATH, WithdrawalLink, read_link, withdrawal_address
from largesse.services.withdrawals.mailing import (
    WithdrawalMailDue,
    WithdrawalMailPurpose,
    is_of_withdrawal,
    read_withdrawal_mail,
)
from largesse.services.withdrawals.receiving import Received, receive
from largesse.services.withdrawals.right import Withdrawable, withdrawable_of
from largesse.services.withdrawals.settling import close, settle, settle_due
