"""Take the rows of a device's queue: each once, in its order, and say what somebody has to settle of them.

Whoever posts them needs nothing but the rows: each is signed with the key of the enrolment, which outlives the device.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import closings, devices, offline
from largesse.domain.devices import Device, DeviceState, signed_by
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    ConflictKind,
    Enrolment,
    EnrolmentUnknown,
    OfflineConflict,
    OfflineRow,
    OfflineRules,
    QueuePart,
    QueueRow,
    QueueRowInvalid,
    RowCame,
    RowState,
    SignedRow,
)
from largesse.kernel import free_text
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.ledger import EntryMode
from largesse.services.certificates import Request, Spot
from largesse.services.merchants import where_of
from largesse.services.offline.aside import set_aside
from largesse.services.offline.book import read_position
from largesse.services.offline.chaining import chain_up
from largesse.services.offline.dependencies import OfflineDependencies
from largesse.services.offline.recognising import certificates_of, claimed_actor
from largesse.services.offline.rules import hours_of
from largesse.services.offline.taking import Claim, PartTaken, take_what_is_left

REFERENCE_MAX = 80
_MODES = {one.value: one for one in (EntryMode.TYPED, EntryMode.SCANNED, EntryMode.CAMERA)}


class RowOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: how much of what it asked for was taken."""

    number: int
    state: RowState
    asked: int
    taken: int
    operation_id: UUID


class _Known(NamedTuple):
    """What is known of a row before it is taken."""

    signed: SignedRow
    row: QueueRow
    parts: Sequence[tuple[UUID | None, QueuePart]]
    came: RowCame
    word: bool


async def take_queue(
    deps: OfflineDependencies, merchant: Merchant, rows: Sequence[SignedRow], *, waiting: int = 0, now: datetime
) -> list[RowOutcome]:
    """Take rows that a device posts, in its order; `waiting` is how many it has behind them.

    A row that was taken before is told again. Each is a transaction of its own. One that cannot be verified is set
    aside, and stops none of those behind it.

    Raises:
        EnrolmentUnknown: the merchant's devices never had such a queue.
        QueueRowInvalid: nobody can tell whose one is, or too many were set aside.
    """
    done = list[RowOutcome]()
    heard: UUID | None = None
    for one in rows:
        try:
            done.append(await take_row(deps, merchant, one, came=RowCame.LINE, now=now))
            heard = offline.read_row(one).enrolment
        except (QueueRowInvalid, EnrolmentUnknown) as refused:
            after = done[-1].number if done else 0
            done.append(await _aside(deps, merchant, one, beside=rows, after=after, refused=refused, now=now))
    if heard is not None:
        async with deps.database.transaction() as connection:
            enrolment = await offline.locked_enrolment(connection, merchant.merchant_id, heard)
            await offline.heard_of(connection, enrolment, waiting=waiting, now=now)
    return done


async def _aside(
    deps: OfflineDependencies,
    merchant: Merchant,
    one: SignedRow,
    *,
    beside: Sequence[SignedRow],
    after: int,
    refused: LargesseError,
    now: datetime,
) -> RowOutcome:
    """Set a row aside that cannot be verified; where nobody can tell whose it is, it is `refused` as it was."""
    try:
        kept = await set_aside(deps, merchant, one, beside=beside, after=after, now=now)
    except QueueRowInvalid:
        raise refused from None
    if isinstance(kept, OfflineRow):
        return _told(kept)
    return RowOutcome(number=kept, state=RowState.ASIDE, asked=0, taken=0, operation_id=new_id(now))


async def take_row(
    deps: OfflineDependencies,
    merchant: Merchant,
    signed: SignedRow,
    *,
    came: RowCame,
    word: bool = False,
    now: datetime,
) -> RowOutcome:
    """Take one row. `word` is where a manager gives theirs for it, which that of a revoked device needs.

    Raises:
        EnrolmentUnknown, QueueRowInvalid: as `take_queue`.
    """
    row = offline.read_row(signed)
    async with deps.database.transaction() as connection:
        enrolment = await offline.locked_enrolment(connection, merchant.merchant_id, row.enrolment)
    if row.currency != merchant.currency or not signed_by(enrolment.public_key, signed.body, signed.signature):
        raise QueueRowInvalid
    parts = await certificates_of(deps, merchant.merchant_id, row)
    known = _Known(signed, row, parts, came, word)
    return await deps.retrying(partial(_take, deps, merchant, known, now))


