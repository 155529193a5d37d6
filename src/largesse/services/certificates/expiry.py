"""The duties of time: tell of what will expire, book what has, let go of holds whose time has passed.

The ledger refuses an expired certificate and an expired hold whether or not these have run; they only write it down.
Each is safe to run twice and on several workers: the operation id is derived from what it is about.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from largesse import outbox
from largesse.db.turns import Turn, in_turns
from largesse.domain import devices, law, merchants
from largesse.kernel.errors import Conflict, NotFound, Unavailable
from largesse.kernel.ids import derived_id
from largesse.ledger import (
    Certificate,
    Command,
    Expire,
    Outcome,
    ReleaseHold,
    expired_certificates,
    expired_holds,
    expiring,
    expiring_certificates,
    expiring_once,
    merchants_with_expired,
    merchants_with_expired_holds,
    merchants_with_expiring,
)
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.lapsed import Lapsed, lapsed

_log = structlog.get_logger()

BATCH = 500
MERCHANTS_AT_ONCE = 8
"""Of so many merchants expiries are booked side by side: commands that wait together are committed together."""
EXPIRE_ACTOR = "duty:expire"
RELEASE_ACTOR = "duty:release-holds"


async def expire_certificates(deps: CertificateDependencies, *, now: datetime, batch: int = BATCH) -> int:
    """Book the breakage of every certificate whose last good day has passed, and return how many there were.

    Certificates with an open hold wait until it has ended, all wait as long as a device of the merchant's may work
    without a line, and what was paid for waits until the law profile lets go of it.
    """
    async with deps.database.connection() as connection:
        waiting = await merchants_with_expired(connection, now=now)
    return await in_turns(waiting, _Expiring(deps, now=now, batch=batch).turn, now=now, at_once=MERCHANTS_AT_ONCE)


class _Expiring:
    """How far the certificates of each merchant that goes by a law profile have been looked at."""

    def __init__(self, deps: CertificateDependencies, *, now: datetime, batch: int) -> None:
        self._deps = deps
        self._now = now
        self._batch = batch
        self._last_seen: dict[UUID, Lapsed] = {}

    async def turn(self, merchant_id: UUID) -> Turn:
        async with self._deps.database.connection() as connection:
            # What was taken without a line before the last day was over may still come.
            until = self._now - await devices.longest_offline(connection, merchant_id)
            found = await law.law_of(connection, merchant_id)
            if found is None:
                due = await expired_certificates(connection, merchant_id, now=until, limit=self._batch)
                commands = [_expire(*key, expired_at=moment, seq=seq) for key, moment, seq in due]
                done = await _submit(self._deps, commands, now=self._now)
                return Turn(done, more=done > 0 and len(due) == self._batch)
            seen = await lapsed(
                connection, merchant_id, until=until, last_seen=self._last_seen.get(merchant_id), limit=self._batch
            )
            merchant = await merchants.merchant_of_id(connection, merchant_id)
        if seen:
            self._last_seen[merchant_id] = seen[-1]
        commands = [
            _expire(merchant_id, one.certificate_id, expired_at=one.expires_at, seq=one.seq)
            for one in seen
            if one.may_break(found, merchant.zone, now=self._now)
        ]
        return Turn(await _submit(self._deps, commands, now=self._now), more=len(seen) == self._batch)


async def release_expired_holds(deps: CertificateDependencies, *, now: datetime, batch: int = BATCH) -> int:
    """Free what holds set aside whose time has passed, and return how many there were."""
    async with deps.database.connection() as connection:
        waiting = await merchants_with_expired_holds(connection, now=now)
    return await in_turns(
        waiting, partial(_release_some, deps, now=now, batch=batch), now=now, at_once=MERCHANTS_AT_ONCE
    )


async def _release_some(deps: CertificateDependencies, merchant_id: UUID, *, now: datetime, batch: int) -> Turn:
    async with deps.database.connection() as connection:
        due = await expired_holds(connection, merchant_id, now=now, limit=batch)
    done = await _submit(deps, [_release(*key, hold_id=hold_id) for key, hold_id in due], now=now)
    return Turn(done, more=done > 0 and len(due) == batch)


async def tell_expiring(deps: CertificateDependencies, *, days: int, now: datetime, batch: int = BATCH) -> int:
    """Publish `certificate.expiring` for what has something left and ends within `days` days; return how many.

    Each is told of once for a last good day; only what is told anew is written.
    """
    until = now + timedelta(days=days)
    async with deps.database.connection() as connection:
        waiting = await merchants_with_expiring(connection, after=now, until=until)
    return await in_turns(waiting, _Telling(deps, now=now, until=until, batch=batch).turn, now=now)


class _Telling:
    """How far the certificates of each merchant have been told of."""

    def __init__(self, deps: CertificateDependencies, *, now: datetime, until: datetime, batch: int) -> None:
        self._deps = deps
        self._now = now
        self._until = until
        self._batch = batch
        self._last_seen: dict[UUID, Certificate] = {}

    async def turn(self, merchant_id: UUID) -> Turn:
        async with self._deps.transaction() as connection:
            found = await expiring_certificates(
                connection,
                merchant_id,
                after=self._now,
                until=self._until,
                last_seen=self._last_seen.get(merchant_id),
                limit=self._batch,
            )
            due = {expiring_once(one): expiring(one, now=self._now) for one in found}
            fresh = await outbox.publish_once(connection, due)
        if found:
            self._last_seen[merchant_id] = found[-1]
        return Turn(len(fresh), more=len(found) == self._batch)


def _expire(merchant_id: UUID, certificate_id: UUID, *, expired_at: datetime, seq: int) -> Expire:
    """Return what books an expiry. An expiry that was undone is another when it is booked again: `seq` has moved."""
    return Expire(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        operation_id=derived_id("expire", merchant_id, certificate_id, expired_at.isoformat(), str(seq)),
        actor=EXPIRE_ACTOR,
    )


def _release(merchant_id: UUID, certificate_id: UUID, *, hold_id: UUID) -> ReleaseHold:
    return ReleaseHold(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        operation_id=derived_id("release-expired-hold", merchant_id, hold_id),
        actor=RELEASE_ACTOR,
        hold_id=hold_id,
    )


async def _submit(deps: CertificateDependencies, commands: Sequence[Command], *, now: datetime) -> int:
    """Submit commands at once and return how many took effect now; what stands in a command's way lets it wait."""
    answers = await asyncio.gather(*(_one(deps, command, now) for command in commands))
    return sum(1 for answer in answers if answer is not None and not answer.replayed)


async def _one(deps: CertificateDependencies, command: Command, now: datetime) -> Outcome | None:
    try:
        return await deps.ledger.submit(command, now=now, bulk=True)
    except (Conflict, NotFound):  # extended, held, voided or settled since it was read
        return None
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one certificate that cannot be booked must not keep the others
        _log.error("duty_skipped", certificate_id=str(command.certificate_id), actor=command.actor, exc_info=error)
        return None
