"""Every posting that some command may write: kind, leg and both accounts, by class and funding of the certificate.

`proofs` checks the journal against this table, and the tests what `book`, `transfers` and `settlements` decide. It is
written out apart from them, so that neither can go wrong unseen.
"""

from collections.abc import Iterator
from typing import NamedTuple

from largesse.ledger.accounts import FUNDINGS, POTS, SETTLEMENTS, Account, ClassOfValue, Leg
from largesse.ledger.model import Kind

_OUTSTANDING = Account.CERTIFICATES_OUTSTANDING
_BUYERS = (Account.GATEWAY_CLEARING, Account.OPENING_BALANCES)
_WITHOUT_MONEY = (Kind.HOLD, Kind.CAPTURE, Kind.RELEASE)
"""What may change only what a pot holds: a capture may take nothing of one pot."""
_OF_STATE = (Kind.BLOCK, Kind.UNBLOCK, Kind.VOID, Kind.EXPIRE, Kind.REINSTATE, Kind.EXTEND)
"""What may move nothing: it changes a status or a day, of a certificate that may be empty."""


class Posting(NamedTuple):
    """One row that the journal may hold."""

    class_of_value: ClassOfValue
    funding: Account
    kind: Kind
    leg: Leg | None = None
    debit: Account | None = None
    credit: Account | None = None

    def __str__(self) -> str:
        """The words as they are stored, `-` for what a row leaves out."""
        return " ".join(str(word or "-") for word in self)


def _of_kinds(kinds: tuple[Kind, ...], legs: tuple[Leg | None, ...]) -> Iterator[tuple[Kind, Leg | None, None, None]]:
    for kind in kinds:
        for leg in legs:
            yield kind, leg, None, None


def _alike() -> Iterator[tuple[Kind, Leg | None, Account | None, Account | None]]:
    """Rows that any certificate may have."""
    yield from _of_kinds(_WITHOUT_MONEY, POTS)
    yield from _of_kinds(_OF_STATE, (None,))
    for pot, earned in ((Leg.VALUE, Account.REDEEMED), (Leg.GRATUITY, Account.GRATUITIES_PAYABLE)):
        yield Kind.REDEEM, pot, _OUTSTANDING, earned
        yield Kind.CAPTURE, pot, _OUTSTANDING, earned
        yield Kind.REVERSE, pot, earned, _OUTSTANDING
    for pot in POTS:
        yield Kind.TRANSFER, pot, _OUTSTANDING, Account.TRANSFERS
        yield Kind.TRANSFER, pot, Account.TRANSFERS, _OUTSTANDING
    for debit, credit in SETTLEMENTS:
        yield Kind.SETTLE, None, debit, credit


def _paid(
    fundings: tuple[Account, ...], *, owed: Account, voids: tuple[Account, ...]
) -> Iterator[tuple[Kind, Leg | None, Account | None, Account | None]]:
    """Rows of a certificate that somebody pays for from one of `fundings`; refunds are `owed` on one account."""
    for payer in fundings:
        yield from ((Kind.RELOAD, pot, payer, _OUTSTANDING) for pot in POTS)
        yield Kind.RELOAD, Leg.ADDED_TAX, payer, Account.TAX_PAYABLE
    for kind in (Kind.ISSUE, Kind.RELOAD):
        yield kind, Leg.VALUE, Account.DISCOUNTS, _OUTSTANDING
    yield from ((Kind.REFUND, pot, _OUTSTANDING, owed) for pot in POTS)
    yield Kind.REFUND, Leg.VALUE, _OUTSTANDING, Account.DISCOUNTS
    yield Kind.REFUND, Leg.ADDED_TAX, Account.TAX_PAYABLE, owed
    for pot in POTS:
        yield from _corrected(pot, Account.WRITE_OFFS)
        yield from _lapsed(pot, Account.BREAKAGE)
        yield from ((Kind.VOID, pot, _OUTSTANDING, account) for account in voids)


def _given() -> Iterator[tuple[Kind, Leg | None, Account | None, Account | None]]:
    """Rows of a certificate that was given away: it never has gratuity, but by a correction."""
    yield Kind.ISSUE, Leg.VALUE, Account.PROMOTIONS, _OUTSTANDING
    yield Kind.RELOAD, Leg.VALUE, Account.PROMOTIONS, _OUTSTANDING
    for pot in POTS:
        yield from _corrected(pot, Account.PROMOTIONS)
        yield from _lapsed(pot, Account.PROMOTIONS)
        yield Kind.VOID, pot, _OUTSTANDING, Account.PROMOTIONS


def _corrected(pot: Leg, account: Account) -> Iterator[tuple[Kind, Leg, Account, Account]]:
    yield Kind.ADJUST, pot, account, _OUTSTANDING
    yield Kind.ADJUST, pot, _OUTSTANDING, account


def _lapsed(pot: Leg, account: Account) -> Iterator[tuple[Kind, Leg, Account, Account]]:
    yield Kind.EXPIRE, pot, _OUTSTANDING, account
    yield Kind.REINSTATE, pot, account, _OUTSTANDING


def _of(class_of_value: ClassOfValue, funding: Account) -> Iterator[Posting]:
    rows = [*_alike()]
    if class_of_value is ClassOfValue.PROMOTIONAL:
        rows += _given()
    else:
        rows += [(Kind.ISSUE, pot, funding, _OUTSTANDING) for pot in POTS]
        rows += [(Kind.ISSUE, Leg.ADDED_TAX, funding, Account.TAX_PAYABLE)]
        if funding is Account.PARTNER_RECEIVABLE:
            rows += _paid((funding,), owed=funding, voids=(funding,))
        else:
            rows += _paid(_BUYERS, owed=Account.REFUNDS, voids=(Account.WRITE_OFFS, Account.GATEWAY_CLEARING))
    return (Posting(class_of_value, funding, *row) for row in rows)


POSTINGS: frozenset[Posting] = frozenset(
    posting
    for class_of_value, fundings in FUNDINGS.items()
    for funding in fundings
    for posting in _of(class_of_value, funding)
)
"""Every posting that some command may write."""
