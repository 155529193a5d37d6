"""Refund a retail order: take back what was not spent of it, and pay the buyer by the way it came, or as credit."""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.domain import certificates, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.payments import PaymentRefund, RefundCredit, RefundStatus
from largesse.kernel.errors import NotFound, Unavailable
from largesse.ledger import Outcome
from largesse.services.certificates import AT_HOME, Place, Request, Spot
from largesse.services.refunds import paying_back, taking_back
from largesse.services.refunds.dependencies import RefundDependencies

_log = structlog.get_logger()


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken back of an order, and from which certificates. In smallest units."""

    order: Order
    outcomes: tuple[Outcome, ...]

    @property
    def outcome(self) -> Outcome:
        """What was taken from the first certificate: the order's own, where something was left on it."""
        return self.outcomes[0]

    @property
    def taken(self) -> int:
        """The value and gratuity that were taken back."""
        return sum(one.value + one.gratuity for one in self.outcomes)


class OrderRefund(TakenBack, frozen=True, kw_only=True):
    """The same, and how the money goes back."""

    refunds: tuple[PaymentRefund, ...]

    @property
    def owed(self) -> int:
        """What goes back to the buyer."""
        return sum(refund.amount for refund in self.refunds)


class OrderCredit(TakenBack, frozen=True, kw_only=True):
    """The same, and the credit that was given for it.

    `last_four` are those of the credit's number; the number itself is in the buyer's mail alone.
    """

    credit: RefundCredit
    last_four: str


async def credit_order(
    deps: RefundDependencies,
    merchant: Merchant,
    order_number: str,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    request: Request,
    now: datetime,
) -> OrderCredit:
    """Do what `refund_order` does, and give it back as credit at once: as one certificate, whose number is mailed.

    Nothing is owed for it, and no gateway is asked. Safe to repeat: the second time tells of the same certificate.

    Raises:
        OrderNotFound: there is no such order.
        OrderNotIssued: it has no certificate.
        CreditRefused: no buyer has paid for it: it was given away, or ordered on account.
        CreditUnreachable: the buyer has no mail address.
        LargesseError: as `taking_back.refund`.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        reload = await _reload_of(deps, connection, order)
    if order.certificate_id is None:
        raise orders.OrderNotIssued
    place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
    outcomes = await taking_back.refund_everywhere(
        deps, place, value=value, gratuity=gratuity, as_credit_of=merchant, of=reload, request=request, now=now
    )
    async with deps.database.connection() as connection:
        after = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        credit = await payments.credit_of_operation(connection, merchant.merchant_id, request.operation_id)
        assert credit is not None, "it was given by the operation that took it back"
        ends = await certificates.last_four_of(connection, merchant.merchant_id, [credit.certificate_id])
    return OrderCredit(order=after, outcomes=outcomes, credit=credit, last_four=ends.get(credit.certificate_id, ""))


async def refund_order(
    deps: RefundDependencies,
    merchant: Merchant,
    order_number: str,
    *,
    value: int | None = None,
    gratuity: int | None = None,
    spot: Spot = AT_HOME,
    request: Request,
    now: datetime,
) -> OrderRefund:
    """Refund an order: `value` and `gratuity` of what was not spent, None for all of it. Safe to repeat.

    It is taken wherever it is now: from the order's certificate, what that was reissued as, and what it was merged
    into. The gateway is asked at once; where it does not answer, the sweeper asks again. What was paid over a counter
    is paid back over one: at the spot, or where it was paid.

    Raises:
        OrderNotFound: there is no such order.
        OrderNotIssued: it has no certificate.
        LargesseError: as `taking_back.refund`.
    """
    async with deps.database.connection() as connection:
        order = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        reload = await _reload_of(deps, connection, order)
    if order.certificate_id is None:
        raise orders.OrderNotIssued
    place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
    outcomes = await taking_back.refund_everywhere(
        deps, place, value=value, gratuity=gratuity, of=reload, spot=spot, request=request, now=now
    )
    async with deps.database.connection() as connection:
        after = await orders.find_by_number(connection, merchant.merchant_id, order_number)
        owed = await _owed(connection, after, request.operation_id)
    for refund in owed:
        await _pay_now(deps, refund, now=now)
    async with deps.database.connection() as connection:
        stands = await _owed(connection, after, request.operation_id)
    return OrderRefund(order=after, outcomes=outcomes, refunds=tuple(stands))


async def _reload_of(deps: RefundDependencies, connection: Connection, order: Order) -> Order | None:
    """Return an order that reloaded a certificate of another one; None of one that opened or activated its own."""
    if order.fills_id is None:
        return None
    filled = await deps.ledger.find(connection, order.merchant_id, order.fills_id)
    return order if filled is not None and filled.order_number != order.order_number else None


async def _owed(connection: Connection, order: Order, operation_id: UUID) -> list[PaymentRefund]:
    """Return what one refund of an order owes, by whichever way it goes back."""
    if order.checkout_id is None:
        return []
    paid = await payments.payments_of_checkout(connection, order.merchant_id, order.checkout_id)
    ids = paying_back.refund_ids(order.merchant_id, operation_id, paid)
    return await payments.refunds_of_ids(connection, order.merchant_id, ids)


async def _pay_now(deps: RefundDependencies, refund: PaymentRefund, *, now: datetime) -> None:
    if refund.status is not RefundStatus.OWED:
        return
    try:
        await paying_back.pay_back(deps, refund, now=now)
    except (Unavailable, NotFound) as error:  # it is booked, and the sweeper asks again
        _log.warning("refund_put_off", refund_id=str(refund.refund_id), error_code=error.code)
