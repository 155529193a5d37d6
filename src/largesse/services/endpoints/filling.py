"""Post orders that an endpoint was not told of: one that is added later can be filled."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain import merchants, orders, partners
from largesse.domain.merchants import Merchant
from largesse.domain.orders import NO_BILLING, Billing, Order, OrderFilter
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.events import Event
from largesse.outbox import EMAIL, EndpointIsMail
from largesse.services.endpoints.dependencies import EndpointDependencies

BATCH = 500


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders are on their way now, and how many the endpoint had been told of, or was on the way to be."""

    queued: int = 0
    known: int = 0


async def post_orders(
    deps: EndpointDependencies, endpoint_id: UUID, chosen: OrderFilter, *, by: ByWhom, now: datetime
) -> Queued:
    """Queue orders that were issued for an endpoint, in the order in which they were placed; audited.

    Each goes out under the id of its event, so that a receiver that has it can tell. In batches: what was queued stays
    queued when this is interrupted, and running it again goes on; under the same operation id it is audited once.

    Raises:
        EndpointNotFound: there is no such endpoint.
        EndpointNotActive: it is disabled.
        EndpointIsMail: it sends mail.
    """
    async with deps.database.transaction() as connection:
        endpoint = await outbox.sendable(connection, endpoint_id)
        if endpoint.format == EMAIL:
            raise EndpointIsMail
        merchant = await merchants.merchant_of_id(connection, endpoint.merchant_id)
        await by.record(connection, merchant.merchant_id, Audited.ORDERS_POSTED, subject=endpoint_id, now=now)
    done, last_seen = Queued(), None
    while True:
        async with deps.transaction() as connection:
            endpoint = await outbox.sendable(connection, endpoint_id)
            page = await orders.issued_page(connection, merchant.merchant_id, chosen, last_seen=last_seen, limit=BATCH)
            events = await _events(connection, merchant, page)
            count = await outbox.queue_for(connection, endpoint, events, now=now)
        done = Queued(queued=done.queued + count, known=done.known + len(page) - count)
        if len(page) < BATCH:
            return done
        last_seen = page[-1]


async def _events(connection: Connection, merchant: Merchant, page: Sequence[Order]) -> list[Event]:
    ids = [order.checkout_id for order in page if order.checkout_id is not None]
    checkouts = await orders.checkouts_by_id(connection, merchant.merchant_id, ids)
    buyers = {one.partner_id: one for one in await partners.list_partners(connection, merchant.merchant_id)}

    def billing(order: Order) -> Billing:
        if order.checkout_id is not None:
            return checkouts[order.checkout_id].billing
        partner = buyers.get(order.partner_id) if order.partner_id else None
        return billing_of(partner) if partner else NO_BILLING

    return [
        orders.order_issued_event(order, merchant, billing(order), order.issued_at or order.placed_at) for order in page
    ]


def billing_of(buyer: partners.Partner) -> Billing:
    """Return a partner as the buyer that receivers are told of: an organisation's name is a last name, undivided."""
    return Billing(
        last_name=buyer.name,
        email=buyer.contact_email,
        phone=buyer.phone,
        address=buyer.address,
        address2=buyer.address2,
        city=buyer.city,
        state=buyer.state,
        zip=buyer.zip,
        country=buyer.country,
    )
