"""Every posting that some command may write: kind, leg and both accounts, by class of value and source of the lot.

`proofs` checks the journal against this table, and the tests what `book`, `transfers` and `settlements` decide. It is
written out apart from them, so that neither can go wrong unseen.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from largesse.ledger.accounts import (
    FUNDINGS,
    PAID_BACK_AT_ONCE,
    PAID_OVER_THE_COUNTER,
    POTS,
    SETTLEMENTS,
    TAKEN_BACK_BY_BANKS,
    Account,
    ClassOfValue,
    Leg,
    billed_account,
    is_on_account,
)
from largesse.ledger.model import Kind

_OUTSTANDING = Account.CERTIFICATES_OUTSTANDING
_GIVEN = Account.PROMOTIONAL_OUTSTANDING
_DISCOUNT = Account.DISCOUNT_ON_OUTSTANDING
_TAX = Account.TAX_ON_OUTSTANDING
_TAX_ACCOUNTS = (Account.TAX_PAYABLE, Account.TENDER_CLEARING)
_WITHOUT_MONEY = (Kind.HOLD, Kind.CAPTURE, Kind.RELEASE)
"""What may change only what a pot holds: a capture may take nothing of one pot."""
_OF_STATE = (Kind.PREPARE, Kind.BLOCK, Kind.UNBLOCK, Kind.VOID, Kind.EXPIRE, Kind.REINSTATE, Kind.EXTEND, Kind.CONVERT)
"""What may move nothing: it changes a status or a day, of a certificate that may be empty."""

_EXPIRED_TIPS = (Account.BREAKAGE_OF_GRATUITIES, Account.GRATUITIES_PAYABLE)
"""Where gratuity that expires may go, as the merchant sets."""

_BETWEEN = Account.BETWEEN_ENTITIES

Row = tuple[Kind, Leg | None, Account | None, Account | None]


class Posting(NamedTuple):
    """One row that the journal may hold. `source` is that of its lot, None for what moves none."""

    class_of_value: ClassOfValue
    source: Account | None
    kind: Kind
    leg: Leg | None = None
    debit: Account | None = None
    credit: Account | None = None

    def __str__(self) -> str:
        """The words as they are stored, `-` for what a row leaves out."""
        return " ".join(str(word or "-") for word in self)


def _emptied(kind: Kind, to: Account, tips_to: Account, lowered: Account | None = None) -> Iterator[Row]:
    """At face: what stands beside it lowers the account that it goes to."""
    yield kind, Leg.VALUE, _OUTSTANDING, to
    yield kind, Leg.GRATUITY, _OUTSTANDING, tips_to
    yield kind, Leg.DISCOUNT, lowered or to, _DISCOUNT
    yield kind, Leg.INCLUDED_TAX, lowered or to, _TAX


def _given_back(kind: Kind, to: Account, *, as_filled: bool = False) -> Iterator[Row]:
    """At price: what was paid goes back, and the tax with it, from wherever it stands.

    `as_filled`: as the rows swapped that filled it, and tax of an import with it.
    """
    if as_filled and to is Account.OPENING_BALANCES:
        yield kind, Leg.INCLUDED_TAX, to, _TAX
    yield kind, Leg.VALUE, _OUTSTANDING, to
    yield kind, Leg.GRATUITY, _OUTSTANDING, to
    yield kind, Leg.DISCOUNT, _OUTSTANDING, _DISCOUNT
    if to in {Account.DISPUTED, Account.OPENING_BALANCES}:  # these were like all others before
        yield kind, Leg.DISCOUNT, to, _DISCOUNT
    for tax_account in _TAX_ACCOUNTS:
        if tax_account is not to:
            yield kind, Leg.ADDED_TAX, tax_account, to
        yield kind, Leg.INCLUDED_TAX, tax_account, _TAX


def _paid_out(kind: Kind, to: Account) -> Iterator[Row]:
    """At face, in money: the merchant bears the discount, and gets the included tax back."""
    yield kind, Leg.VALUE, _OUTSTANDING, to
    yield kind, Leg.GRATUITY, _OUTSTANDING, to
    yield kind, Leg.DISCOUNT, Account.DISCOUNTS_BORNE, _DISCOUNT
    yield from ((kind, Leg.INCLUDED_TAX, tax_account, _TAX) for tax_account in _TAX_ACCOUNTS)


def _swapped(kind: Kind, rows: Iterable[Row]) -> Iterator[Row]:
    return ((kind, leg, credit, debit) for _, leg, debit, credit in rows)


def _used(kind: Kind) -> Iterator[Row]:
    """Where Largesse books the sale, and where the merchant's own till does."""
    yield from _emptied(kind, Account.REDEEMED, Account.GRATUITIES_PAYABLE)
    yield from _emptied(kind, Account.TENDER_CLEARING, Account.TENDER_CLEARING, lowered=Account.REDEEMED)
    # in another legal entity than the lot's, which is owed the face
    yield from _emptied(kind, _BETWEEN, _BETWEEN, lowered=Account.DISCOUNTS_BORNE)


