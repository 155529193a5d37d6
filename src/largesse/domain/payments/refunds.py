"""The refunds table: money on its way back to buyers; and the disputes table: money their banks want back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.payments.errors import RefundNotFound
from largesse.domain.payments.model import Dispute, DisputeStatus, PaymentRefund, RefundReason, RefundStatus

_queries = load(__package__)
FAULT_MAX = 200


async def insert_refund(connection: Connection, refund: PaymentRefund) -> bool:
    """Owe a refund; False when it was owed before."""
    tag = await connection.execute(
        _queries.insert_refund,
        refund.merchant_id,
        refund.refund_id,
        refund.payment_id,
        refund.gateway,
        refund.reason.value,
        refund.status.value,
        refund.certificate_id,
        refund.currency,
        refund.amount,
        refund.reference,
        refund.next_attempt_at,
        refund.created_at,
    )
    return tag == "INSERT 0 1"


async def find_refund(
    connection: Connection, merchant_id: UUID, refund_id: UUID, *, lock: bool = False
) -> PaymentRefund:
    """Return a refund, with `lock` held until the transaction ends. Lock its payment first.

    Raises:
        RefundNotFound: there is none.
    """
    row = await connection.fetchrow(_queries.lock_refund if lock else _queries.find_refund, merchant_id, refund_id)
    if row is None:
        raise RefundNotFound
    return _refund(row)


async def refunds_of_payments(
    connection: Connection, merchant_id: UUID, payment_ids: Sequence[UUID]
) -> list[PaymentRefund]:
    """Return what went back, or is to, of some payments, oldest first."""
    rows = await connection.fetch(_queries.refunds_of_payments, merchant_id, list(payment_ids))
    return [_refund(row) for row in rows]


async def refunds_of_ids(
    connection: Connection, merchant_id: UUID, refund_ids: Collection[UUID]
) -> list[PaymentRefund]:
    """Return some refunds, oldest first."""
    rows = await connection.fetch(_queries.refunds_of_ids, merchant_id, list(refund_ids))
    return [_refund(row) for row in rows]


async def open_refunds(
    connection: Connection, merchant_id: UUID, *, after: UUID | None = None, limit: int
) -> list[PaymentRefund]:
    """Return what is still owed to buyers of a merchant's, the oldest first; `after` is where a page ended."""
    rows = await connection.fetch(_queries.open_refunds, merchant_id, after, limit)
    return [_refund(row) for row in rows]


async def merchants_owing(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have refunds whose time has come to be asked for or about."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_owing, now)]


async def claim_refunds(
    connection: Connection, merchant_id: UUID, *, now: datetime, until: datetime, limit: int
) -> list[PaymentRefund]:
    """Take a merchant's refunds whose time has come to be asked for or about; nobody else takes them before `until`."""
    rows = await connection.fetch(_queries.claim_refunds, merchant_id, now, until, limit)
    return [_refund(row) for row in rows]


async def put_refund(connection: Connection, refund: PaymentRefund) -> None:
    """Write how a refund stands. Hold it locked."""
    await connection.execute(
        _queries.put_refund,
        refund.merchant_id,
        refund.refund_id,
        refund.status.value,
        refund.reference,
        refund.bookings,
        refund.next_attempt_at,
        refund.fault[:FAULT_MAX] if refund.fault else None,
        refund.settled_at,
    )


async def put_off_refund(connection: Connection, refund: PaymentRefund, *, until: datetime, fault: str | None) -> None:
    """Ask for, or about, a refund again at `until`."""
    await connection.execute(
        _queries.put_off_refund, refund.merchant_id, refund.refund_id, until, fault[:FAULT_MAX] if fault else None
    )


async def put_dispute(connection: Connection, dispute: Dispute) -> Dispute | None:
    """Open a dispute or close it; return it when that changed something. One that is closed is not opened again."""
    row = await connection.fetchrow(
        _queries.put_dispute,
        dispute.merchant_id,
        dispute.gateway,
        dispute.reference,
        dispute.payment_id,
        dispute.status.value,
        dispute.currency,
        dispute.amount,
        dispute.opened_at,
        dispute.closed_at,
    )
    return _dispute(row) if row else None


async def disputes_of_payment(connection: Connection, merchant_id: UUID, payment_id: UUID) -> list[Dispute]:
    """Return what a buyer's bank wanted back of a payment, oldest first."""
    return [_dispute(row) for row in await connection.fetch(_queries.disputes_of_payment, merchant_id, payment_id)]


def _refund(row: Row) -> PaymentRefund:
    values: dict[str, Any] = dict(row)
    return PaymentRefund(**values | {"status": RefundStatus(row["status"]), "reason": RefundReason(row["reason"])})


def _dispute(row: Row) -> Dispute:
    values: dict[str, Any] = dict(row)
    return Dispute(**values | {"status": DisputeStatus(row["status"])})