async def _take(
    deps: OfflineDependencies, merchant: Merchant, known: _Known, now: datetime, connection: Connection
) -> RowOutcome:
    row, merchant_id = known.row, merchant.merchant_id
    enrolment = await offline.locked_enrolment(connection, merchant_id, row.enrolment)
    before = await offline.find_row(connection, enrolment, row.number)
    if before is not None and before.state is RowState.ASIDE:
        # Nothing was taken for it, and anybody may have brought it: what the device signed takes its number.
        if not await offline.verified_after_all(connection, enrolment, row.number, now=now):
            return _told(before)  # it is charged or written off
        await offline.drop_aside(connection, enrolment, row.number)
        before = None
    if before is not None and before.body in {known.signed.body, ""}:
        waits = before.state is RowState.WAITS and known.word
        return await _post_waiting(deps, connection, known, before, now) if waits else _told(before)
    books = (await deps.ledger.open_books(connection, [merchant_id], now=now))[merchant_id]
    device = await devices.find_device(connection, merchant_id, str(enrolment.device_id))
    arrived = await _Arrival.of(deps, connection, enrolment, device, known, now=now, books_now=books.now)
    if before is not None or await offline.row_of_operation(connection, merchant_id, row.operation):
        return await _came_twice(connection, arrived, is_new=before is None)
    if device.state is DeviceState.REVOKED and not known.word:
        await _note(connection, arrived, ConflictKind.WAITS, amount=row.asked)
        state, taken = RowState.WAITS, 0
    else:
        taken = await _post(deps, connection, arrived)
        state = _state(row.asked, taken)
        await _note_caps(connection, arrived)
    written = arrived.kept(state, taken)
    await offline.insert_row(connection, written)
    await chain_up(connection, enrolment, row, arrived.conflict)
    await offline.fill_gap(connection, enrolment, row.number, now=now)
    return _told(written)


