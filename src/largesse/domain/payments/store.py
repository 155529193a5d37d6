"""The payments table."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payments.errors import PaymentMismatch, PaymentNotFound
from largesse.domain.payments.model import AccountRef, Payment, PaymentStatus

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


async def payment_of_id(connection: Connection, merchant_id: UUID, payment_id: UUID, *, lock: bool = False) -> Payment:
    """Return a payment, with `lock` held until the transaction ends.

    Raises:
        PaymentNotFound: there is none.
    """
    query = _queries.lock_payment if lock else _queries.payment_of_id
    row = await connection.fetchrow(query, merchant_id, payment_id)
    if row is None:
        raise PaymentNotFound
    return _payment(row)


async def find_by_reference(
    connection: Connection, account: AccountRef, reference: str, *, intent: str | None = None
) -> Payment | None:
    """Return the payment that an account at a gateway calls `reference`, or whose money it calls `intent`."""
    key = account.merchant_id, account.gateway, account.account_id
    row = await connection.fetchrow(_queries.find_by_reference, *key, reference, intent)
    return _payment(row) if row else None


async def merchant_of_payment(
    connection: Connection, gateway: str, reference: str, *, intent: str | None = None
) -> UUID | None:
    """Return whose payment the gateway of the installation calls `reference`, or its money `intent`."""
    merchant_id: UUID | None = await connection.fetchval(_queries.merchant_of_payment, gateway, reference, intent)
    return merchant_id


async def lock_payments_of_checkout(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> list[Payment]:
    """Return the payments of a checkout, oldest first, locked until the transaction ends."""
    rows = await connection.fetch(_queries.lock_payments_of_checkout, merchant_id, checkout_id)
    return sorted(map(_payment, rows), key=lambda payment: (payment.created_at, payment.payment_id))


async def list_payments(
    connection: Connection, merchant_id: UUID, *, status: PaymentStatus | None, gateway: str | None, limit: int
) -> list[Payment]:
    """Return the newest payments of a merchant."""
    rows = await connection.fetch(_queries.list_payments, merchant_id, status.value if status else None, gateway, limit)
    return [_payment(row) for row in rows]


async def insert_pending(connection: Connection, payment: Payment) -> None:
    """Write a payment that the buyer was sent to make; one that is known stays as it is."""
    await connection.execute(
        _queries.pending_payment,
        payment.merchant_id,
        payment.payment_id,
        payment.checkout_id,
        payment.gateway,
        payment.reference,
        payment.currency,
        payment.amount,
        payment.created_at,
        payment.redirect_url,
        payment.expires_at,
        payment.next_look_at,
        payment.account_id,
    )


async def take_surplus(connection: Connection, payment: Payment) -> Payment | None:
    """Note a payment that bought nothing, as it came in; return it, or None when it was settled before."""
    row = await connection.fetchrow(
        _queries.take_surplus,
        payment.merchant_id,
        payment.payment_id,
        payment.checkout_id,
        payment.gateway,
        payment.reference,
        payment.currency,
        payment.amount,
        payment.created_at,
        payment.intent,
        payment.account_id,
    )
    return _payment(row) if row else None


async def note_intent(connection: Connection, payment: Payment, intent: str) -> None:
    """Note what the gateway calls the money of a payment."""
    await connection.execute(_queries.note_intent, payment.merchant_id, payment.gateway, payment.reference, intent)


async def note_agreed(connection: Connection, payment: Payment, intent: str | None) -> bool:
    """Note that the buyer has agreed and the money is on its way; tell whether the payment was still pending."""
    tag = await connection.execute(
        _queries.note_agreed, payment.merchant_id, payment.gateway, payment.reference, intent
    )
    return tag == "UPDATE 1"


async def end_pending(connection: Connection, payment: Payment, *, now: datetime) -> bool:
    """Note that a pending payment came to nothing; tell whether it was still pending."""
    tag = await connection.execute(_queries.end_pending, payment.merchant_id, payment.gateway, payment.reference, now)
    return tag == "UPDATE 1"


async def merchants_to_look_at(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have pending payments whose time has come to be asked about."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_to_look_at, now)]


async def claim_looks(
    connection: Connection, merchant_id: UUID, *, now: datetime, until: datetime, limit: int
) -> list[Payment]:
    """Take a merchant's pending payments that are to be asked about; nobody else takes them before `until`."""
    rows = await connection.fetch(_queries.claim_looks, merchant_id, now, until, limit)
    return [_payment(row) for row in rows]


async def claim_asking(connection: Connection, payment: Payment, *, every: timedelta, now: datetime) -> bool:
    """Take a pending payment to be asked about; False when somebody asked less than `every` ago, or it is settled."""
    tag = await connection.execute(_queries.claim_asking, payment.merchant_id, payment.payment_id, now, now - every)
    return tag == "UPDATE 1"


async def look_again(connection: Connection, payment: Payment, *, at: datetime | None) -> None:
    """Ask about a pending payment again at that time, or never."""
    await connection.execute(_queries.look_again, payment.merchant_id, payment.payment_id, at)


async def look_soon(connection: Connection, merchant_id: UUID, checkout_id: UUID, *, now: datetime) -> None:
    """Ask about the payments of a checkout that are still pending right away."""
    await connection.execute(_queries.look_soon, merchant_id, checkout_id, now)


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
