"""Refund a retail order: take back what was not spent of it, and pay that to the buyer by the way it came."""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import PaymentRefund, RefundStatus
from largesse.kernel.errors import Unavailable
from largesse.ledger import Outcome
from largesse.services.certificates import Place, Request
from largesse.services.gifts import lineage
from largesse.services.refunds import paying_back, taking_back
from largesse.services.refunds.dependencies import RefundDependencies

_log = structlog.get_logger()


class OrderRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back from an order's certificate, and how the money goes back. Amounts in smallest units."""

    order: Order
    outcome: Outcome
    refunds: tuple[PaymentRefund, ...]

    @property
    def owed(self) -> int:
        """Return what goes back to the buyer."""
        return sum(refund.amount for refund in self.refunds)


async def refund_order(
    deps: RefundDependencies,
    merchant: Merchant,
    order_number: str,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    request: Request,
    now: datetime,
) -> OrderRefund:
    """Refund an order: `value` and `gratuity` of what was not spent, None for all of it. Safe to repeat.

    The gateway is asked at once; where it does not answer, the sweeper asks again.

    Raises:
        OrderNotFound: there is no such order.
        OrderNotIssued: it has no certificate.
        LargesseError: as `taking_back.refund`.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        place = await _place_of(connection, deps, order, request.operation_id)
    outcome = await taking_back.refund(deps, place, value=value, gratuity=gratuity, request=request, now=now)
    async with deps.database.connection() as connection:
        after = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        owed = await _owed(connection, after, request.operation_id)
    for refund in owed:
        await _pay_now(deps, refund, now=now)
    async with deps.database.connection() as connection:
        stands = await _owed(connection, after, request.operation_id)
    return OrderRefund(order=after, outcome=outcome, refunds=tuple(stands))


async def _place_of(connection: Connection, deps: RefundDependencies, order: Order, operation_id: UUID) -> Place:
    """Return the certificate that stands for an order now; for an operation that happened before, the one it was on.

    Raises:
        OrderNotIssued: it has none.
    """
    if order.certificate_id is None:
        raise orders.OrderNotIssued
    stood = await lineage(connection, deps, order.merchant_id, order.certificate_id)
    for certificate_id in stood[:-1]:
        written = await deps.ledger.statement(connection, order.merchant_id, certificate_id)
        if any(entry.operation_id == operation_id for entry in written):
            return Place(merchant_id=order.merchant_id, certificate_id=certificate_id)
    return Place(merchant_id=order.merchant_id, certificate_id=stood[-1])


async def _owed(connection: Connection, order: Order, operation_id: UUID) -> list[PaymentRefund]:
    """Return what one refund of an order owes, by whichever way it goes back."""
    if order.checkout_id is None:
        return []
    paid = await payments.payments_of_checkout(connection, order.merchant_id, order.checkout_id)
    found = await payments.refunds_of_payments(connection, order.merchant_id, [one.payment_id for one in paid])
    return [one for one in found if one.refund_id in paying_back.refund_ids(order.merchant_id, operation_id, paid)]


async def _pay_now(deps: RefundDependencies, refund: PaymentRefund, *, now: datetime) -> None:
    if refund.status is not RefundStatus.OWED:
        return
    try:
        await paying_back.pay_back(deps, refund, now=now)
    except Unavailable as error:
        _log.warning("refund_put_off", refund_id=str(refund.refund_id), error_code=error.code)
