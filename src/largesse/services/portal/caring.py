"""What people of a partner do about one order: find it, send it again, correct whom it is for, cancel it unused."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import gifts, orders, staff
from largesse.domain.gifts import Gift
from largesse.domain.orders import Order, OrderNotFound, OrderStatus
from largesse.domain.staff import Audited
from largesse.kernel.ids import derived_id
from largesse.ledger import Certificate, Kind
from largesse.services.certificates import Place, Request
from largesse.services.gifts import GiftLink, SentAgain, newest, send_again
from largesse.services.partners import operation_of_key
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.portal.errors import OrderUsed
from largesse.services.portal.standing import ActsFor
from largesse.services.refunds import void

FOUND_MAX = 20


class OwnOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order of a partner: its delivery, where it has one, and its certificate as it stands.

    `is_untouched`: nobody has used, changed or held anything of it.
    """

    order: Order
    gift: Gift | None = None
    certificate: Certificate | None = None
    is_untouched: bool = False


async def search_orders(connection: Connection, acts: ActsFor, text: str) -> Sequence[Order]:
    """Return a partner's orders of a number, an identifier of its own, or an Idempotency-Key of its program."""
    merchant_id, partner_id = acts.merchant.merchant_id, acts.partner.partner_id
    wanted = text.strip()
    if not wanted:
        return []
    found = dict[UUID, Order]()
    by_number = await orders.find_by_optional_number(connection, merchant_id, wanted.upper())
    by_key = await orders.find_by_operation(
        connection, merchant_id, [operation_of_key(merchant_id, partner_id, wanted)]
    )
    named = await orders.find_by_identifier(connection, merchant_id, partner_id, wanted, limit=FOUND_MAX)
    for one in ([by_number] if by_number else []) + list(by_key.values()) + named:
        if one.partner_id == partner_id:
            found[one.order_id] = one
    return list(found.values())


async def own_order(deps: PortalDependencies, acts: ActsFor, number: str) -> OwnOrder:
    """Return an order of a partner by its number.

    Raises:
        OrderNotFound: it has none of that number.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, acts.merchant.merchant_id, number)
        if order.partner_id != acts.partner.partner_id:
            raise OrderNotFound
        delivered = await gifts.deliveries_of_orders(connection, order.merchant_id, [order.order_id])
        if order.certificate_id is None:
            return OwnOrder(order=order)
        certificate_id = await newest(connection, deps, order.merchant_id, order.certificate_id)
        certificate = await deps.ledger.find(connection, order.merchant_id, certificate_id)
        entries = await deps.ledger.statement(connection, order.merchant_id, certificate_id)
    untouched = (
        order.status is OrderStatus.ISSUED
        and certificate is not None
        and (certificate.balance, certificate.held) == (order.amount, 0)
        and all(entry.kind in _FILLS for entry in entries)
    )
    gift = delivered.get(order.order_id)
    return OwnOrder(order=order, gift=gift, certificate=certificate, is_untouched=untouched)


_FILLS = frozenset({Kind.ISSUE, Kind.TRANSFER})
"""What an unused certificate's journal has: it was issued, or got a new number."""


async def send_order_again(
    deps: PortalDependencies,
    acts: ActsFor,
    number: str,
    *,
    name: str | None = None,
    email: str | None = None,
    asked_at: datetime | None = None,
    now: datetime,
) -> SentAgain:
    """Mail the certificate of an order once more; with a `name` and `email`, correct whom it is for.

    Where it was mailed to another address before, it gets a new number, and the old one is dead.

    Raises:
        GiftNotFound: it was not mailed at all.
        OrderNotFound: the partner has none of that number.
        LargesseError: as `services.gifts.send_again`.
    """
    own = await own_order(deps, acts, number)
    if own.gift is None:
        raise gifts.GiftNotFound
    gift = own.gift
    link = GiftLink(merchant_id=gift.merchant_id, checkout_id=gift.checkout_id, ends_at=now)
    return await send_again(
        deps,
        link,
        gift.order_id,
        name=gift.recipient_name if name is None else name,
        email=gift.recipient_email if email is None else email,
        at_once=True,
        actor=acts.member.actor,
        asked_at=asked_at,
        now=now,
    )


async def cancel_order(deps: PortalDependencies, acts: ActsFor, number: str, *, reason: str, now: datetime) -> Order:
    """End the certificate of an order that nobody has used; the partner's credit is given back. Twice is once.

    Raises:
        CertificateChanged: somebody used it just now.
        OrderNotFound: the partner has none of that number.
        OrderUsed: something of it was used, or it has ended.
    """
    own = await own_order(deps, acts, number)
    if own.order.status is OrderStatus.VOIDED:
        return own.order
    if not own.is_untouched or own.certificate is None:
        raise OrderUsed
    certificate = own.certificate
    request = Request(
        operation_id=derived_id("portal cancel", certificate.merchant_id, certificate.certificate_id),
        actor=acts.member.actor,
        memo="Cancelled by the partner, unused.",
        expected_seq=certificate.seq,
    )
    place = Place(merchant_id=certificate.merchant_id, certificate_id=certificate.certificate_id)
    await void(deps, place, request=request, now=now)
    async with deps.database.transaction() as connection:
        said = f"{acts.partner.name}: {reason}" if reason else acts.partner.name
        await staff.record(
            connection,
            own.order.merchant_id,
            Audited.PARTNER_ORDER_CANCELLED,
            subject=str(own.order.order_id),
            actor=acts.member.actor,
            reason=said[: staff.REASON_LENGTH_MAX],
            now=now,
        )
        return await orders.find_by_number(connection, own.order.merchant_id, number)
