"""What may become of an order: pure transitions.

placed ──► issued ──► refunded
│          └─────► voided
└─────► cancelled
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.domain.orders.errors import CheckoutClosed, OrderNotIssued, OrderNotPlaced
from largesse.domain.orders.model import Checkout, CheckoutStatus, Order, OrderStatus


def issued(order: Order, *, certificate_id: UUID, now: datetime, good_through: date | None = None) -> Order:
    """Return a placed order as issued, its certificate standing.

    Raises:
        OrderNotPlaced: it does not wait for payment.
    """
    if order.status is not OrderStatus.PLACED:
        raise OrderNotPlaced
    return msgspec.structs.replace(
        order,
        status=OrderStatus.ISSUED,
        certificate_id=certificate_id,
        issued_at=now,
        good_through=good_through or order.good_through,
    )


def cancelled(order: Order) -> Order:
    """Return a placed order as cancelled.

    Raises:
        OrderNotPlaced: it does not wait for payment.
    """
    if order.status is not OrderStatus.PLACED:
        raise OrderNotPlaced
    return msgspec.structs.replace(order, status=OrderStatus.CANCELLED)


def taken_back(order: Order, *, refunded: bool) -> Order:
    """Return an issued order as refunded (the buyer has the money back) or voided.

    Raises:
        OrderNotIssued: it has no standing certificate.
    """
    if order.status is not OrderStatus.ISSUED:
        raise OrderNotIssued
    return msgspec.structs.replace(order, status=OrderStatus.REFUNDED if refunded else OrderStatus.VOIDED)


def paid(checkout: Checkout, *, now: datetime) -> Checkout:
    """Return an open checkout as paid; one that is paid stays as it is, so a second payment notice changes nothing.

    Raises:
        CheckoutClosed: it was given up.
    """
    if checkout.status is CheckoutStatus.EXPIRED:
        raise CheckoutClosed
    if checkout.status is CheckoutStatus.PAID:
        return checkout
    return msgspec.structs.replace(checkout, status=CheckoutStatus.PAID, paid_at=now)