def _of_no_lot() -> Iterator[Row]:
    """Rows that any certificate may have, and that move none of its lots."""
    yield from ((kind, pot, None, None) for kind in _WITHOUT_MONEY for pot in POTS)
    yield from ((kind, None, None, None) for kind in _OF_STATE)
    yield from ((Kind.SETTLE, None, debit, credit) for debit, credit in SETTLEMENTS)
    for earned in (Account.REDEEMED, Account.GRATUITIES_PAYABLE, Account.TENDER_CLEARING):
        yield from ((kind, None, _BETWEEN, earned) for kind in (Kind.REDEEM, Kind.CAPTURE))
        yield Kind.REVERSE, None, earned, _BETWEEN
    for paid in PAID_OVER_THE_COUNTER:  # for another legal entity, whose value it is
        yield from ((kind, None, _BETWEEN, paid) for kind in (Kind.CASH_OUT, Kind.REFUND))
    due = (Leg.TAX_DUE, Account.REDEEMED, Account.TAX_PAYABLE)
    yield from ((kind, *due) for kind in (Kind.REDEEM, Kind.CAPTURE))
    yield from _swapped(Kind.REVERSE, [(Kind.REDEEM, *due)])
    # At a rate of zero, what was sold is told, and no money moves.
    yield from ((kind, Leg.TAX_DUE, None, None) for kind in (Kind.REDEEM, Kind.CAPTURE, Kind.REVERSE))


def _of_any_lot() -> Iterator[Row]:
    for kind in (Kind.REDEEM, Kind.CAPTURE):
        yield from _used(kind)
    yield from _swapped(Kind.REVERSE, _used(Kind.REDEEM))
    yield from _emptied(Kind.TRANSFER, Account.TRANSFERS, Account.TRANSFERS)
    yield from _swapped(Kind.TRANSFER, _emptied(Kind.TRANSFER, Account.TRANSFERS, Account.TRANSFERS))


def _lapsed(to: Account, *tips_to: Account) -> Iterator[Row]:
    for tips in (to, *tips_to):  # to the same account as the value in rows of before
        yield from _emptied(Kind.EXPIRE, to, tips)
        yield from _swapped(Kind.REINSTATE, _emptied(Kind.EXPIRE, to, tips))


def _lowered(to: Account) -> Iterator[Row]:
    yield from _emptied(Kind.ADJUST, to, to)


def _raised(by: Account) -> Iterator[Row]:
    yield from _swapped(Kind.ADJUST, (row for row in _emptied(Kind.ADJUST, by, by) if row[1] in POTS))


