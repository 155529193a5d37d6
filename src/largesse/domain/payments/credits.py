"""The refund_credits table: what went back of payments as credit instead of money."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load

_queries = load(__package__)


class RefundCredit(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that was given as credit: `amount` smallest units of `currency`, on a certificate of its own.

    `operation_id` is the operation that took it back of the order; `lot_id` is the lot that it became, which keeps its
    id wherever it is transferred to; `mail_id` is the mail that tells the buyer the number.
    """

    merchant_id: UUID
    operation_id: UUID
    payment_id: UUID
    order_id: UUID
    certificate_id: UUID
    lot_id: UUID
    mail_id: UUID
    currency: str
    amount: int
    created_at: datetime


async def insert_credit(connection: Connection, credit: RefundCredit) -> None:
    """Write down a refund that was given as credit."""
    await connection.execute(_queries.insert_credit, *msgspec.structs.astuple(credit))


async def credit_of_operation(connection: Connection, merchant_id: UUID, operation_id: UUID) -> RefundCredit | None:
    """Return what an operation gave as credit."""
    row = await connection.fetchrow(_queries.credit_of_operation, merchant_id, operation_id)
    return None if row is None else msgspec.convert(dict(row), RefundCredit)


async def credit_of_mail(connection: Connection, merchant_id: UUID, mail_id: UUID) -> RefundCredit | None:
    """Return the credit that a mail tells of."""
    row = await connection.fetchrow(_queries.credit_of_mail, merchant_id, mail_id)
    return None if row is None else msgspec.convert(dict(row), RefundCredit)


async def credits_of_payment(connection: Connection, merchant_id: UUID, payment_id: UUID) -> list[RefundCredit]:
    """Return what went back of a payment as credit, oldest first."""
    rows = await connection.fetch(_queries.credits_of_payment, merchant_id, payment_id)
    return [msgspec.convert(dict(row), RefundCredit) for row in rows]


async def credits_of_lots(connection: Connection, merchant_id: UUID, lot_ids: Sequence[UUID]) -> list[RefundCredit]:
    """Return the refunds that filled some lots, of those that are credit."""
    rows = await connection.fetch(_queries.credits_of_lots, merchant_id, list(lot_ids))
    return [msgspec.convert(dict(row), RefundCredit) for row in rows]
