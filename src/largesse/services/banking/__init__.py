"""Accounts at banks: statements taken, payments of partners, and what each line of a statement is for."""

from largesse.services.banking.accounts import add_account, remember_columns, retire
from largesse.services.banking.booking import item_of_line
from largesse.services.banking.clearing import CLEARING, ClearingItem, clearing_items
from largesse.services.banking.dependencies import BankingDependencies
from largesse.services.banking.importing import take_statement
from largesse.services.banking.matching import (
    Against,
    InOtherMoney,
    Matching,
    match_awaited,
    match_booked,
    match_fee,
    match_paid_back,
    match_payment,
    match_suggestion,
    set_aside,
)
from largesse.services.banking.paying import apply_payment, book_payment, left_of, take_back_payment, unapply
from largesse.services.banking.payouts import take_payouts
from largesse.services.banking.rates import keep_rates
from largesse.services.banking.suggesting import (
    Awaited,
    BookedBefore,
    awaited_items,
    booked_before,
    open_invoices,
    suggestions_for,
)
from largesse.services.banking.undoing import unmatch
