"""Undo a sale or a reload at a counter: its number is dead, and what was paid goes back the way it came."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates, closings, locations, orders, payments
from largesse.domain.closings import DayClosed
from largesse.domain.gifts import Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.payments import CounterTender, PaymentStatus
from largesse.kernel.currency import currency
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.money import Money
from largesse.kernel.where import Where
from largesse.ledger import (
    Certificate,
    CertificateNotFound,
    Command,
    Entry,
    Outcome,
    UndoReload,
    Void,
    VoidReason,
    fingerprint,
)
from largesse.services.certificates import Request
from largesse.services.counter import CounterMailPurpose, UndoElsewhere, UndoTooLate, UsedSince, tell_known
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.selling import sale_of_order
from largesse.services.merchants import where_of
from largesse.services.orders import operation_of
from largesse.services.refunds import refund_order, tell_of_gift, tell_refunds


class SaleNotHere(Conflict):
    """What was scanned is not what the sale filled."""

    code = "counter.undo.other_certificate"
    message = "This is not the certificate of that sale. Scan the paper or card that was sold."


class SaleUndone(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that was undone: its order as it stands, what was given back, and by which tender."""

    order: Order
    back: Money
    gateway: str
    replayed: bool = False


async def undo_sale(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order_number: str,
    scanned: Certificate,
    *,
    actor_only: bool = True,
    request: Request,
    now: datetime,
) -> SaleUndone:
    """Undo a sale whose paper or card was `scanned` again, in the minutes after it; the same operation tells the same.

    Cash goes out of the drawer of the device that sold it; what a gateway took goes back through it. `actor_only` is
    False where somebody who may has approved it: then others may, and later, but never beyond the close of the day.

    Raises:
        OrderNotFound, SaleUnknown: nothing was sold at a counter under that number.
        OrderNotIssued: it waits for its payment, or was taken back.
        SaleNotHere: what was scanned is another certificate.
        UndoElsewhere, UndoTooLate: somebody else sold it, or the minutes are over.
        DayClosed: the day of the device that sold it is closed.
        UsedSince: something was spent of it, or is held.
        LargesseError: the ledger refuses it.
    """
    async with deps.database.connection() as connection:
        sale = await sale_of_order(connection, merchant, order_number)
        paid = await payments.payments_of_checkout(connection, merchant.merchant_id, sale.checkout.checkout_id)
    order = sale.order
    if order.certificate_id is None:
        raise orders.OrderNotIssued
    if order.certificate_id != scanned.certificate_id:
        raise SaleNotHere
    payment = next((one for one in paid if one.settled_at is not None and not one.surplus), None)
    gateway = payment.gateway if payment else ""
    asked = fingerprint(msgspec.json.encode(("undo-sale", order_number, request.actor)))
    limits = _Limits(actor=request.actor if actor_only else None, within=merchant.undo_within if actor_only else None)
    if gateway not in set(CounterTender):
        return await _through_gateway(deps, merchant, order, gateway, limits, request=request, now=now)

    async def work(connection: Connection) -> SaleUndone:
        done = await deps.ledger.replayed(connection, merchant.merchant_id, request.operation_id, fingerprint=asked)
        if done is not None:
            stands = await orders.find_by_number(connection, merchant.merchant_id, order_number)
            return _undone(stands, done, gateway)
        standing = await _check(deps, connection, order, limits, now=now)
        where = await where_of(connection, merchant.merchant_id, order.location_id, closed_too=True)
        command = msgspec.structs.replace(_command(order, standing, where, request), fingerprint=asked)
        [outcome] = await deps.ledger.post(connection, [command], now=now)
        if isinstance(outcome, LargesseError):
            raise outcome
        if isinstance(command, Void):
            await tell_refunds(connection, order, [outcome], ended=True, now=now)
        else:
            await orders.take_back(connection, orders.taken_back(order, refunded=True))
        if payment is not None:
            first, then = [PaymentStatus.SUCCEEDED], PaymentStatus.REFUNDED
            await payments.change_payment(connection, payment, to=then, coming_from=first, now=now)
        back = Money(order.total, currency(order.currency))
        await tell_of_gift(connection, order, Purpose.REFUNDED, back=back, now=now)
        if isinstance(command, UndoReload):
            await _tell(deps, connection, order, standing, outcome, operation_id=request.operation_id, now=now)
        stands = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        return _undone(stands, outcome, gateway)

    return await deps.retrying(work)