def _paid(source: Account) -> Iterator[Row]:
    """Rows of a lot that somebody pays for."""
    for kind in (Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD):
        yield from _swapped(kind, _given_back(kind, source, as_filled=True))
    yield from _given_back(Kind.UNDO_RELOAD, source, as_filled=True)
    over_the_counter = set()
    if source in PAID_OVER_THE_COUNTER:
        over_the_counter = {*PAID_OVER_THE_COUNTER, _BETWEEN, Account.REFUNDS}
    for to in over_the_counter or {source if source in PAID_BACK_AT_ONCE else Account.REFUNDS}:
        yield from _given_back(Kind.REFUND, to)
    yield from _lapsed(Account.BREAKAGE, *_EXPIRED_TIPS)
    yield from _lowered(Account.GOODWILL)
    yield from _given_back(Kind.VOID, source, as_filled=True)
    yield from _billed(source)
    if source is not Account.PARTNER_RECEIVABLE:
        for tips in (Account.BREAKAGE_OF_GRATUITIES, Account.BREAKAGE):  # the latter in rows of before
            yield from _emptied(Kind.VOID, Account.BREAKAGE, tips)
        for kind in (Kind.VOID, Kind.REFUND):
            yield from (row for missing in TAKEN_BACK_BY_BANKS for row in _given_back(kind, missing))
    for to in (Account.CASH, Account.REFUNDS, Account.TENDER_CLEARING, _BETWEEN):
        yield from _paid_out(Kind.CASH_OUT, to)
    yield from _paid_out(Kind.HAND_OVER, Account.UNCLAIMED_PROPERTY)
    for tips in (Account.BREAKAGE, *_EXPIRED_TIPS):
        yield from _emptied(Kind.HAND_OVER, Account.BREAKAGE, tips)
    yield from _of_before(source)


def _billed(source: Account) -> Iterator[Row]:
    """Rows of what stands on an issued invoice, which becomes the partner's credit."""
    if is_on_account(source):
        for kind in (Kind.REFUND, Kind.VOID, Kind.UNDO_RELOAD):
            yield from _given_back(kind, billed_account(source))


def _of_before(source: Account) -> Iterator[Row]:
    """Rows from before discounts stood beside what is outstanding, and what turned the rest of them.

    With them, corrections and voids of before these had an account that says why.
    """
    yield from _lowered(Account.WRITE_OFFS)
    if source is not Account.PARTNER_RECEIVABLE:
        yield from _emptied(Kind.VOID, Account.WRITE_OFFS, Account.WRITE_OFFS)
    yield Kind.CONVERT, Leg.DISCOUNT, _DISCOUNT, Account.DISCOUNTS
    yield Kind.CONVERT, None, None, None
    for kind in (Kind.ISSUE, Kind.RELOAD):
        yield kind, Leg.VALUE, Account.DISCOUNTS, _OUTSTANDING
    yield Kind.REFUND, Leg.VALUE, _OUTSTANDING, Account.DISCOUNTS
    yield Kind.ADJUST, Leg.VALUE, Account.WRITE_OFFS, _OUTSTANDING
    yield Kind.ADJUST, Leg.GRATUITY, Account.WRITE_OFFS, _OUTSTANDING
    if source is not Account.PARTNER_RECEIVABLE:
        for other in (Account.GATEWAY_CLEARING, Account.OPENING_BALANCES):
            yield from ((Kind.RELOAD, pot, other, _OUTSTANDING) for pot in POTS)
            yield Kind.RELOAD, Leg.ADDED_TAX, other, Account.TAX_PAYABLE
        for pot in POTS:
            yield Kind.VOID, pot, _OUTSTANDING, Account.GATEWAY_CLEARING


def _turned_to_partners() -> Iterator[Row]:
    """Rows that say whose is what rows of before have moved of partners' accounts."""
    yield Kind.CONVERT, None, Account.PARTNER_RECEIVABLE, Account.TRANSFERS
    yield Kind.CONVERT, None, Account.TRANSFERS, Account.PARTNER_RECEIVABLE


def _taxed_before() -> Iterator[Row]:
    """Rows of added tax from before there were lots, which name none."""
    for source in (Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE, Account.OPENING_BALANCES):
        yield from ((kind, Leg.ADDED_TAX, source, Account.TAX_PAYABLE) for kind in (Kind.ISSUE, Kind.RELOAD))
    for owed in (Account.REFUNDS, Account.PARTNER_RECEIVABLE):
        yield Kind.REFUND, Leg.ADDED_TAX, Account.TAX_PAYABLE, owed


