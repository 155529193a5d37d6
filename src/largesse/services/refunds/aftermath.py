"""What follows when a certificate was taken back: its order, its presents, the partner's credit, and who is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from largesse import outbox
from largesse.db import Connection, gathering
from largesse.domain import orders, partners
from largesse.domain.orders import Order, OrderStatus
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.ledger import Outcome, Void
from largesse.services.capabilities import UsesLedger
from largesse.services.certificates import Request

_log = structlog.get_logger()


async def tell_refunds(
    connection: Connection, order: Order, outcomes: Sequence[Outcome], *, ended: bool, now: datetime
) -> bool:
    """Publish that money went back for an order, once for each certificate that it was taken from.

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
    return marked


async def take_presents_back(
    deps: UsesLedger,
    connection: Connection,
    order: Order,
    presents: Mapping[UUID, Order],
    *,
    request: Request,
    now: datetime,
) -> None:
    """Void what came with an order; what has ended, or is held, stays as it is. All of it is locked already."""
    mine = {id_: one for id_, one in presents.items() if one.bonus_of == order.order_id}
    commands = [
        Void(
            merchant_id=one.merchant_id,
            certificate_id=certificate_id,
            operation_id=derived_id("present", request.operation_id, one.order_id),
            actor=request.actor,
            memo=f"It came with order {order.order_number}, which was refunded.",
        )
        for certificate_id, one in mine.items()
    ]
    outcomes = await deps.ledger.post(connection, commands, now=now)
    for one, outcome in zip(mine.values(), outcomes, strict=True):
        if isinstance(outcome, Conflict):
            _log.warning("present_kept", order_number=one.order_number, error_code=outcome.code)
        elif isinstance(outcome, LargesseError):
            raise outcome
        else:
            await orders.take_back(connection, orders.taken_back(one, refunded=False))


async def give_credit_back(connection: Connection, code: str, order: Order | None, amount: int) -> None:
    """Lower what a partner's order has used of its credit in a currency; never below zero: a part may be settled."""
    if order is None or order.partner_id is None:
        return
    ref = (order.merchant_id, order.partner_id)
    agreement = (await partners.lock_agreements(connection, [ref])).get(ref)
    terms = agreement.terms.get(code) if agreement else None
    if terms is not None:
        freed = min(amount, terms.credit_used)
        async with gathering(connection) as writes:
            partners.use_credit(writes, {(*ref, code): -freed})
