"""The payments table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.rooms.payments.errors import PaymentMismatch, PaymentNotFound
from largesse.rooms.payments.model import Payment, PaymentStatus

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()


async def record_payments(connection: Connection, payments: Sequence[Payment]) -> list[Payment]:
    """Write payments of one merchant and one gateway, and return them as they stand, in the order given.

    One that arrives twice is one payment: the second time changes nothing. One that was tried before succeeds now.

    Raises:
        PaymentMismatch: a reference is known, and was for another checkout or another amount.
    """
    if not payments:
        return []
    await connection.execute(_queries.record_payments, _ENCODER.encode(payments).decode())
    first = payments[0]
    rows = await connection.fetch(
        _queries.payments_of_references, first.merchant_id, first.gateway, [payment.reference for payment in payments]
    )
    standing = {payment.reference: payment for payment in map(_payment, rows)}
    for payment in payments:
        if _meaning(standing[payment.reference]) != _meaning(payment):
            raise PaymentMismatch
    return [standing[payment.reference] for payment in payments]


async def find_payment(connection: Connection, merchant_id: UUID, gateway: str, reference: str) -> Payment:
    """Return the payment that the gateway calls `reference`.

    Raises:
        PaymentNotFound: there is none.
    """
    rows = await connection.fetch(_queries.payments_of_references, merchant_id, gateway, [reference])
    if not rows:
        raise PaymentNotFound
    return _payment(rows[0])


async def payments_of_checkout(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> list[Payment]:
    """Return what was paid, or tried, for a checkout, oldest first."""
    return [_payment(row) for row in await connection.fetch(_queries.payments_of_checkout, merchant_id, checkout_id)]


async def change_payment(
    connection: Connection, payment: Payment, *, to: PaymentStatus, coming_from: Sequence[PaymentStatus], now: datetime
) -> bool:
    """Move a payment to another status if it still has one of `coming_from`; tell whether it did."""
    statuses = [status.value for status in coming_from]
    tag = await connection.execute(
        _queries.change_payment, payment.merchant_id, payment.payment_id, statuses, to.value, now
    )
    return tag == "UPDATE 1"


def _meaning(payment: Payment) -> tuple[object, ...]:
    return payment.checkout_id, payment.currency, payment.amount


def _payment(row: Row) -> Payment:
    values: dict[str, Any] = dict(row)
    return Payment(**values | {"status": PaymentStatus(row["status"])})
