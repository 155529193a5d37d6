"""Undo at a counter what was redeemed there a moment ago: by who did it, on the same device, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import certificates, closings, locations
from largesse.ledger import (
    AlreadyReversed,
    Entry,
    Kind,
    Outcome,
    Reverse,
    last_rows,
    rows_of_operations,
    undone_among,
)
from largesse.services.certificates import Place, Request, Spot, said_of
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import Desk, reference_of
from largesse.services.counter.errors import ActUnknown, UndoDayOver, UndoElsewhere, UndoTooLate, UsedSince
from largesse.services.counter.mailing import CounterMailPurpose, tell_known

REDEEMING: Final = frozenset({Kind.REDEEM, Kind.CAPTURE})
CHANGING: Final = frozenset(Kind) - {Kind.SETTLE, Kind.EXTEND, Kind.CONVERT}
"""What is in the way of undoing what came before it."""


async def undo_act(
    deps: CounterWorkDependencies,
    desk: Desk,
    undoes: UUID,
    *,
    reason: str = "",
    approved: bool = False,
    operation_id: UUID,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Undo a redemption whole, of all certificates that were on the bill; the same operation again is told again.

    `approved` is where somebody who may has approved that it is undone later, or by another person. It is booked where
    the redemption was.

    Raises:
        ActUnknown: there is no such redemption.
        AlreadyReversed: it was undone before.
        UndoElsewhere: somebody else did it, or it was done on another device.
        UndoTooLate: the minutes are over.
        UndoDayOver: the business day is over, or the device's was closed.
        UsedSince: one of the certificates was used since.
        LargesseError: the ledger refuses it.
    """
    merchant_id = desk.merchant.merchant_id
    async with deps.database.connection() as connection:
        found = await rows_of_operations(connection, merchant_id, [undoes, operation_id])
        certificate_ids = list(by_certificate(found.get(undoes, ())))
        last = await last_rows(connection, merchant_id, certificate_ids, CHANGING)
        undone = await undone_among(connection, merchant_id, [undoes])
        closed_at = await closed_at_of(connection, merchant_id, found.get(undoes, ()))
    rows = found.get(undoes, [])
    if not rows or not {row.kind for row in rows} & REDEEMING:
        raise ActUnknown
    if operation_id not in found:  # what happened is told again, whatever has changed since
        if undone:
            raise AlreadyReversed
        why = why_not_undo(desk, rows, last, closed_at=closed_at, approved=approved, now=now)
        if why is not None:
            raise why
    first = rows[0]
    where = desk.where
    if first.location_id is not None and first.location_id != where.location_id:
        where = await deps.locator.last_known(merchant_id, first.location_id)
    spot = Spot(where=where, device_id=desk.device_id)
    request = Request(operation_id=operation_id, actor=desk.actor, memo=reference_of(reason) or None)
    commands = [
        Reverse(**said_of(Place(merchant_id=merchant_id, certificate_id=one), request, spot), redemption_id=undoes)
        for one in certificate_ids
    ]
    if len(commands) == 1:
        done: tuple[Outcome, ...] = (await deps.ledger.submit(commands[0], now=now),)
    else:
        done = await deps.ledger.submit_all(commands, now=now)
    await _tell(deps, desk, done, operation_id=operation_id, now=now)
    return done


async def _tell(
    deps: CounterWorkDependencies, desk: Desk, done: Sequence[Outcome], *, operation_id: UUID, now: datetime
) -> None:
    """Write to whoever is known of the certificates that something is on them again."""
    merchant_id, ids = desk.merchant.merchant_id, [one.certificate_id for one in done]
    async with deps.transaction() as connection:
        ends = await certificates.last_four_of(connection, merchant_id, ids)
        place = await locations.find_location(connection, merchant_id, str(desk.where.location_id))
        await tell_known(
            connection,
            deps,
            merchant_id,
            ids,
            CounterMailPurpose.PUT_BACK,
            amount=sum(one.value + one.gratuity for one in done),
            currency=done[0].currency,
            ends=[ends[one] for one in ids if one in ends],
            place=place.name,
            operation_id=operation_id,
            now=now,
        )


async def closed_at_of(connection: Connection, merchant_id: UUID, rows: Sequence[Entry]) -> datetime | None:
    """Return when the device that an operation was done on was closed last, None where it had none or never was."""
    device_id = rows[0].device_id if rows else None
    last = await closings.last_closing(connection, merchant_id, device_id) if device_id else None
    return last.cut if last else None


def by_certificate(rows: Sequence[Entry]) -> dict[UUID, list[Entry]]:
    """Return the rows of an operation by the certificate that they are of, in the order they were written. Pure."""
    found: dict[UUID, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.subject_id, []).append(row)
    return found


def why_not_undo(
    desk: Desk,
    rows: Sequence[Entry],
    last: Mapping[UUID, int],
    *,
    closed_at: datetime | None = None,
    approved: bool = False,
    now: datetime,
) -> ActUnknown | UndoElsewhere | UndoTooLate | UndoDayOver | UsedSince | None:
    """Return why a redemption is not undone here, None where it is. Pure.

    The minutes are the merchant's; `last` is each certificate's last row, `closed_at` when the device was closed last.
    """
    first = rows[0]
    if not {row.kind for row in rows} & REDEEMING:
        return ActUnknown()
    if any(last.get(one, 0) > max(row.seq for row in its) for one, its in by_certificate(rows).items()):
        return UsedSince()
    if closed_at is not None and first.recorded_at <= closed_at:
        return UndoDayOver()
    if first.booked_on is not None and desk.where.booked_on(now) > first.booked_on:
        return UndoDayOver()
    if approved:
        return None
    if (first.actor, first.device_id) != (desk.actor, desk.device_id):
        return UndoElsewhere()
    return UndoTooLate() if now - first.recorded_at > desk.merchant.undo_within else None
