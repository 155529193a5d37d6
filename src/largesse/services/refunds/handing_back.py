"""Money that people hand back: out of a drawer, at a terminal, or by transfer; staff say when they have.

Every refund that is owed is listed, and can be handed back, whatever was paid with: what no gateway can pay back (money
that was taken at a counter, or in the books of before, the rest of a certificate that is paid out later) is owed
without a payment.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import MANUAL, Payment, PaymentRefund, RefundMade, RefundStatus
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.errors import Conflict, InvalidInput, NotFound
from largesse.kernel.ids import derived_id
from largesse.kernel.where import Where
from largesse.ledger import Account
from largesse.services.certificates import AT_HOME, Spot, known_spot
from largesse.services.refunds import outside, paying_back
from largesse.services.refunds.booking import Hand, RefundPayer
from largesse.services.refunds.dependencies import RefundDependencies


class RefundPayerMissing(InvalidInput):
    """Money is handed back that came in by no payment, and nobody says what paid it."""

    code = "refund.payer.missing"
    message = "No payment brought this in. Say what it was handed back from: `--from drawer`, `terminal` or `bank`."


class RefundOfOtherEntity(Conflict):
    """Another legal entity owes a refund than the one whose money is handed back."""

    code = "refund.entity"
    message = "Another legal entity of the merchant owes this. Hand it back at a location of that one."


async def settle_by_hand(
    deps: RefundDependencies,
    merchant: Merchant,
    refund_id: UUID,
    *,
    payer: RefundPayer | None = None,
    spot: Spot = AT_HOME,
    by: ByWhom | None = None,
    now: datetime,
) -> PaymentRefund:
    """Take staff's word that they have handed money back, out of `payer` at a spot. Said twice, it is one hand-back.

    Without a payer it was the way that the payment came. `by` is who says so, for the audit log.

    Raises:
        RefundNotFound: there is no such refund.
        RefundNotByHand: a gateway pays it, and says so itself; one that it refused for good may be handed back, and
            one of a gateway that is not connected any more.
        RefundPayerMissing: no payment brought the money in, and no payer is named.
        RefundOfOtherEntity: another legal entity owes it than the location's.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
    """
    merchant_id = merchant.merchant_id
    async with deps.database.connection() as connection:
        refund = await payments.find_refund(connection, merchant_id, refund_id)
        payment = None
        if refund.payment_id is not None:
            payment = await payments.payment_of_id(connection, merchant_id, refund.payment_id)
    by_hand = f"{paying_back.BY_HAND}{refund_id}"
    if (refund.status, refund.reference) == (RefundStatus.SETTLED, by_hand):
        return refund  # it was said before
    if not await _may_be_handed_back(deps, refund, payment, now=now):
        raise payments.RefundNotByHand
    if spot.refusal is not None:
        raise spot.refusal
    hand = None
    if payer is not None:
        known, where = await known_spot(deps, merchant_id, spot, now=now)
        await _refuse_other_entity(deps, refund, where)
        hand = Hand(payer=payer, where=where, device_id=known.device_id)
    made = RefundMade(reference=by_hand, status=RefundStatus.SETTLED, amount=refund.money, refund_id=refund_id)

    async def audit(connection: Connection) -> None:
        if by is not None:
            said = msgspec.structs.replace(by, operation_id=derived_id("handed-back", refund_id))
            what, paid_from = Audited.REFUND_HANDED_BACK, payer.value if payer else ""
            await said.record(connection, merchant_id, what, subject=refund_id, detail=paid_from, now=now)

    if payment is not None:
        await paying_back.note(deps, payment, made, hand=hand, beside=audit, now=now)
    elif hand is None:
        raise RefundPayerMissing
    else:
        await _settle(deps, refund_id, made, hand, merchant_id=merchant_id, beside=audit, now=now)
    async with deps.database.connection() as connection:
        return await payments.find_refund(connection, merchant_id, refund_id)


async def _may_be_handed_back(
    deps: RefundDependencies, refund: PaymentRefund, payment: Payment | None, *, now: datetime
) -> bool:
    if refund.gateway == MANUAL or refund.status is RefundStatus.FAILED or payment is None:
        return True
    try:
        await deps.gateways.of(payment.account, now=now)
    except NotFound:  # nobody will ever pay it there
        return refund.status is RefundStatus.OWED
    return False


async def _refuse_other_entity(deps: RefundDependencies, refund: PaymentRefund, where: Where) -> None:
    """Refuse to pay out of a drawer or bank account of a legal entity that does not owe it.

    Raises:
        RefundOfOtherEntity: it does not.
    """
    if refund.certificate_id is None:
        return
    async with deps.database.connection() as connection:
        rows = await deps.ledger.statement(connection, refund.merchant_id, refund.certificate_id)
    owing = {row.legal_entity_id for row in rows if row.credit is Account.REFUNDS} - {None}
    if owing and where.legal_entity_id not in owing:
        raise RefundOfOtherEntity


async def _settle(
    deps: RefundDependencies,
    refund_id: UUID,
    made: RefundMade,
    hand: Hand,
    *,
    merchant_id: UUID,
    beside: Callable[[Connection], Awaitable[None]],
    now: datetime,
) -> None:
    """Call a refund settled that is of no payment, and book it."""

    async def work(connection: Connection) -> None:
        refund = await payments.find_refund(connection, merchant_id, refund_id, lock=True)
        if refund.status is RefundStatus.SETTLED:
            return
        command = hand.pays(refund)
        await outside.post_all(deps, connection, [command], now=now)
        settled = msgspec.structs.replace(
            refund, status=made.status, reference=made.reference, bookings=refund.bookings + 1, settled_at=now
        )
        await payments.put_refund(connection, settled)
        await beside(connection)

    await deps.retrying(work)
