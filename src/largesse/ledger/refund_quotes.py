"""What a refund of a certificate would owe, for whoever has to say so before it is asked for. Pure, as `book` is.

What a refund does is decided by `taking_back.refund`.

`lot_ids` names the lots that it is of; without any, it is of all that somebody paid for.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from largesse.kernel.money import half_up
from largesse.ledger.accounts import Account
from largesse.ledger.checks import refundable
from largesse.ledger.lots import Lot, Share, share_of, take, whole
from largesse.ledger.model import Certificate


def refundable_parts(certificate: Certificate, lot_ids: Collection[UUID] = ()) -> tuple[int, int]:
    """Return the value and gratuity that a refund may take at most: free, and paid for by somebody."""
    lots = refundable(certificate, lot_ids)
    return (
        min(certificate.available, sum(lot.face for lot in lots)),
        min(certificate.gratuity_available, sum(lot.gratuity for lot in lots)),
    )


def owed_for(certificate: Certificate, value: int, gratuity: int = 0, lot_ids: Collection[UUID] = ()) -> int:
    """Return what a refund of so much owes: the price paid for it, with its added tax."""
    return sum(share.paid for share in take(refundable(certificate, lot_ids), value, gratuity))


def covered_by(certificate: Certificate, money: int, lot_ids: Collection[UUID] = ()) -> tuple[int, int]:
    """Return the most value, then gratuity, whose refund owes no more than `money`."""
    high, tips = refundable_parts(certificate, lot_ids)
    low, most = 0, high
    while low < high:  # what is owed never falls when the value rises: at most half a unit is rounded either way
        middle = (low + high + 1) // 2
        low, high = (middle, high) if owed_for(certificate, middle, 0, lot_ids) <= money else (low, middle - 1)
    return low, min(tips, money - owed_for(certificate, low, 0, lot_ids)) if low == most else 0


def paid_from(certificate: Certificate, source: Account | None = None, lot_ids: Collection[UUID] = ()) -> int:
    """Return what was paid for what is left of a certificate, from one account or from any."""
    return sum(whole(lot).paid for lot in refundable(certificate, lot_ids) if source in {None, lot.source})


def paid_with(lots: Sequence[Lot], money: int) -> tuple[Share, ...]:
    """Return the share of each lot that so much of the money paid for which was paid for all of them.

    In proportion, to the last unit where prices allow it: what cannot be taken of one lot is asked of the next. Of
    value that was sold for less, as little is taken as was sold for that money.
    """
    paid = [whole(lot).paid for lot in lots]
    total, so_far, taken, shares = sum(paid), 0, 0, list[Share]()
    for lot, of_lot in zip(lots, paid, strict=True):
        so_far += of_lot
        wanted = money * so_far // total - taken if total else 0
        shares.append(_paid_with(lot, min(wanted, of_lot)))
        taken += shares[-1].paid
    return tuple(shares)


def _paid_with(lot: Lot, money: int) -> Share:
    """Return what so much money paid for of one lot, gratuity in proportion; a unit may be left that buys nothing."""
    most = whole(lot)
    gratuity = half_up(lot.gratuity * money, most.paid) if most.paid else 0
    low, high = 0, lot.face
    while low < high:  # what is paid never falls when the face rises
        middle = (low + high) // 2
        low, high = (middle + 1, high) if share_of(lot, middle).paid < money - gratuity else (low, middle)
    beyond = share_of(lot, low).paid > money - gratuity
    return share_of(lot, low - beyond, gratuity)