def _given(pots: Iterable[Leg]) -> Iterator[Row]:
    """Rows of a lot that was given away: one pair of accounts, outside the liability, whatever becomes of it."""
    for pot in pots:
        emptied = (pot, _GIVEN, Account.PROMOTIONS_GRANTED)
        for kind in (Kind.REDEEM, Kind.CAPTURE, Kind.EXPIRE, Kind.ADJUST, Kind.VOID):
            yield kind, *emptied
        for kind in (Kind.REVERSE, Kind.REINSTATE):
            yield from _swapped(kind, [(kind, *emptied)])
        moved = (Kind.TRANSFER, pot, _GIVEN, Account.TRANSFERS)
        yield moved
        yield from _swapped(Kind.TRANSFER, [moved])


def _granted() -> Iterator[Row]:
    for kind in (Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD, Kind.ADJUST):
        yield kind, Leg.VALUE, Account.PROMOTIONS_GRANTED, _GIVEN


def _given_before() -> Iterator[Row]:
    """Rows of value that was given away while that was a liability and an expense, and what turned the rest of it.

    A correction may have added gratuity to it.
    """
    yield from _of_any_lot()
    for kind in (Kind.ISSUE, Kind.RELOAD):
        yield kind, Leg.VALUE, Account.PROMOTIONS, _OUTSTANDING
    yield from _raised(Account.PROMOTIONS)
    yield from _lowered(Account.PROMOTIONS)
    yield from _lapsed(Account.PROMOTIONS)
    yield from _emptied(Kind.VOID, Account.PROMOTIONS, Account.PROMOTIONS)
    for kind in (Kind.CONVERT, Kind.REVERSE):
        for pot in POTS:
            yield kind, pot, Account.PROMOTIONS_GRANTED, _GIVEN
            yield kind, pot, _OUTSTANDING, Account.PROMOTIONS


def _corrected(by: Account) -> Iterator[Row]:
    """Rows of a lot that a correction added; before, write-offs did."""
    for to in (Account.CASH, Account.REFUNDS, Account.TENDER_CLEARING, _BETWEEN):
        yield from _paid_out(Kind.CASH_OUT, to)
    yield from _paid_out(Kind.HAND_OVER, Account.UNCLAIMED_PROPERTY)
    for tips in (Account.BREAKAGE, *_EXPIRED_TIPS):
        yield from _emptied(Kind.HAND_OVER, Account.BREAKAGE, tips)
    yield from _raised(by)
    for to in {by, Account.GOODWILL}:
        yield from _lowered(to)
    yield from _lapsed(Account.BREAKAGE, *_EXPIRED_TIPS)
    yield from _emptied(Kind.VOID, by, by)


def _table() -> Iterator[Posting]:
    for class_of_value in ClassOfValue:
        yield from (Posting(class_of_value, None, *row) for row in _of_no_lot())
    yield from (Posting(ClassOfValue.PAID, None, *row) for row in (*_taxed_before(), *_turned_to_partners()))
    for class_of_value in (ClassOfValue.PAID, ClassOfValue.CREDIT):
        for source in FUNDINGS[class_of_value]:
            yield from (Posting(class_of_value, source, *row) for row in (*_of_any_lot(), *_paid(source)))
        for by in (Account.GOODWILL, Account.WRITE_OFFS):
            yield from (Posting(class_of_value, by, *row) for row in (*_of_any_lot(), *_corrected(by)))
    for row in (*_given([Leg.VALUE]), *_granted()):
        yield Posting(ClassOfValue.PROMOTIONAL, Account.PROMOTIONS_GRANTED, *row)
    for row in (*_given(POTS), *_given_before()):
        yield Posting(ClassOfValue.PROMOTIONAL, Account.PROMOTIONS, *row)


POSTINGS: frozenset[Posting] = frozenset(_table())
"""Every posting that some command may write."""
