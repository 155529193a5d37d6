"""Block what a disputed payment bought, and unblock what is blocked for a dispute and for nothing else."""

from collections.abc import Iterable
from datetime import datetime

from largesse.db import Connection
from largesse.domain import orders, payments
from largesse.domain.payments import Dispute, DisputeStatus, Payment
from largesse.ledger import Block, Certificate, Kind, Status, Unblock
from largesse.services import refunds
from largesse.services.disputes.bought import AllBought, operation, said_for
from largesse.services.disputes.dependencies import DisputeDependencies


async def block_all(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    all_bought: AllBought,
    *,
    key: str,
    memo: str,
    now: datetime,
) -> None:
    """Block every certificate that holds something of what it bought; those that cannot be, stay as they are."""
    commands = [
        Block(**said_for(key, "block", one.certificate_id, of=payment, memo=memo)) for one in all_bought.certificates
    ]
    # What was voided, has expired or was blocked before is refused, and needs nothing.
    await deps.ledger.post(connection, commands, now=now)


async def unblock_all(
    deps: DisputeDependencies,
    connection: Connection,
    payment: Payment,
    dispute: Dispute,
    certificates: Iterable[Certificate],
    *,
    memo: str,
    now: datetime,
) -> None:
    """Unblock those certificates that a dispute has blocked, and that no payment of what is on them keeps blocked."""
    commands = [
        Unblock(**said_for(dispute.reference, "unblock", one.certificate_id, of=payment, memo=memo))
        for one in certificates
        if one.status is Status.BLOCKED and await _only_disputes_blocked(deps, connection, one)
    ]
    await deps.ledger.post(connection, commands, now=now)


async def _only_disputes_blocked(deps: DisputeDependencies, connection: Connection, certificate: Certificate) -> bool:
    """Return whether a certificate is blocked for disputes that are closed, and for nothing else.

    What one dispute has blocked is not blocked again by the next, also of another payment whose value was merged in.
    """
    known = list[Dispute]()
    for payment in await _payments_of(connection, certificate):
        disputes = await payments.disputes_of_payment(connection, payment.merchant_id, payment.payment_id)
        if any(one.status is DisputeStatus.OPEN for one in disputes):
            return False
        if await refunds.went_back_outside(deps, connection, payment):
            return False
        known += disputes
    blocked = {operation("block", one.reference, certificate.certificate_id) for one in known}
    history = await deps.ledger.statement(connection, certificate.merchant_id, certificate.certificate_id)
    last = next((entry for entry in reversed(history) if entry.kind is Kind.BLOCK), None)
    return last is not None and last.operation_id in blocked


async def _payments_of(connection: Connection, certificate: Certificate) -> list[Payment]:
    """Return the payments for what a certificate holds or held."""
    numbers = {certificate.order_number, *(lot.order_number for lot in certificate.lots)}
    found = await orders.find_by_numbers(connection, certificate.merchant_id, [one for one in numbers if one])
    checkouts = {order.checkout_id for order in found.values() if order.checkout_id is not None}
    lots = [lot.lot_id for lot in certificate.lots]
    credited = await payments.credits_of_lots(connection, certificate.merchant_id, lots)
    of_orders = [
        payment
        for checkout_id in sorted(checkouts)
        for payment in await payments.payments_of_checkout(connection, certificate.merchant_id, checkout_id)
    ]
    known = {payment.payment_id for payment in of_orders}
    of_credit = [
        await payments.payment_of_id(connection, certificate.merchant_id, payment_id)
        for payment_id in sorted({one.payment_id for one in credited} - known)
    ]
    return of_orders + of_credit
