"""What follows when a certificate was taken back: its order, and who is told."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from largesse import outbox
from largesse.db import Connection
from largesse.domain import orders
from largesse.domain.invoices import SaleReason
from largesse.domain.orders import Order, OrderStatus
from largesse.ledger import Outcome, Share
from largesse.services.invoices import TakenOff, correct_sale

_log = structlog.get_logger()


async def tell_refunds(
    connection: Connection, order: Order, outcomes: Sequence[Outcome], *, ended: bool, now: datetime
) -> bool:
    """Publish that money went back for an order, once for each certificate that it was taken from, and document it.

    The order is marked when it `ended`; tell whether it was.
    """
    marked = ended and order.status is OrderStatus.ISSUED
    if marked:
        await orders.take_back(connection, orders.taken_back(order, refunded=True))
    events = [
        orders.order_refunded_event(
            order,
            certificate_id=outcome.certificate_id,
            operation_id=outcome.operation_id,
            amount=outcome.value,
            tip=outcome.gratuity,
            discount=outcome.discount,
            tax=outcome.added_tax,
            included_tax=outcome.included_tax,
            now=now,
        )
        for outcome in outcomes
    ]
    await outbox.publish(connection, events)
    await correct_sale(connection, order, [taken_off(one) for one in outcomes], SaleReason.REFUND, now=now)
    return marked


def taken_with(share: Share) -> TakenOff:
    """Return a part of a lot that was taken back, as a document says it."""
    return TakenOff(
        face=share.face,
        gratuity=share.gratuity,
        discount=share.discount,
        added_tax=share.added_tax,
        included_tax=share.included_tax,
    )


def taken_off(outcome: Outcome) -> TakenOff:
    """Return what an operation took back, as a document says it."""
    return TakenOff(
        face=outcome.value,
        gratuity=outcome.gratuity,
        discount=outcome.discount,
        added_tax=outcome.added_tax,
        included_tax=outcome.included_tax,
    )
