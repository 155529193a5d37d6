"""Money on its way back to a buyer: owed in the transaction that causes it, paid by the gateway afterwards.

A refund is written down as owed together with what it is for; nobody talks to a gateway with a transaction open. The
sweeper then asks the gateway, under a key that makes asking twice pay once, until the gateway says that it is paid or
that it never will be. The books follow: owed on `refunds`, and off it against `gateway_clearing` when it is paid.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.domain import payments
from largesse.domain.payments import (
    MANUAL,
    DisputeStatus,
    Payment,
    PaymentRefund,
    PaymentStatus,
    RefundMade,
    RefundReason,
    RefundRequest,
    RefundStatus,
)
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.kernel.where import Where
from largesse.ledger import Command, PostEntry
from largesse.services import alerts
from largesse.services.certificates import Place
from largesse.services.refunds import booking, outside
from largesse.services.refunds.adopting import BY_OUTSIDE, adopt
from largesse.services.refunds.booking import Hand
from largesse.services.refunds.dependencies import RefundDependencies
from largesse.services.refunds.lost import BY_DISPUTE, lost_of

ASK_AGAIN = Backoff(
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
)
# For so long a gateway knows a key for certain.
KEYS_HOLD = timedelta(hours=1)
_LIVE = (RefundStatus.OWED, RefundStatus.SENT, RefundStatus.SETTLED)
# A refund at a gateway goes this way only, though it may skip some of it.
_COURSE = (RefundStatus.OWED, RefundStatus.SENT, RefundStatus.SETTLED, RefundStatus.FAILED)
# Who else than the gateway paid a refund, before the name of what tells so.
BY_HAND = "by-hand:"

_log = structlog.get_logger()


def again_at(attempts: int, *, now: datetime) -> datetime:
    """Return when to ask a gateway for the next time, after `attempts` times."""
    return ASK_AGAIN.at(attempts, now=now)


async def owe(
    connection: Connection,
    paid: Sequence[Payment],
    place: Place,
    *,
    operation_id: UUID,
    money: Money,
    now: datetime,
) -> list[PaymentRefund]:
    """Owe money back for the certificate at a place, in the caller's transaction.

    `paid` are the payments of its checkout, held locked. The one that bought it pays back what is left of it; what
    goes beyond is for staff to hand back. Where there is none, all of it is, and it is owed without a payment.
    """
    source, amount = outside.bought_with(paid), money.minor
    if amount <= 0:
        return []
    if source is None:
        owed = payments.owed_by_hand(
            place.merchant_id, operation_id, certificate_id=place.certificate_id, money=money, now=now
        )
        await payments.insert_refund(connection, owed)
        return [owed]
    gone = await payments.refunds_of_payments(connection, source.merchant_id, [source.payment_id])
    left = source.amount - sum(one.amount for one in gone if one.status in _LIVE and one.gateway == source.gateway)
    left -= await lost_of(connection, source)
    usable = source.status in (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED)
    through = min(amount, max(left, 0)) if usable else 0
    parts = [(source.gateway, through), (MANUAL, amount - through)]
    if source.gateway == MANUAL:
        parts = [(MANUAL, amount)]
    refunds = [
        PaymentRefund(
            merchant_id=source.merchant_id,
            refund_id=payments.refund_id_of(source.merchant_id, operation_id, gateway),
            payment_id=source.payment_id,
            gateway=gateway,
            reason=RefundReason.REQUESTED,
            status=RefundStatus.OWED,
            certificate_id=place.certificate_id,
            currency=source.currency,
            amount=part,
            next_attempt_at=now,
            created_at=now,
        )
        for gateway, part in parts
        if part
    ]
    for refund in refunds:
        await payments.insert_refund(connection, refund)
    return refunds


def refund_ids(merchant_id: UUID, operation_id: UUID, paid: Sequence[Payment]) -> set[UUID]:
    """Return the ids that the refunds owed by one operation have, whichever way they go back."""
    gateways = {MANUAL, *(payment.gateway for payment in paid)}
    return {payments.refund_id_of(merchant_id, operation_id, gateway) for gateway in gateways}


async def owe_surplus(connection: Connection, payment: Payment, *, now: datetime) -> None:
    """Owe a payment back that bought nothing. The books never knew of it, and need not."""
    if payment.amount <= 0:
        return
    refund = PaymentRefund(
        merchant_id=payment.merchant_id,
        refund_id=derived_id("surplus", payment.merchant_id, payment.payment_id),
        payment_id=payment.payment_id,
        gateway=payment.gateway,
        reason=RefundReason.SURPLUS,
        status=RefundStatus.OWED,
        currency=payment.currency,
        amount=payment.amount,
        next_attempt_at=now,
        created_at=now,
    )
    await payments.insert_refund(connection, refund)


async def pay_back(deps: RefundDependencies, refund: PaymentRefund, *, now: datetime) -> None:
    """Ask the gateway for a refund that is owed, or how one stands that it has in hand.

    Raises:
        Unavailable: it does not answer; the refund waits for its next turn.
    """
    if refund.payment_id is None:
        return  # nobody's but staff's to hand back
    async with deps.database.connection() as connection:
        payment = await payments.payment_of_id(connection, refund.merchant_id, refund.payment_id)
        disputes = await payments.disputes_of_payment(connection, refund.merchant_id, refund.payment_id)
    through = refund.gateway == payment.gateway
    if through and refund.status is RefundStatus.OWED and any(one.status is DisputeStatus.OPEN for one in disputes):
        await _wait(deps, refund, now=now)  # the gateway would refuse, and staff hand back what the bank has paid
        return
    gateway = await deps.gateways.of(payment.account, now=now) if through else deps.gateways.named(refund.gateway)
    made = None
    # Keys of idempotency are forgotten after a day or so: before asking once more, see whether it was done.
    if refund.status is RefundStatus.SENT or refund.attempts > 1 or now - refund.created_at > KEYS_HOLD:
        seen = await gateway.refunds_of(payment, now=now)
        made = next((one for one in seen or () if _is(one, refund)), None)
        if made is None and refund.status is RefundStatus.SENT:
            await _wait(deps, refund, now=now)
            return
    if made is None:
        try:
            made = await gateway.refund(_request(payment, refund), now=now)
        except Unavailable:
            raise
        except LargesseError as error:
            # Somebody may have made it at the gateway: then it is paid, and handing it back would pay it twice.
            await reconcile(deps, payment, now=now)
            if through and await adopt(deps, payment, refund, now=now):
                return
            made = RefundMade(
                reference=refund.reference or f"refused:{refund.refund_id}",
                status=RefundStatus.FAILED,
                amount=refund.money,
                refund_id=refund.refund_id,
                fault=error.message,
            )
    await note(deps, payment, made, now=now)


async def reconcile(deps: RefundDependencies, payment: Payment, *, now: datetime) -> int:
    """Ask the gateway for all refunds of a payment, and note how each stands; return how many changed something.

    One that was made at the gateway and not here is noted too. When a payment went back whole that way, staff have to
    say what shall become of its certificates: the caller blocks them meanwhile.

    Raises:
        Unavailable: the gateway does not answer.
    """
    seen = await (await deps.gateways.of(payment.account, now=now)).refunds_of(payment, now=now)
    return sum([await note(deps, payment, made, now=now) for made in seen or ()])


async def note(
    deps: RefundDependencies,
    payment: Payment,
    made: RefundMade,
    *,
    hand: Hand | None = None,
    beside: Callable[[Connection], Awaitable[None]] | None = None,
    now: datetime,
) -> bool:
    """Write down how a refund stands, and book it when it was paid or came back; tell whether anything changed.

    `hand` is what paid it, where that is not the account of the payment; `beside` is done in the same transaction,
    where anything changes.
    """

    async def work(connection: Connection) -> PaymentRefund | None:
        standing = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id, lock=True)
        refund = await _known(connection, standing, made, now=now)
        if _paid_elsewhere(refund) or _is_old(made, refund):
            return None
        after = _moved(refund, made, now=now)
        where = await booking.where_of_payment(deps, connection, standing)
        command = await booking.undone(deps, connection, standing, refund, after) or booking.booked(
            standing, where, refund, after, hand=hand
        )
        booked = msgspec.structs.replace(after, bookings=refund.bookings + (command is not None))
        commands: list[Command] = [command] if command is not None else []
        if refund.reason is RefundReason.OUTSIDE and RefundStatus.FAILED in (refund.status, booked.status):
            again = booked.status is RefundStatus.SETTLED
            commands += await outside.undoing(deps, connection, standing, refund, again=again)
        if commands:
            await outside.post_all(deps, connection, commands, now=now)
        await payments.put_refund(connection, booked)
        await close_payment(connection, standing, now=now)
        await _tell(connection, standing, refund, booked, now=now)
        if beside is not None:
            await beside(connection)
        return booked

    noted = await deps.retrying(work)
    if noted is not None and noted.status is RefundStatus.FAILED:
        _log.error("refund_failed", refund_id=str(noted.refund_id), gateway=noted.gateway, reason=noted.fault)
    return noted is not None


async def settle_by_dispute(
    connection: Connection, payment: Payment, where: Where, *, taken: int, reference: str, now: datetime
) -> tuple[list[PostEntry], int]:
    """Call refunds settled that are still owed of a payment which the buyer's bank took back: it has paid them.

    `payment` is held locked. No more than `taken` is settled so; return what the caller has to post for it, together
    with whatever else the dispute moves, and how much it is.
    """
    known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    commands, settled = list[PostEntry](), 0
    for one in known:
        waits = one.reason is not RefundReason.OUTSIDE and one.status is not RefundStatus.SETTLED
        if not waits or one.gateway != payment.gateway or settled + one.amount > taken:
            continue
        refund = await payments.find_refund(connection, one.merchant_id, one.refund_id, lock=True)
        made = RefundMade(reference=f"{BY_DISPUTE}{reference}", status=RefundStatus.SETTLED, amount=one.money)
        after = _moved(refund, made, now=now)
        command = booking.booked(payment, where, refund, after, by_bank=True)
        commands += [command] if command is not None else []
        bookings = refund.bookings + (command is not None)
        await payments.put_refund(connection, msgspec.structs.replace(after, bookings=bookings))
        settled += one.amount
    return commands, settled


async def close_payment(connection: Connection, payment: Payment, *, now: datetime) -> None:
    """Call a payment refunded while all of it went back. It is held locked."""
    first, then = (PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED)
    if not await outside.all_went_back(connection, payment):
        first, then = then, first
    await payments.change_payment(connection, payment, to=then, coming_from=[first], now=now)


async def went_back_outside(deps: RefundDependencies, connection: Connection, payment: Payment) -> bool:
    """Return whether all of a payment went back, some of it at the gateway, and nobody has said what for."""
    returned = await outside.returned_for(deps, connection, None, [payment])
    return bool(returned and returned.left) and await outside.all_went_back(connection, payment)


async def _known(connection: Connection, payment: Payment, made: RefundMade, *, now: datetime) -> PaymentRefund:
    """Return the refund that the gateway speaks of, locked; one that was made without us is written down first."""
    known = await payments.refunds_of_payments(connection, payment.merchant_id, [payment.payment_id])
    refund = next((one for one in known if _is(made, one)), None)
    if refund is None:
        refund = PaymentRefund(
            merchant_id=payment.merchant_id,
            refund_id=derived_id("outside", payment.merchant_id, payment.gateway, made.reference),
            payment_id=payment.payment_id,
            gateway=payment.gateway,
            reason=RefundReason.OUTSIDE,
            status=RefundStatus.SENT,
            currency=made.amount.currency.code,
            amount=made.amount.minor,
            created_at=now,
        )
        await payments.insert_refund(connection, refund)
        _log.warning("refunded_outside", payment_id=str(payment.payment_id), gateway=payment.gateway)
    return await payments.find_refund(connection, payment.merchant_id, refund.refund_id, lock=True)


def _moved(refund: PaymentRefund, made: RefundMade, *, now: datetime) -> PaymentRefund:
    waits = made.status in (RefundStatus.OWED, RefundStatus.SENT) and refund.gateway != MANUAL
    return msgspec.structs.replace(
        refund,
        status=made.status,
        reference=made.reference,
        fault=made.fault,
        next_attempt_at=again_at(refund.attempts + 1, now=now) if waits else None,
        settled_at=now if made.status is RefundStatus.SETTLED else None,
    )


async def _tell(
    connection: Connection, payment: Payment, before: PaymentRefund, after: PaymentRefund, *, now: datetime
) -> None:
    """Notify the merchant of a refund that needs them: it failed, or it was made at the gateway and not here."""
    if after.status is before.status:
        return
    if after.status is RefundStatus.FAILED:
        await alerts.of_failed_refund(connection, payment, after, now=now)
    elif after.reason is RefundReason.OUTSIDE and not payment.surplus and after.status is RefundStatus.SETTLED:
        whole = await outside.all_went_back(connection, payment)
        await alerts.of_outside_refund(connection, payment, after, whole=whole, now=now)


async def _wait(deps: RefundDependencies, refund: PaymentRefund, *, now: datetime) -> None:
    async with deps.transaction() as connection:
        until = again_at(refund.attempts, now=now)
        await payments.put_off_refund(connection, refund, until=until, fault=None)


def _request(payment: Payment, refund: PaymentRefund) -> RefundRequest:
    return RefundRequest(
        reference=payment.reference,
        intent=payment.intent,
        refund_id=refund.refund_id,
        amount=refund.money,
        reason=refund.reason.value,
        idempotency_key=f"refund:{refund.refund_id}",
    )


def _paid_elsewhere(refund: PaymentRefund) -> bool:
    """Return whether people, or the buyer's bank, have paid a refund: what the gateway goes on to say of it is past."""
    by_others = (refund.reference or "").startswith((BY_HAND, BY_DISPUTE, BY_OUTSIDE))
    return refund.status is RefundStatus.SETTLED and by_others


def _is_old(made: RefundMade, refund: PaymentRefund) -> bool:
    """Return whether a refund stands so already, or has moved on since the gateway was asked without a lock."""
    return made.reference == refund.reference and _COURSE.index(made.status) <= _COURSE.index(refund.status)


def _is(made: RefundMade, refund: PaymentRefund) -> bool:
    return made.refund_id == refund.refund_id or (refund.reference is not None and made.reference == refund.reference)
