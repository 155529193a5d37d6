"""Lots: what each filling of a certificate left on it, at face, with the discount and the tax that belong to it.

Whoever empties a certificate takes from the oldest lot first, and with what is taken goes its share of the lot's
discount, included tax and added tax; the last that is taken of a lot takes the rest. Pure, as `book` is.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.ids import derived_id
from largesse.kernel.money import half_up
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.ledger.accounts import Account

LOTS_MAX = 200
"""How many fillings a certificate can keep apart."""


class Lot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is left of one filling. Amounts are in the smallest unit of the certificate's currency.

    `face` contains the discount and the included tax; the added tax stands beside it. `source` is the account that
    paid, `party_id` the partner that owes for it, `tax_account` where its tax stands, `filled_by` the operation that
    opened it, `location_id` where that was, and `legal_entity_id` in whose books it stands; `offering_id` and `refcode`
    are what it was bought as, and under whose name. Older lots may not say.
    """

    lot_id: UUID
    source: Account
    face: int = 0
    gratuity: int = 0
    discount: int = 0
    included_tax: int = 0
    added_tax: int = 0
    treatment: TaxTreatment = UNTAXED
    tax_account: Account = Account.TAX_PAYABLE
    order_number: str | None = None
    party_id: UUID | None = None
    location_id: UUID | None = None
    legal_entity_id: UUID | None = None
    filled_by: UUID | None = None
    offering_id: UUID | None = None
    refcode: str | None = None
    first_issued_at: datetime

    @property
    def is_empty(self) -> bool:
        """Return whether nothing of it can be spent any more."""
        return not self.face and not self.gratuity


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a lot: so much face and gratuity, and what goes with them."""

    lot_id: UUID
    face: int = 0
    gratuity: int = 0
    discount: int = 0
    included_tax: int = 0
    added_tax: int = 0

    @property
    def price(self) -> int:
        """Return what was paid for its face, without added tax."""
        return self.face - self.discount

    @property
    def paid(self) -> int:
        """Return all that was paid for it."""
        return self.price + self.gratuity + self.added_tax


def lot_id_of(certificate_id: UUID, operation_id: UUID, number: int) -> UUID:
    """Return the id of the lot that an operation opens as the `number`th of a certificate, after its first.

    The first goes by the certificate's id. Callers choose operation ids, so these alone name no lot.
    """
    return derived_id("lot", certificate_id, operation_id, str(number))


def share_of(lot: Lot, face: int, gratuity: int = 0) -> Share:
    """Return what goes with so much of a lot's face: half-up of what is left, all of it with the last."""

    def part(left: int) -> int:
        return left if face == lot.face else half_up(left * face, lot.face)

    return Share(
        lot_id=lot.lot_id,
        face=face,
        gratuity=gratuity,
        discount=part(lot.discount),
        included_tax=part(lot.included_tax),
        added_tax=part(lot.added_tax),
    )


def whole(lot: Lot) -> Share:
    """Return all that is left of a lot."""
    return share_of(lot, lot.face, lot.gratuity)


def less(share: Share, part: Share) -> Share:
    """Return a share without a part of it."""
    return _sum(share, part, sign=-1)


def _sum(one: Share, other: Share, *, sign: int = 1) -> Share:
    return Share(
        lot_id=one.lot_id,
        face=one.face + sign * other.face,
        gratuity=one.gratuity + sign * other.gratuity,
        discount=one.discount + sign * other.discount,
        included_tax=one.included_tax + sign * other.included_tax,
        added_tax=one.added_tax + sign * other.added_tax,
    )


def added(some: Iterable[Share], more: Iterable[Share]) -> tuple[Share, ...]:
    """Return shares with what others took of the same lots, and of further ones after them."""
    total = {share.lot_id: share for share in some}
    for share in more:
        before = total.get(share.lot_id)
        total[share.lot_id] = share if before is None else _sum(before, share)
    return tuple(total.values())


def take(lots: Iterable[Lot], face: int, gratuity: int) -> tuple[Share, ...]:
    """Return what is taken of which lot, the oldest first, face apart from gratuity; the lots hold that much."""
    return tuple(_taken(lots, face, gratuity))


def _taken(lots: Iterable[Lot], face: int, gratuity: int) -> Iterator[Share]:
    for lot in lots:
        some, tip = min(face, lot.face), min(gratuity, lot.gratuity)
        if some or tip:
            face, gratuity = face - some, gratuity - tip
            yield share_of(lot, some, tip)


def blank(lot: Lot) -> Lot:
    """Return a lot with its facts and nothing in it."""
    return replace(lot, face=0, gratuity=0, discount=0, included_tax=0, added_tax=0)
