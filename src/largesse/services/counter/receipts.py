"""What was done at a counter in one operation, as its receipt tells it: the same whenever it is asked for."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates, locations, staff
from largesse.domain.locations import Location
from largesse.kernel.tax import TaxKind
from largesse.ledger import Entry, Kind, Leg, acts_at, last_rows, outcome_of, rows_of_operations, undone_among
from largesse.services.counter.dependencies import CounterWorkDependencies
from largesse.services.counter.desk import Desk
from largesse.services.counter.errors import ActUnknown, UndoElsewhere, UndoTooLate
from largesse.services.counter.undoing import CHANGING, by_certificate, closed_at_of, why_not_undo

ACTS: Final = (Kind.REDEEM, Kind.CAPTURE, Kind.HOLD, Kind.RELEASE, Kind.REVERSE, Kind.CASH_OUT)
"""What a counter does with certificates that stand; what it sells is an order of its own."""
RECENT_MAX: Final = 20
_RECENT_FOR: Final = timedelta(hours=24)
_PEOPLE: Final = ("person:", "claimed:")
"""Somebody who has shown who they are, or has only touched their name while there was no line."""
_TAX: Final = frozenset({Kind.REDEEM, Kind.CAPTURE})


class ActPart(msgspec.Struct, frozen=True, kw_only=True):
    """What an act did to one certificate, and what remained right after it."""

    certificate_id: UUID
    last_four: str
    currency: str
    value: int
    gratuity: int
    remains: int
    gratuity_remains: int


class CounterAct(msgspec.Struct, frozen=True, kw_only=True):
    """One act at a counter.

    `kind` is what it was: of a tab that was changed, `hold`. `undone` is whether it was undone later, `may_undo`
    whether whoever asks may undo it now, and `until` to when, `may_undo_approved` whether they may with an approval.
    `tax_due` is what fell due by it, by rate in millionths.
    """

    operation_id: UUID
    kind: Kind
    at: datetime
    location: Location | None
    device_id: UUID | None
    actor: str
    person: str
    reference: str
    parts: tuple[ActPart, ...]
    tax_kind: TaxKind = TaxKind.NONE
    tax_due: tuple[tuple[int, int], ...] = ()
    hold_ends_at: datetime | None = None
    undone: bool = False
    may_undo: bool = False
    may_undo_approved: bool = False
    until: datetime | None = None

    @property
    def currency(self) -> str:
        """Return the currency of its amounts."""
        return self.parts[0].currency

    @property
    def value(self) -> int:
        """Return how much value it moved."""
        return sum(part.value for part in self.parts)

    @property
    def gratuity(self) -> int:
        """Return how much gratuity it moved."""
        return sum(part.gratuity for part in self.parts)


async def act_of(deps: CounterWorkDependencies, desk: Desk, operation_id: UUID, *, now: datetime) -> CounterAct:
    """Return what an operation did, for its receipt.

    Raises:
        ActUnknown: the merchant knows no such act on a certificate at a counter.
    """
    async with deps.database.connection() as connection:
        found = await _acts(connection, desk, [operation_id], now=now)
    if not found:
        raise ActUnknown
    return found[0]


async def recent_acts(deps: CounterWorkDependencies, desk: Desk, *, now: datetime) -> list[CounterAct]:
    """Return what was done here lately, the newest first: on this device or, without one, by who asks."""
    async with deps.database.connection() as connection:
        ids = await acts_at(
            connection,
            desk.merchant.merchant_id,
            location_id=desk.where.location_id,
            device_id=desk.device_id,
            actor=desk.actor,
            kinds=ACTS,
            since=now - _RECENT_FOR,
            limit=RECENT_MAX,
        )
        return await _acts(connection, desk, ids, now=now)


async def _acts(connection: Connection, desk: Desk, ids: Sequence[UUID], *, now: datetime) -> list[CounterAct]:
    merchant_id = desk.merchant.merchant_id
    found = await rows_of_operations(connection, merchant_id, ids)
    mine = {one: rows for one, rows in found.items() if {row.kind for row in rows} & set(ACTS)}
    touched = {row.subject_id for rows in mine.values() for row in rows}
    ends = await certificates.last_four_of(connection, merchant_id, list(touched))
    last = await last_rows(connection, merchant_id, touched, CHANGING)
    undone = await undone_among(connection, merchant_id, ids)
    places = {one.location_id: one for one in await locations.locations(connection, merchant_id)}
    names = await names_of(connection, {rows[0].actor for rows in mine.values()})
    acts = []
    for one in ids:
        if one not in mine:
            continue
        rows = mine[one]
        first = rows[0]
        closed_at = await closed_at_of(connection, merchant_id, rows)
        why = why_not_undo(desk, rows, last, closed_at=closed_at, now=now)
        acts.append(
            CounterAct(
                operation_id=one,
                kind=_kind(rows),
                at=first.effective_at or first.recorded_at,
                location=places.get(first.location_id) if first.location_id else None,
                device_id=first.device_id,
                actor=first.actor,
                person=names.get(first.actor, ""),
                reference=next((row.memo for row in rows if row.memo), ""),
                parts=tuple(_part(its, ends) for its in by_certificate(rows).values()),
                tax_kind=TaxKind(first.tax_kind) if first.tax_kind else TaxKind.NONE,
                tax_due=_taxes(rows),
                hold_ends_at=next((row.hold_ends_at for row in rows if row.hold_ends_at), None),
                undone=one in undone,
                may_undo=one not in undone and why is None,
                may_undo_approved=one not in undone and isinstance(why, UndoTooLate | UndoElsewhere),
                until=first.recorded_at + desk.merchant.undo_within,
            )
        )
    return acts


def _kind(rows: Sequence[Entry]) -> Kind:
    """Return what an operation was: a tab that was released to be placed anew or redeemed is what came of it."""
    kinds = {row.kind for row in rows}
    return next((kind for kind in (Kind.HOLD, Kind.REDEEM) if kind in kinds), rows[0].kind)


def _part(rows: Sequence[Entry], ends: dict[UUID, str]) -> ActPart:
    kind = _kind(rows)
    done = outcome_of([row for row in rows if row.kind is kind])
    return ActPart(
        certificate_id=done.certificate_id,
        last_four=ends.get(done.certificate_id, ""),
        currency=done.currency,
        value=done.value,
        gratuity=done.gratuity,
        remains=done.balance - done.held,
        gratuity_remains=done.gratuity_balance - done.gratuity_held,
    )


def _taxes(rows: Sequence[Entry]) -> tuple[tuple[int, int], ...]:
    """Return the tax that fell due with a redemption, by rate."""
    due: dict[int, int] = {}
    for row in rows:
        if row.leg is Leg.TAX_DUE and row.kind in _TAX and row.tax_rate_ppm is not None:
            due[row.tax_rate_ppm] = due.get(row.tax_rate_ppm, 0) + (row.tax_amount or 0)
    return tuple(sorted(due.items()))


async def names_of(connection: Connection, actors: Collection[str]) -> dict[str, str]:
    """Return the names of people by what the journal calls them; of what is no person, nothing."""
    ids = {actor: UUID(actor.partition(":")[2]) for actor in actors if actor.startswith(_PEOPLE)}
    known = await staff.persons_of_ids(connection, list(ids.values()))
    return {actor: known[one].name for actor, one in ids.items() if one in known}
