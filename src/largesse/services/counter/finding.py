"""Find a certificate for a guest who has nothing at hand: by its order, or by an address and one more fact.

Whoever looks is written down, found or not. What is told is when it was bought, what for, and how its number ends; what
is left on it is not.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates, orders, staff
from largesse.domain.orders import Order
from largesse.domain.staff import Audited
from largesse.kernel.numbers import fold_symbols
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import Desk

_FOUND_MAX = 5


class FoundCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that somebody looked for."""

    certificate_id: UUID
    currency: str
    placed_at: datetime
    description: str
    last_four: str


async def find_certificates(
    deps: CounterWorkDependencies,
    desk: Desk,
    *,
    order_number: str = "",
    email: str = "",
    fact: str = "",
    now: datetime,
) -> list[FoundCertificate]:
    """Return the certificates of an order, or those of an e-mail address that one more fact fits: the newest first.

    The fact is the first name of the recipient, or the last four symbols of the number. The audit log keeps who looked,
    and how.
    """
    merchant_id = desk.merchant.merchant_id
    async with deps.transaction() as connection:
        found = await _orders(connection, merchant_id, order_number=order_number, email=email)
        ids = [order.certificate_id for order in found if order.certificate_id is not None]
        ends = await certificates.last_four_of(connection, merchant_id, ids)
        if not order_number:
            found = [order for order in found if _fits(order, ends, fact)]
        await staff.record(
            connection,
            merchant_id,
            Audited.CERTIFICATE_LOOKED_FOR,
            subject=str(found[0].certificate_id) if found else str(merchant_id),
            actor=desk.actor,
            reason="by order" if order_number else "by address",
            now=now,
        )
    return [
        FoundCertificate(
            certificate_id=order.certificate_id,
            currency=order.currency,
            placed_at=order.placed_at,
            description=order.description,
            last_four=ends.get(order.certificate_id, ""),
        )
        for order in found[:_FOUND_MAX]
        if order.certificate_id is not None
    ]


async def _orders(connection: Connection, merchant_id: UUID, *, order_number: str, email: str) -> Sequence[Order]:
    if order_number:
        known = await orders.find_by_numbers(connection, merchant_id, [order_number.strip().upper()])
        return [order for order in known.values() if order.certificate_id is not None]
    return await orders.find_by_email(connection, merchant_id, email.strip().lower()) if email.strip() else []


def _fits(order: Order, ends: dict[UUID, str], fact: str) -> bool:
    """Return whether one more fact is one of the order's: never an empty one."""
    said = fact.strip().casefold()
    ending = ends.get(order.certificate_id, "") if order.certificate_id else ""
    first_name = order.recipient_first_name.strip().casefold()
    return bool(said) and (said == first_name or (bool(ending) and fold_symbols(fact) == fold_symbols(ending)))
