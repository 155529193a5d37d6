"""The present within a certificate: who gives it to whom, with which words and design, for who holds the number.

What was mailed is unwrapped by a button, once. That it was is told to nobody; but from then on its buyer does not
correct the address alone, for the number has reached somebody who counts on it (`services.gifts.care`). The same holds
once a pass of it was made for the wallet of a telephone.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import gifts, orders
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.gifts import Gift, GiftStatus
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.services.certificates import Located
from largesse.services.gifts.dependencies import GiftDependencies
from largesse.services.gifts.sheet import named, sheet_of
from largesse.services.gifts.state import newest, standing_of
from largesse.services.gifts.thanking import buyer_to_thank

_BY_MAIL: Final = frozenset({GiftStatus.WAITING, GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED})
_LEFT: Final = frozenset({GiftStatus.SENT, GiftStatus.FAILED})


class Dedication(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer wrote for whoever holds a certificate. `is_wrapped`: nobody has unwrapped it yet.

    `can_thank`: the holder may have the buyer told that it arrived; `is_thanked`: somebody did.
    """

    order_id: UUID
    to: str
    sender: str
    message: str
    is_wrapped: bool
    can_thank: bool = False
    is_thanked: bool = False


async def dedication_of(connection: Connection, merchant: Merchant, order: Order) -> Dedication:
    """Return the present that an order was placed as."""
    known = await gifts.deliveries_of_orders(connection, merchant.merchant_id, [order.order_id])
    gift = known.get(order.order_id)
    is_thanked = gift is not None and gift.thanked_at is not None
    return Dedication(
        order_id=order.order_id,
        to=named(order),
        sender=merchant.name if order.bonus_of else order.from_message,
        message=order.message,
        is_wrapped=gift is not None and gift.status in _BY_MAIL and gift.unwrapped_at is None,
        can_thank=gift is not None and not is_thanked and await buyer_to_thank(connection, order, gift) is not None,
        is_thanked=is_thanked,
    )


async def lock_held(connection: Connection, deps: GiftDependencies, found: Located) -> tuple[Order, Gift] | None:
    """Return what a certificate was bought as, and its delivery, held until the transaction ends.

    None where nothing was delivered, and for a number that has ended. Who corrects the address at the same moment gives
    the certificate a new number, or is refused.
    """
    number, merchant_id = found.certificate.order_number, found.place.merchant_id
    bought = await orders.find_by_numbers(connection, merchant_id, [number]) if number else {}
    for order in bought.values():
        if order.order_id not in await gifts.deliveries_of_orders(connection, merchant_id, [order.order_id]):
            continue
        gift = await gifts.lock_gift(connection, merchant_id, order.order_id)
        if await newest(connection, deps, merchant_id, gift.certificate_id) == found.place.certificate_id:
            return order, gift
    return None


async def unwrap(deps: GiftDependencies, found: Located, *, now: datetime) -> None:
    """Note that whoever holds a certificate unwrapped it. A second time, or for a number that has ended, nothing."""

    async def work(connection: Connection) -> None:
        held = await lock_held(connection, deps, found)
        if held is not None:
            _, gift = held
            # What the shop reissued is not mailed unasked: a gift that is still to be mailed keeps its own.
            certificate_id = found.place.certificate_id if gift.status in _LEFT else gift.certificate_id
            await gifts.note_unwrapped(connection, gift.merchant_id, gift.order_id, certificate_id, now=now)

    await deps.retrying(work)


async def note_pass(deps: GiftDependencies, found: Located) -> None:
    """Note that a pass of a certificate is made. For a number that has ended, nothing."""

    async def work(connection: Connection) -> None:
        held = await lock_held(connection, deps, found)
        if held is not None:
            _, gift = held
            await gifts.note_pass(connection, gift.merchant_id, gift.order_id, found.place.certificate_id)

    await deps.retrying(work)


async def picture_of_held(deps: GiftDependencies, merchant: Merchant, certificate_id: UUID, *, now: datetime) -> bytes:
    """Return a certificate as it stands as SVG.

    Raises:
        CertificateUnknown: there is none, or it cannot be spent any more.
        TypesettingFailed, Unavailable: as the typesetter.
    """
    async with deps.database.connection() as connection:
        standing = await standing_of(connection, deps, merchant.merchant_id, certificate_id)
        if not standing.can_be_given(now):
            raise CertificateUnknown
        sheet = await sheet_of(connection, deps, merchant, standing)
    return await deps.typesetter.preview_svg(sheet.face)
