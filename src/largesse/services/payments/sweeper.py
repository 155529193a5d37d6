"""Finish what a crash, a lost callback or a gateway's bad day left: nothing that was paid, or is owed back, is lost.

Each piece of work is claimed under a lease, so any number of workers may sweep at once; each is done by the same
steps as when a callback comes, so it does not matter if both happen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog

from largesse.db import Connection
from largesse.db.turns import in_fair_order
from largesse.domain import orders, payments
from largesse.domain.orders import CheckoutStatus
from largesse.domain.payments import AccountRef, KeptNotice, Notice, NoticeKind, NoticeStatus, Payment, PaymentRefund
from largesse.kernel.backoff import Backoff
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.services import refunds
from largesse.services.payments import inbox
from largesse.services.payments.dependencies import PaymentDependencies
from largesse.services.payments.notices import UNCLAIMED, take_note

AT_ONCE = 48
# So many are done side by side: a gateway that takes its full time for each must not use up the lease.
SIDE_BY_SIDE = 8
LEASE = timedelta(minutes=5)
LOOK_AGAIN = Backoff(
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
# For a buyer who waits: a little less than their page takes from one look to the next.
ASK_FOR_BUYERS_EVERY = timedelta(seconds=4)
# A gateway that still calls a payment open so long after its time is told to give it up.
PATIENCE = timedelta(minutes=10)
NOTICES_KEPT = timedelta(days=400)
_FORGET_AT_ONCE = 1_000

_log = structlog.get_logger()
Work = TypeVar("Work")


async def sweep(deps: PaymentDependencies, *, now: datetime) -> int:
    """Take up notices that wait, ask about payments that are pending, and pay back what is owed; return how many.

    Each of these is done whatever becomes of the others, and each piece of them likewise.

    Raises:
        Exception: what kept one of them from being begun at all, once the others are done.
    """
    done, faults = 0, list[Exception]()
    for step in (_sort_inbox, take_up_due, _look_at_due, _pay_back_due):
        try:
            done += await step(deps, now=now)
        except Exception as error:  # noqa: BLE001 - told below, when the other steps are done
            faults.append(error)
    if faults:
        raise faults[0]
    return done


async def _sort_inbox(deps: PaymentDependencies, *, now: datetime) -> int:
    """Have what waits in the inbox taken up; whoever takes it up counts it."""
    await inbox.sort(deps, now=now)
    return 0


async def _look_at_due(deps: PaymentDependencies, *, now: datetime) -> int:
    async with deps.database.connection() as connection:
        waiting = await payments.merchants_to_look_at(connection, now=now)
    looks = list[Payment]()
    for merchant_id in in_fair_order(waiting, now=now)[:AT_ONCE]:
        async with deps.database.transaction() as connection:
            looks += await payments.claim_looks(
                connection, merchant_id, now=now, until=now + LEASE, limit=_share(waiting)
            )
    return await _each(looks, lambda payment: look_at(deps, payment, now=now), "payment_look_put_off")


async def _pay_back_due(deps: PaymentDependencies, *, now: datetime) -> int:
    async with deps.database.connection() as connection:
        owing = await payments.merchants_owing(connection, now=now)
    owed = list[PaymentRefund]()
    for merchant_id in in_fair_order(owing, now=now)[:AT_ONCE]:
        async with deps.database.transaction() as connection:
            owed += await payments.claim_refunds(
                connection, merchant_id, now=now, until=now + LEASE, limit=_share(owing)
            )
    return await _each(owed, lambda refund: _pay_back(deps, refund, now=now), "refund_put_off")


def _share(merchants: Sequence[UUID]) -> int:
    """Return how much of each merchant is taken at a time, where so many wait."""
    return max(1, AT_ONCE // len(merchants))


async def forget(deps: PaymentDependencies, *, now: datetime) -> int:
    """Forget notices that were dealt with long ago; return how many."""
    before = now - NOTICES_KEPT
    async with deps.database.connection() as connection:
        told = await payments.merchants_told_before(connection, before)
    forgotten = await _forget_all(deps, partial(payments.forget_inbox, before=before, limit=_FORGET_AT_ONCE))
    for merchant_id in told:
        work = partial(payments.forget_notices, merchant_id=merchant_id, before=before, limit=_FORGET_AT_ONCE)
        forgotten += await _forget_all(deps, work)
    return forgotten


async def _forget_all(deps: PaymentDependencies, work: Callable[[Connection], Awaitable[int]]) -> int:
    forgotten = 0
    while True:
        async with deps.database.transaction() as connection:
            count = await work(connection)
        forgotten += count
        if count < _FORGET_AT_ONCE:
            return forgotten


async def take_up_due(deps: PaymentDependencies, *, now: datetime) -> int:
    """Take up the notices that wait, of each merchant an equal share at a time; return how many."""
    async with deps.database.connection() as connection:
        told = await payments.merchants_told(connection, now=now, limit=AT_ONCE)
    waiting = list[KeptNotice]()
    for merchant_id in told:
        async with deps.database.transaction() as connection:
            waiting += await payments.claim_notices(
                connection, merchant_id, now=now, until=now + LEASE, limit=AT_ONCE // len(told)
            )
    return await _each(waiting, lambda kept: _take_up(deps, kept, now=now), "notice_put_off")


async def take_up_about(deps: PaymentDependencies, account: AccountRef, reference: str, *, now: datetime) -> int:
    """Take up the notices that wait about one payment; return how many."""
    async with deps.database.transaction() as connection:
        waiting = await payments.claim_notices(
            connection,
            account.merchant_id,
            now=now,
            until=now + LEASE,
            limit=AT_ONCE,
            gateway=account.gateway,
            reference=reference,
        )
    return await _each(waiting, lambda kept: _take_up(deps, kept, now=now), "notice_put_off")


async def take_up_notice(deps: PaymentDependencies, account: AccountRef, notice: Notice, *, now: datetime) -> None:
    """Take up a notice that was just written down. Whatever stands in the way, the sweeper tries again."""
    kept = KeptNotice(account=account, notice=notice, status=NoticeStatus.WAITING, received_at=now)
    await _each([kept], lambda one: _take_up(deps, one, now=now), "notice_put_off")


async def look_at(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> None:
    """Ask the gateway how a pending payment stands, and do what it says; a dead one is given up.

    Raises:
        Unavailable: it does not answer.
    """
    if not await _told_meanwhile(deps, payment, now=now):
        await _ask(deps, payment, now=now)


async def look_for_buyer(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> None:
    """Do as `look_at` for a buyer who waits: however often, and at however many pages, the gateway is asked seldom.

    Raises:
        Unavailable: it does not answer.
    """
    if await _told_meanwhile(deps, payment, now=now):
        return
    async with deps.database.transaction() as connection:
        may_ask = await payments.claim_asking(connection, payment, every=ASK_FOR_BUYERS_EVERY, now=now)
    if may_ask:
        await _ask(deps, payment, now=now)


async def _told_meanwhile(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> bool:
    """Take up what the gateway has told of a payment by itself, and tell whether there was anything."""
    return await take_up_about(deps, payment.account, payment.reference, now=now) > 0


async def _ask(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> None:
    gateway = await deps.gateways.of(payment.account, now=now)
    try:
        if await _is_dead(deps, payment, now=now):
            await gateway.give_up(payment.reference, now=now)
        notice = await gateway.look_up(payment.reference, now=now)
    except payments.PaymentNotFound:
        notice = _expired(payment)
    if notice is None and payment.expires_at is not None and now > payment.expires_at + PATIENCE:
        notice = _expired(payment)
    if notice is not None:
        await take_note(deps, payment.account, notice, now=now)
    async with deps.database.transaction() as connection:
        await payments.look_again(connection, payment, at=LOOK_AGAIN.at(payment.looks + 1, now=now))


async def _is_dead(deps: PaymentDependencies, payment: Payment, *, now: datetime) -> bool:
    """Return whether a payment must not be made any more: its time is over, or its checkout is paid or given up."""
    if payment.expires_at is not None and now > payment.expires_at + PATIENCE:
        return True
    async with deps.database.connection() as connection:
        checkout = await orders.find_checkout(connection, payment.merchant_id, payment.checkout_id)
    return checkout.status is not CheckoutStatus.OPEN


async def _take_up(deps: PaymentDependencies, kept: KeptNotice, *, now: datetime) -> None:
    try:
        taken = await take_note(deps, kept.account, kept.notice, now=now)
    except Exception as error:
        async with deps.database.transaction() as connection:
            until = refunds.again_at(kept.attempts, now=now)
            await payments.put_off_notice(connection, kept, until=until, outcome=_word_of(error))
        raise
    async with deps.database.transaction() as connection:
        if taken is UNCLAIMED and inbox.may_be_early(kept.notice, kept.received_at, now=now):
            until = refunds.again_at(kept.attempts, now=now)
            await payments.put_off_notice(connection, kept, until=until, outcome=taken.outcome)
            return
        status = NoticeStatus.UNCLAIMED if taken is UNCLAIMED else NoticeStatus.DONE
        await payments.close_notice(connection, kept, status, outcome=taken.outcome, payment_id=taken.payment_id)


async def _pay_back(deps: PaymentDependencies, refund: PaymentRefund, *, now: datetime) -> None:
    try:
        await refunds.pay_back(deps, refund, now=now)
    except Exception as error:
        async with deps.database.transaction() as connection:
            until = refunds.again_at(refund.attempts, now=now)
            fault = error.message if isinstance(error, LargesseError) else _word_of(error)
            await payments.put_off_refund(connection, refund, until=until, fault=fault)
        raise


def _word_of(error: Exception) -> str:
    """The code of an error, or for a fault of ours what kind it is: its text may hold what nobody should read."""
    return error.code if isinstance(error, LargesseError) else f"failed: {type(error).__name__}"


def _expired(payment: Payment) -> Notice:
    return Notice(
        notice_id=f"{payment.reference}:given-up",
        kind=NoticeKind.EXPIRED,
        reference=payment.reference,
        merchant_id=payment.merchant_id,
        checkout_id=payment.checkout_id,
        currency=payment.currency,
        amount=payment.amount,
    )


async def _each(found: Iterable[Work], do: Callable[[Work], Awaitable[None]], trouble: str) -> int:
    """Do each piece of work; one that cannot be done stands in nobody else's way. Return how many were done."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one_of(piece: Work) -> bool:
        async with places:
            try:
                await do(piece)
            except Unavailable as error:
                _log.warning(trouble, error_code=error.code)
                return False
            except LargesseError as error:
                _log.error(trouble, error_code=error.code, reason=error.message)
                return False
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not keep the others
                _log.error(trouble, error_code="internal", exc_info=error)
                return False
            return True

    return sum(await asyncio.gather(*map(one_of, found)))
