"""What a gateway's notice changes: the one place that decides it, whether it was called back or asked for.

Notices come zero, one or five times, late and out of order. So none of them is taken at its word beyond what it says
for certain, and each is safe to take up again: what it would change is decided under the lock of the checkout or the
payment, against how that stands now.
"""

from datetime import datetime
from uuid import UUID

import msgspec
import structlog

from largesse.domain import merchants, orders, payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import AccountRef, Notice, NoticeKind, Payment, PaymentStatus
from largesse.kernel.errors import Conflict, InvalidInput
from largesse.kernel.ids import new_id
from largesse.services import alerts, disputes, refunds
from largesse.services.orders import fulfil
from largesse.services.payments.dependencies import PaymentDependencies

_BLOCKED_MEMO = "The payment was refunded at the gateway, not here."

_log = structlog.get_logger()


class NoticeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice changed, in a word, and which payment it was about; None: it was none of ours."""

    outcome: str
    payment_id: UUID | None = None


UNCLAIMED = NoticeOutcome(outcome="unclaimed")


async def take_note(deps: PaymentDependencies, account: AccountRef, notice: Notice, *, now: datetime) -> NoticeOutcome:
    """Do what a notice asks for, once, and return what that was; what one account says counts for its payments alone.

    Raises:
        NoticeRefused: it names an amount that there cannot be; nothing was changed.
        Unavailable: the database, or the gateway that has to be asked more, does not answer; nothing was changed.
    """
    if not notice.is_sound:
        raise payments.NoticeRefused
    if notice.merchant_id not in (None, account.merchant_id):
        return UNCLAIMED
    async with deps.database.connection() as connection:
        payment = await payments.find_by_reference(connection, account, notice.reference, intent=notice.intent)
        merchant = await merchants.merchant_of_id(connection, account.merchant_id)
    if notice.kind is NoticeKind.SUCCEEDED:
        return await _succeeded(deps, account, merchant, payment, notice, now=now)
    if payment is None or _is_early(payment, notice):
        return UNCLAIMED
    outcome = await _changed(deps, payment, notice, now=now)
    return NoticeOutcome(outcome=outcome, payment_id=payment.payment_id)


def _is_early(payment: Payment, notice: Notice) -> bool:
    """Return whether a notice is about what becomes of money that, as far as we know, has not come in."""
    only_begun = payment.status in (PaymentStatus.PENDING, PaymentStatus.FAILED)
    return only_begun and notice.kind not in (NoticeKind.PENDING, NoticeKind.FAILED, NoticeKind.EXPIRED)


async def _changed(deps: PaymentDependencies, payment: Payment, notice: Notice, *, now: datetime) -> str:
    if notice.kind is NoticeKind.REFUNDED:
        return await _refunded(deps, payment, now=now)
    if notice.kind in payments.DISPUTES:
        return await disputes.disputed(deps, payment, notice, now=now)
    async with deps.database.transaction() as connection:
        if notice.kind is NoticeKind.PENDING:
            return "agreed" if await payments.note_agreed(connection, payment, notice.intent) else "known"
        return "failed" if await payments.end_pending(connection, payment, now=now) else "known"


async def _succeeded(
    deps: PaymentDependencies,
    account: AccountRef,
    merchant: Merchant,
    payment: Payment | None,
    notice: Notice,
    *,
    now: datetime,
) -> NoticeOutcome:
    checkout_id = payment.checkout_id if payment else notice.checkout_id
    if checkout_id is None:
        return UNCLAIMED
    made = Payment(
        merchant_id=merchant.merchant_id,
        payment_id=payment.payment_id if payment else new_id(now),
        checkout_id=checkout_id,
        gateway=account.gateway,
        account_id=account.account_id,
        reference=notice.reference or (payment.reference if payment else notice.notice_id),
        status=PaymentStatus.SUCCEEDED,
        currency=notice.currency,
        amount=notice.amount,
        created_at=now,
        settled_at=now,
        intent=notice.intent,
    )
    if payment is not None and payment.status not in (PaymentStatus.PENDING, PaymentStatus.FAILED):
        return NoticeOutcome(outcome="known", payment_id=payment.payment_id)
    outcome = await _issue(deps, merchant, made, now=now)
    if outcome == UNCLAIMED.outcome:
        return UNCLAIMED
    async with deps.database.connection() as connection:
        stands = await payments.find_payment(connection, made.merchant_id, made.gateway, made.reference)
    return NoticeOutcome(outcome=outcome, payment_id=stands.payment_id)


async def _issue(deps: PaymentDependencies, merchant: Merchant, made: Payment, *, now: datetime) -> str:
    """Fulfil what was paid for; a payment that cannot buy it, for whatever reason, goes back."""
    try:
        done = await fulfil(deps, merchant, made, actor=f"gateway:{made.gateway}", now=now)
    except orders.CheckoutNotFound:
        return UNCLAIMED.outcome
    except (Conflict, InvalidInput) as error:
        return await _surplus(deps, made, why=error.code, now=now)
    if not done.replayed:
        # Whoever else was sent to pay for this can no longer.
        async with deps.database.transaction() as connection:
            await payments.look_soon(connection, made.merchant_id, made.checkout_id, now=now)
    return "known" if done.replayed else "issued"


async def _surplus(deps: PaymentDependencies, made: Payment, *, why: str, now: datetime) -> str:
    async with deps.transaction() as connection:
        await orders.lock_checkouts(connection, made.merchant_id, [made.checkout_id])
        taken = await payments.take_surplus(connection, made)
        if taken is None:
            return "known"
        await refunds.owe_surplus(connection, taken, now=now)
        await refunds.tell_of_payment(connection, taken, now=now)
        await alerts.of_returned_payment(connection, taken, why=why, now=now)
    _log.warning("payment_goes_back", payment_id=str(taken.payment_id), gateway=made.gateway, error_code=why)
    return f"goes back: {why}"


async def _refunded(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> str:
    changed = await refunds.reconcile(deps, payment, now=now)
    async with deps.database.connection() as connection:
        stands = await payments.payment_of_id(connection, payment.merchant_id, payment.payment_id)
        outside = await refunds.went_back_outside(deps, connection, stands)
    if outside and stands.status is PaymentStatus.REFUNDED:
        await disputes.block(deps, stands, why=_BLOCKED_MEMO, now=now)
        return "refunded at the gateway: its certificates are blocked"
    return "refunds" if changed else "known"
