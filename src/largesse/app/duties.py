"""What has to be done from time to time, by whichever worker comes to it first.

Each duty is safe to run twice and on several workers at once: its service derives the operation ids, or deletes what is
past. So there is no lock and no leader, only an interval, with jitter so that workers started together do not march
in step.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from largesse import outbox
from largesse.app.application import Application
from largesse.app.metrics import Metrics
from largesse.app.settings import Settings
from largesse.db.turns import Turn, in_turns
from largesse.domain import partners
from largesse.kernel.errors import Conflict, Unavailable
from largesse.outbox import EndpointSecrets, Keeping
from largesse.services import (
    book_exports,
    cards,
    certificates,
    checkout,
    gifts,
    imports,
    invoices,
    keys,
    monitors,
    owners,
    payments,
    portal,
    privacy,
    programs,
    report_mails,
    seals,
    shop_counts,
    staff,
    tills,
    withdrawals,
)
from largesse.web import shared_limits

TOKENS_AT_ONCE = 1_000
FIRST_WITHIN_S = 10.0

_log = structlog.get_logger()


class Run(Protocol):
    """How a duty is done."""

    def __call__(self, application: Application, /, *, now: datetime) -> Awaitable[int]:
        """Do what is due, and return how many things that were."""


class Duty(msgspec.Struct, frozen=True):
    """What is to be done, about how often (seconds), and how."""

    name: str
    every_s: float
    run: Run


async def _forget_tokens(application: Application, *, now: datetime) -> int:
    async with application.database.connection() as connection:
        merchants = await partners.merchants_with_expired_tokens(connection, now=now)
    return await in_turns(merchants, partial(_forget_some_tokens, application, now=now), now=now)


async def _forget_some_tokens(application: Application, merchant_id: UUID, *, now: datetime) -> Turn:
    async with application.database.transaction() as connection:
        count = await partners.forget_expired_tokens(connection, merchant_id, now=now, limit=TOKENS_AT_ONCE)
    return Turn(count, more=count == TOKENS_AT_ONCE)


async def _seal_endpoints(application: Application, *, now: datetime) -> int:
    del now
    return await keys.reseal(application, owners=(EndpointSecrets(),))


async def _keep_months(application: Application, now: datetime) -> int:
    return await outbox.keep_months(application.database, now=now)


async def _forget_counts(application: Application, *, now: datetime) -> int:
    forgotten = 0
    while True:
        async with application.database.transaction() as connection:
            count = await shared_limits.forget_ended(connection, now=now)
        forgotten += count
        if count < shared_limits.FORGET_AT_ONCE:
            return forgotten


# The ledger checks expiry itself at every use: these only decide when something is booked, not what is allowed.
DUTIES: tuple[Duty, ...] = (
    Duty("release_expired_holds", 30, certificates.release_expired_holds),
    Duty("send_gifts", 15, gifts.send_due),
    Duty("remind_holders", 15 * 60, gifts.remind_due),
    Duty("expire_certificates", 15 * 60, certificates.expire_certificates),
    Duty("forget_expired_tokens", 60 * 60, _forget_tokens),
    Duty("forget_counts", 60 * 60, _forget_counts),
    Duty("purge_drafts", 60 * 60, checkout.purge),
    Duty("sweep_payments", 10, payments.sweep),
    Duty("give_up_unpaid", 10 * 60, payments.give_up_unpaid),
    Duty("release_held_by_hand", 10 * 60, payments.release_held_by_hand),
    Duty("settle_withdrawals", 10, withdrawals.settle_due),
    Duty("seal_endpoints", 60 * 60, _seal_endpoints),
    Duty("keep_months", 6 * 60 * 60, _keep_months),
    Duty("seal_journals", 15 * 60, seals.seal_due),
    Duty("run_imports", 3, imports.run_due),
    Duty("watch_monitors", 60, monitors.watch),
    Duty("mail_reports", 60, report_mails.send_due),
    Duty("bill_months", 15 * 60, invoices.bill_months),
    Duty("remind_of_invoices", 15 * 60, invoices.remind_due),
    Duty("export_books", 15 * 60, book_exports.export_due),
    Duty("make_cards", 3, cards.work_on_due),
    Duty("forget_program_requests", 6 * 60 * 60, programs.forget_requests),
    Duty("forget_program_calls", 6 * 60 * 60, programs.forget_calls),
    Duty("forget_shop_counts", 6 * 60 * 60, shop_counts.forget_shop_counts),
    Duty("place_batches", 2, portal.place_due),
    Duty("forget_lapsed_secrets", 60 * 60, owners.forget_lapsed),
    Duty("purge_sandboxes", 60 * 60, programs.purge_sandboxes),
    Duty("forget_staged_imports", 6 * 60 * 60, imports.forget_staged),
    Duty("send_resets", 3, staff.send_resets),
    Duty("forget_staff_sessions", 24 * 60 * 60, staff.forget_sessions),
    Duty("forget_till_sessions", 24 * 60 * 60, tills.forget_sessions),
    Duty("forget_gateway_notices", 24 * 60 * 60, payments.forget),
)


def duties_of(settings: Settings) -> tuple[Duty, ...]:
    """Return every duty, those that the operator decides on as `settings` say."""
    keeping = Keeping(
        bodies=timedelta(days=settings.keep_bodies_days) if settings.keep_bodies_days else None,
        events=timedelta(days=settings.keep_events_days) if settings.keep_events_days else None,
    )

    async def forget_old(application: Application, *, now: datetime) -> int:
        return await privacy.forget_old(application, keeping, now=now)

    table = (*DUTIES, Duty("forget_old", 6 * 60 * 60, forget_old))
    days = settings.expiring_days
    if not days:
        return table

    async def tell_expiring(application: Application, *, now: datetime) -> int:
        return await certificates.tell_expiring(application, days=days, now=now)

    return (*table, Duty("tell_expiring", 60 * 60, tell_expiring))


async def keep(
    application: Application,
    duties: Sequence[Duty],
    *,
    stop: asyncio.Event,
    metrics: Metrics,
    jitter: Callable[[], float] = random.random,
) -> None:
    """Run every duty at its intervals until `stop` is set; what has begun is finished."""
    await asyncio.gather(*(_keep_one(application, duty, stop, metrics, jitter) for duty in duties))


async def _keep_one(
    application: Application, duty: Duty, stop: asyncio.Event, metrics: Metrics, jitter: Callable[[], float]
) -> None:
    # The first run comes soon, but not in the middle of starting.
    pause = min(duty.every_s, FIRST_WITHIN_S) * jitter()
    while not await _set_within(stop, pause):
        await run_once(application, duty, metrics=metrics)
        pause = duty.every_s * (0.75 + jitter() / 2)


async def run_once(application: Application, duty: Duty, *, metrics: Metrics) -> None:
    """Run a duty; whatever goes wrong is logged and counted, and the next run tries again.

    None is run while the clock cannot be believed: what is done by a wrong clock cannot all be undone.
    """
    now = application.clock.now()
    try:
        await certificates.check_clock(application, now=now)
        done = await duty.run(application, now=now)
    except Unavailable as error:
        metrics.duty(duty.name, error.code)
        _log.warning("duty_put_off", duty=duty.name, error_code=error.code)
    except Conflict as error:
        metrics.duty(duty.name, error.code)
        _log.error("duty_refused", duty=duty.name, error_code=error.code, message=str(error))
    except Exception as error:  # noqa: BLE001 - one failing duty must stop neither the others nor the relay
        metrics.duty(duty.name, "failed")
        _log.error("duty_failed", duty=duty.name, exc_info=error)
    else:
        metrics.duty(duty.name, "done")
        if done:
            _log.info("duty_done", duty=duty.name, count=done)
    metrics.heartbeat(duty.name, at_s=application.clock.now().timestamp())


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
