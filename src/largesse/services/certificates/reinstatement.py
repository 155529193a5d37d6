"""Undo expiries that were wrong, as a clock that ran ahead leaves them."""

import asyncio
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.ledger import (
    CertificateNotFound,
    Command,
    ExpiryNotFound,
    Extend,
    Kind,
    Outcome,
    Reinstate,
    fingerprint,
    wrongly_expired,
)
from largesse.services.certificates.adjustments import end_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place, Request, said_of

BATCH = 500


class StillLapsed(Conflict):
    """A reinstated certificate would be expired again at once."""

    code = "certificate.reinstatement.lapsed"
    message = "Its last good day has passed, so it would be booked as expired again. Give a later day, or for ever."


async def reinstate(
    deps: CertificateDependencies,
    merchant: Merchant,
    place: Place,
    *,
    good_through: date | None = None,
    for_ever: bool = False,
    request: Request,
    now: datetime,
) -> Outcome:
    """Undo the last expiry of a certificate, and make it good through a later day where one is given, or for ever.

    Raises:
        StillLapsed: its last good day has passed, and no later one is given.
        LargesseError: it was never booked as expired, the expiry was undone before, or the day is no extension.
    """
    # The last expiry may be another one at a repetition; what was asked for is not.
    said = ("reinstate", str(place.certificate_id), good_through, for_ever, request.actor, request.memo)
    asked = fingerprint(msgspec.json.encode(said))

    async def work(connection: Connection) -> Outcome:
        locked = await deps.ledger.lock(connection, place.merchant_id, [place.certificate_id])
        if place.certificate_id not in locked:
            raise CertificateNotFound
        done = await deps.ledger.replayed(connection, place.merchant_id, request.operation_id, fingerprint=asked)
        if done is not None:
            return done
        history = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
        expiry = next((row for row in reversed(history) if row.kind is Kind.EXPIRE), None)
        if expiry is None:
            raise ExpiryNotFound
        commands: list[Command] = [
            Reinstate(**said_of(place, request), fingerprint=asked, expiry_id=expiry.operation_id)
        ]
        if good_through is not None or for_ever:
            commands.append(_longer(merchant, place, None if for_ever else good_through, request))
        first, *rest = await deps.ledger.post(connection, commands, now=now)
        for outcome in (first, *rest):
            if isinstance(outcome, LargesseError):
                raise outcome
        if not rest and locked[place.certificate_id].expired(now):
            raise StillLapsed
        assert not isinstance(first, LargesseError)
        return first

    return await deps.retrying(work)


async def reinstate_all(
    deps: CertificateDependencies, merchant: Merchant, *, request: Request, now: datetime, batch: int = BATCH
) -> int:
    """Undo the expiry of every certificate of a merchant that is still good; return how many there were.

    Safe to run again after it was stopped.
    """
    done, last_seen = 0, None
    while True:
        async with deps.database.connection() as connection:
            found = await wrongly_expired(connection, merchant.merchant_id, now=now, last_seen=last_seen, limit=batch)
        outcomes = await asyncio.gather(
            *(_undo(deps, merchant.merchant_id, *one, request=request, now=now) for one in found)
        )
        done += sum(outcomes)
        if len(found) < batch:
            return done
        last_seen = found[-1][0]


async def _undo(
    deps: CertificateDependencies,
    merchant_id: UUID,
    certificate_id: UUID,
    expiry_id: UUID,
    *,
    request: Request,
    now: datetime,
) -> bool:
    command = Reinstate(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        operation_id=derived_id("reinstate", merchant_id, expiry_id),
        actor=request.actor,
        memo=request.memo,
        fingerprint=fingerprint(expiry_id.bytes),
        expiry_id=expiry_id,
    )
    try:
        return not (await deps.ledger.submit(command, now=now, bulk=True)).replayed
    except Conflict:  # somebody was quicker
        return False


def _longer(merchant: Merchant, place: Place, good_through: date | None, request: Request) -> Extend:
    return Extend(
        merchant_id=place.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=derived_id("reinstate-longer", request.operation_id),
        actor=request.actor,
        memo=request.memo,
        good_through=good_through,
        expires_at=None if good_through is None else end_of(good_through, merchant),
    )
