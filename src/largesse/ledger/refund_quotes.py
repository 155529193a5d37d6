"""What a refund of a certificate would owe, for whoever has to say so before it is asked for. Pure, as `book` is.

What a refund does is decided by `taking_back.refund`.

`lot_ids` names the lots that it is of; without any, it is of all that somebody paid for.
"""

from collections.abc import Collection
from uuid import UUID

from largesse.ledger.accounts import Account
from largesse.ledger.checks import refundable
from largesse.ledger.lots import take, whole
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