class _Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A row that has come: of which device, when it was taken as far as that can be, and when it came."""

    enrolment: Enrolment
    device: Device
    known: _Known
    claimed_at: datetime
    refreshed_at: datetime | None
    late: bool
    now: datetime

    @classmethod
    async def of(
        cls,
        deps: OfflineDependencies,
        connection: Connection,
        enrolment: Enrolment,
        device: Device,
        known: _Known,
        *,
        now: datetime,
        books_now: datetime,
    ) -> "_Arrival":
        """Return it, with the time that the device says held between its last contact and now."""
        given = read_position(deps.keyring, enrolment.enrolment_id, known.row.position)
        contact = max(filter(None, (given, enrolment.emptied_at)), default=now)
        claimed_at = min(max(known.row.claimed_at, min(contact, books_now)), books_now)
        last = await closings.last_closing(connection, enrolment.merchant_id, device.device_id)
        return cls(
            enrolment=enrolment,
            device=device,
            known=known,
            claimed_at=claimed_at,
            refreshed_at=None if given is None else min(given, books_now),
            late=last is not None and last.cut >= claimed_at,
            now=now,
        )

    def conflict(self, kind: ConflictKind, *, number: int = 0, number_to: int = 0, **given: Any) -> OfflineConflict:
        """Return something to settle of this row, or of those that are missing before it."""
        first = number or self.known.row.number
        values: dict[str, Any] = {
            "merchant_id": self.enrolment.merchant_id,
            "conflict_id": new_id(self.now),
            "enrolment_id": self.enrolment.enrolment_id,
            "device_id": self.device.device_id,
            "location_id": self.device.location_id,
            "kind": kind,
            "number": first,
            "number_to": number_to or first,
            "currency": self.known.row.currency,
            "claimed_at": self.claimed_at,
            "noted_at": self.now,
        }
        return OfflineConflict(**values | given)

    def kept(self, state: RowState, taken: int, *, operation_id: UUID | None = None) -> OfflineRow:
        """Return the row as it is kept."""
        row = self.known.row
        return OfflineRow(
            merchant_id=self.enrolment.merchant_id,
            enrolment_id=self.enrolment.enrolment_id,
            number=row.number,
            device_id=self.device.device_id,
            location_id=self.device.location_id,
            operation_id=operation_id or row.operation,
            body=self.known.signed.body,
            signature=self.known.signed.signature,
            membership_id=row.who,
            claimed_at=self.claimed_at,
            received_at=self.now,
            came=self.known.came,
            late=self.late,
            state=state,
            asked=row.asked,
            taken=taken,
        )


async def _post(deps: OfflineDependencies, connection: Connection, arrived: _Arrival) -> int:
    """Post what is left, note what is missing, and return how much was taken."""
    row, device = arrived.known.row, arrived.device
    actor, stood = await claimed_actor(connection, device, row.who, claimed_at=arrived.claimed_at)
    if not stood:
        await _note(connection, arrived, ConflictKind.IDENTITY)
    where = await where_of(connection, device.merchant_id, device.location_id, closed_too=True)
    claim = Claim(
        merchant_id=device.merchant_id,
        request=Request(
            operation_id=row.operation,
            actor=actor,
            memo=free_text.shortened(free_text.one_line(row.reference), REFERENCE_MAX) or None,
        ),
        spot=Spot(where=where, device_id=device.device_id, entry_mode=_MODES.get(row.came, EntryMode.TYPED)),
        claimed_at=arrived.claimed_at,
        refreshed_at=min(arrived.refreshed_at or arrived.claimed_at, arrived.claimed_at),
        currency=row.currency,
    )
    paid = await take_what_is_left(deps, connection, claim, arrived.known.parts, now=arrived.now)
    for one, (_, part) in zip(paid, arrived.known.parts, strict=True):
        missing = part.value + part.gratuity - one.value - one.gratuity
        if missing:
            await _note(
                connection,
                arrived,
                ConflictKind.MISSING,
                amount=missing,
                why=one.why,
                certificate_id=one.certificate_id,
                last_four=part.last_four,
            )
    return sum(map(_sum, paid))


async def _note_caps(connection: Connection, arrived: _Arrival) -> None:
    """Take what came from what the device was lent, and note what was beyond that, or by a book that was too old."""
    row, enrolment = arrived.known.row, arrived.enrolment
    rules: OfflineRules = await offline.offline_rules(connection, enrolment.merchant_id)
    given = arrived.refreshed_at
    too_old = given is None or arrived.claimed_at - given > timedelta(hours=hours_of(arrived.device, rules) or 1)
    too_much = any(one.value + one.gratuity > rules.per_certificate for one in row.parts)
    if too_old or too_much or row.asked > enrolment.lent:
        await _note(connection, arrived, ConflictKind.CAP, amount=row.asked)
    if enrolment.lent_until is not None:
        await offline.lend(connection, enrolment, max(0, enrolment.lent - row.asked), until=enrolment.lent_until)


async def _came_twice(connection: Connection, arrived: _Arrival, *, is_new: bool) -> RowOutcome:
    """Note that another row has the number, or the operation: nothing is taken by this one."""
    row = arrived.known.row
    await _note(connection, arrived, ConflictKind.TWICE, amount=row.asked)
    apart = derived_id("offline-twice", row.enrolment, str(row.number))
    kept = arrived.kept(RowState.NONE, 0, operation_id=apart)
    if is_new:
        await offline.insert_row(connection, kept)
        await chain_up(connection, arrived.enrolment, row, arrived.conflict)
    return _told(kept)


async def _post_waiting(
    deps: OfflineDependencies, connection: Connection, known: _Known, before: OfflineRow, now: datetime
) -> RowOutcome:
    """Post a row that waited for a manager's word, now that it is given."""
    enrolment = await offline.locked_enrolment(connection, before.merchant_id, before.enrolment_id)
    device = await devices.find_device(connection, before.merchant_id, str(before.device_id))
    arrived = _Arrival(
        enrolment=enrolment,
        device=device,
        known=known,
        claimed_at=before.claimed_at,
        refreshed_at=read_position(deps.keyring, before.enrolment_id, known.row.position),
        late=before.late,
        now=now,
    )
    taken = await _post(deps, connection, arrived)
    state = _state(before.asked, taken)
    await offline.settle_row(connection, before, state, taken)
    return _told(msgspec.structs.replace(before, state=state, taken=taken))


async def _note(connection: Connection, arrived: _Arrival, kind: ConflictKind, **given: Any) -> None:
    await offline.insert_conflict(connection, arrived.conflict(kind, **given))


def _sum(one: PartTaken) -> int:
    return one.value + one.gratuity


def _state(asked: int, taken: int) -> RowState:
    if taken == asked:
        return RowState.TAKEN
    return RowState.PART if taken else RowState.NONE


def _told(row: OfflineRow) -> RowOutcome:
    return RowOutcome(
        number=row.number, state=row.state, asked=row.asked, taken=row.taken, operation_id=row.operation_id
    )