async def _tell(
    deps: CounterSaleDependencies,
    connection: Connection,
    order: Order,
    standing: Certificate,
    outcome: Outcome,
    *,
    operation_id: UUID,
    now: datetime,
) -> None:
    """Write to whoever is known of a certificate that a reload of it was undone."""
    ends = await certificates.last_four_of(connection, order.merchant_id, [standing.certificate_id])
    place = await locations.find_location(connection, order.merchant_id, str(order.location_id))
    await tell_known(
        connection,
        deps,
        order.merchant_id,
        [standing.certificate_id],
        CounterMailPurpose.RELOAD_UNDONE,
        amount=outcome.value + outcome.gratuity,
        currency=standing.currency,
        ends=list(ends.values()),
        place=place.name,
        operation_id=operation_id,
        now=now,
    )


class _Limits(msgspec.Struct, frozen=True):
    """Who may undo a sale, and how long; None where that was approved."""

    actor: str | None
    within: timedelta | None


async def _through_gateway(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order: Order,
    gateway: str,
    limits: _Limits,
    *,
    request: Request,
    now: datetime,
) -> SaleUndone:
    """Undo a sale that a gateway collected: the order is refunded whole, and the gateway pays it back."""
    async with deps.transaction() as connection:
        known = await deps.ledger.happened(connection, merchant.merchant_id, request.operation_id)
        if not known:
            await _check(deps, connection, order, limits, now=now)
    done = await refund_order(deps, merchant, order.order_number, request=request, now=now)
    return _undone(done.order, done.outcome, gateway)


async def _check(
    deps: CounterSaleDependencies, connection: Connection, order: Order, limits: _Limits, *, now: datetime
) -> Certificate:
    """Return the certificate of a sale that may be undone, locked; the books are held, so that no day closes meanwhile.

    Raises:
        UndoElsewhere, UndoTooLate, DayClosed, UsedSince, OrderNotIssued: it may not.
    """
    await deps.ledger.open_books(connection, [order.merchant_id], now=now)
    if order.status is not OrderStatus.ISSUED or order.certificate_id is None:
        raise orders.OrderNotIssued
    locked = await deps.ledger.lock(connection, order.merchant_id, [order.certificate_id])
    standing = locked.get(order.certificate_id)
    if standing is None:
        raise CertificateNotFound
    rows = await deps.ledger.statement(connection, order.merchant_id, order.certificate_id)
    sold = [row for row in rows if row.operation_id == operation_of(order)]
    if not sold:
        raise UsedSince
    if limits.actor is not None and sold[0].actor != limits.actor:
        raise UndoElsewhere
    if limits.within is not None and now - sold[0].recorded_at > limits.within:
        raise UndoTooLate
    await _refuse_closed(connection, order, sold[0])
    if rows[-1].operation_id != operation_of(order) or standing.held or standing.gratuity_held:
        raise UsedSince
    return standing


async def _refuse_closed(connection: Connection, order: Order, sold: Entry) -> None:
    """Refuse what stands in a day of the device that is closed.

    Raises:
        DayClosed: it does.
    """
    if order.device_id is None:
        return
    last = await closings.last_closing(connection, order.merchant_id, order.device_id)
    if last is not None and sold.recorded_at <= last.cut:
        raise DayClosed


def _command(order: Order, standing: Certificate, where: Where, request: Request) -> Command:
    """Return what undoes a sale: the certificate ends, or loses what was reloaded. Pure."""
    if standing.order_number != order.order_number:
        return UndoReload(
            merchant_id=order.merchant_id,
            certificate_id=standing.certificate_id,
            operation_id=request.operation_id,
            actor=request.actor,
            memo=request.memo,
            where=where,
            device_id=order.device_id,
            reload_id=operation_of(order),
        )
    return Void(
        merchant_id=order.merchant_id,
        certificate_id=standing.certificate_id,
        operation_id=request.operation_id,
        actor=request.actor,
        memo=request.memo,
        where=where,
        device_id=order.device_id,
        reason=VoidReason.ERROR,
    )


def _undone(order: Order, outcome: Outcome, gateway: str) -> SaleUndone:
    money = Money(order.total, currency(order.currency))
    return SaleUndone(order=order, back=money, gateway=gateway, replayed=outcome.replayed)
