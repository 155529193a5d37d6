"""The tables of work without a line."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.offline.errors import ConflictUnknown, EnrolmentUnknown
from largesse.domain.offline.model import (
    ConflictKind,
    ConflictState,
    Enrolment,
    OfflineConflict,
    OfflineRow,
    OfflineRules,
    RowCame,
    RowState,
)
from largesse.domain.offline.queues import genesis_of
from largesse.kernel.ids import derived_id, new_id

_queries = load(__package__)


class LateRows(NamedTuple):
    """How many rows came after their day was closed, and what was taken by them."""

    rows: int
    taken: int


async def offline_rules(connection: Connection, merchant_id: UUID, *, lock: bool = False) -> OfflineRules:
    """Return what a merchant allows without a line; nothing, where nobody has ever said."""
    row = await connection.fetchrow(_queries.lock_rules if lock else _queries.rules, merchant_id)
    return OfflineRules(**dict(row)) if row else OfflineRules(merchant_id=merchant_id)


async def put_rules(connection: Connection, rules: OfflineRules) -> None:
    """Write what a merchant allows from now on."""
    await connection.execute(
        _queries.put_rules,
        rules.merchant_id,
        rules.allowed,
        rules.per_certificate,
        rules.per_device_day,
        rules.over_all,
        rules.hours_max,
    )


async def begun_enrolment(
    connection: Connection, merchant_id: UUID, device_id: UUID, *, enrolled_at: datetime, public_key: bytes
) -> Enrolment:
    """Return the queue of a device since it was enrolled, which begins where there is none."""
    enrolment_id = derived_id("offline-enrolment", merchant_id, device_id, enrolled_at.isoformat())
    await connection.execute(
        _queries.begin_enrolment,
        merchant_id,
        enrolment_id,
        device_id,
        enrolled_at,
        public_key,
        genesis_of(enrolment_id),
    )
    return await locked_enrolment(connection, merchant_id, enrolment_id)


async def enrolment_of(
    connection: Connection, merchant_id: UUID, device_id: UUID, *, enrolled_at: datetime | None
) -> Enrolment | None:
    """Return the queue of a device as it is enrolled now, None where it never had a book."""
    row = await connection.fetchrow(_queries.enrolment_of_device, merchant_id, device_id, enrolled_at)
    return Enrolment(**dict(row)) if row else None


async def locked_enrolment(connection: Connection, merchant_id: UUID, enrolment_id: UUID) -> Enrolment:
    """Return a queue, which nobody else adds to before the transaction ends.

    Raises:
        EnrolmentUnknown: the merchant has none like that.
    """
    row = await connection.fetchrow(_queries.lock_enrolment, merchant_id, enrolment_id)
    if row is None:
        raise EnrolmentUnknown
    return Enrolment(**dict(row))


async def enrolments(connection: Connection, merchant_id: UUID) -> list[Enrolment]:
    """Return all queues of a merchant's devices, the newest enrolment first."""
    return [Enrolment(**dict(row)) for row in await connection.fetch(_queries.enrolments, merchant_id)]


async def heard_of(connection: Connection, enrolment: Enrolment, *, waiting: int, now: datetime) -> None:
    """Write that a device was heard of, and how many rows wait on it."""
    await connection.execute(_queries.heard_of, enrolment.merchant_id, enrolment.enrolment_id, waiting, now)


async def lend(connection: Connection, enrolment: Enrolment, amount: int, *, until: datetime) -> None:
    """Write what a device may take until it is heard of again."""
    await connection.execute(_queries.lend, enrolment.merchant_id, enrolment.enrolment_id, amount, until)


async def carry_on(connection: Connection, enrolment: Enrolment, number: int, body_hash: bytes) -> None:
    """Write which row is the last that has come without one missing before it."""
    await connection.execute(_queries.carry_on, enrolment.merchant_id, enrolment.enrolment_id, number, body_hash)


async def rows_after(connection: Connection, enrolment: Enrolment, number: int) -> list[tuple[int, str]]:
    """Return number and text of the rows of a queue behind a number, a thousand at most."""
    found = await connection.fetch(_queries.rows_after, enrolment.merchant_id, enrolment.enrolment_id, number)
    return [(row["number"], row["body"]) for row in found]


async def find_row(connection: Connection, enrolment: Enrolment, number: int) -> OfflineRow | None:
    """Return a row of a queue, None where it has not come."""
    row = await connection.fetchrow(_queries.find_row, enrolment.merchant_id, enrolment.enrolment_id, number)
    return _row(row) if row else None


async def row_of_operation(connection: Connection, merchant_id: UUID, operation_id: UUID) -> OfflineRow | None:
    """Return the row of any queue that carries an operation."""
    row = await connection.fetchrow(_queries.row_of_operation, merchant_id, operation_id)
    return _row(row) if row else None


async def insert_row(connection: Connection, row: OfflineRow) -> None:
    """Write one more row."""
    await connection.execute(
        _queries.insert_row,
        row.merchant_id,
        row.enrolment_id,
        row.number,
        row.device_id,
        row.location_id,
        row.operation_id,
        row.body,
        row.signature,
        row.membership_id,
        row.claimed_at,
        row.received_at,
        row.came.value,
        row.late,
        row.state.value,
        row.asked,
        row.taken,
    )


async def settle_row(connection: Connection, row: OfflineRow, state: RowState, taken: int) -> None:
    """Write what became of a row that waited."""
    key = row.merchant_id, row.enrolment_id, row.number
    await connection.execute(_queries.settle_row, *key, state.value, taken)


async def taken_since(connection: Connection, merchant_id: UUID, device_id: UUID, since: datetime) -> int:
    """Return what a device took without a line since a moment."""
    found: int = await connection.fetchval(_queries.taken_since, merchant_id, device_id, since)
    return found


async def taken_late(
    connection: Connection, merchant_id: UUID, device_id: UUID, *, since: datetime | None, until: datetime
) -> LateRows:
    """Return what came of a device between two moments after its day was closed."""
    row = await connection.fetchrow(_queries.taken_late, merchant_id, device_id, since, until)
    assert row is not None
    return LateRows(row["count"], row["sum"])


async def claimed_by(
    connection: Connection, merchant_id: UUID, operation_ids: Collection[UUID]
) -> dict[UUID, UUID | None]:
    """Return which operations were taken without a line, each with whoever touched their name for it."""
    rows = await connection.fetch(_queries.claimed_by, merchant_id, list(operation_ids))
    return {row["operation_id"]: row["membership_id"] for row in rows}


async def erase_said(
    connection: Connection, merchant_id: UUID, *, operation_ids: Collection[UUID], certificate_ids: Collection[UUID]
) -> None:
    """Take out what was said beside redemptions without a line, and beside what was settled of them."""
    await connection.execute(_queries.erase_bodies, merchant_id, list(operation_ids))
    await connection.execute(_queries.erase_reasons, merchant_id, list(certificate_ids))


async def insert_conflict(connection: Connection, one: OfflineConflict) -> None:
    """Write one more thing to settle; what is noted already stays as it is."""
    await connection.execute(
        _queries.insert_conflict,
        one.merchant_id,
        one.conflict_id,
        one.enrolment_id,
        one.device_id,
        one.location_id,
        one.kind.value,
        one.number,
        one.number_to,
        one.certificate_id,
        one.last_four,
        one.currency,
        one.amount,
        one.why,
        one.claimed_at,
        one.noted_at,
    )


async def conflicts(
    connection: Connection, merchant_id: UUID, *, settled_too: bool = False, limit: int = 200
) -> list[OfflineConflict]:
    """Return what is open of a merchant's queues; with `settled_too`, what was settled behind it."""
    return [_conflict(row) for row in await connection.fetch(_queries.conflicts, merchant_id, settled_too, limit)]


async def count_open(connection: Connection, merchant_id: UUID) -> int:
    """Return how many conflicts are open."""
    found: int = await connection.fetchval(_queries.count_open, merchant_id)
    return found


async def count_unverified(connection: Connection, enrolment: Enrolment) -> int:
    """Return how many rows of a queue wait to be settled that cannot be verified."""
    found: int = await connection.fetchval(_queries.count_unverified, enrolment.merchant_id, enrolment.enrolment_id)
    return found


async def verified_after_all(connection: Connection, enrolment: Enrolment, number: int, *, now: datetime) -> bool:
    """Note that a row which could not be verified has come as the device signed it.

    False where somebody has charged it or written it off, so that it is not to be taken as well.
    """
    key = enrolment.merchant_id, enrolment.enrolment_id, number
    return await connection.execute(_queries.verified_after_all, *key, now) != "UPDATE 0"


async def drop_aside(connection: Connection, enrolment: Enrolment, number: int) -> None:
    """Delete a row that was set aside: what its device signed takes its place."""
    await connection.execute(_queries.drop_aside, enrolment.merchant_id, enrolment.enrolment_id, number)


async def locked_conflict(connection: Connection, merchant_id: UUID, conflict_id: UUID) -> OfflineConflict:
    """Return a conflict, which nobody else settles before the transaction ends.

    Raises:
        ConflictUnknown: the merchant has none like that.
    """
    row = await connection.fetchrow(_queries.lock_conflict, merchant_id, conflict_id)
    if row is None:
        raise ConflictUnknown
    return _conflict(row)


async def settle_conflict(
    connection: Connection, one: OfflineConflict, state: ConflictState, *, by: str, reason: str, now: datetime
) -> None:
    """Write how a conflict was settled, and by whom."""
    key = one.merchant_id, one.conflict_id
    await connection.execute(_queries.settle_conflict, *key, state.value, now, by[:160], reason)


async def fill_gap(connection: Connection, enrolment: Enrolment, number: int, *, now: datetime) -> None:
    """Note that a row which was missing has come after all."""
    key = enrolment.merchant_id, enrolment.enrolment_id
    for row in await connection.fetch(_queries.gaps_around, *key, number):
        gap = _conflict(row)
        left = [(one, to) for one, to in ((gap.number, number - 1), (number + 1, gap.number_to)) if one <= to]
        if not left:
            await settle_conflict(connection, gap, ConflictState.CAME, by="", reason="", now=now)
            continue
        await connection.execute(_queries.narrow_gap, gap.merchant_id, gap.conflict_id, *left[0])
        for first, last in left[1:]:
            rest = {name: getattr(gap, name) for name in gap.__struct_fields__}
            rest |= {"conflict_id": new_id(now), "number": first, "number_to": last}
            await insert_conflict(connection, OfflineConflict(**rest))


def _row(row: Row) -> OfflineRow:
    return OfflineRow(**dict(row) | {"came": RowCame(row["came"]), "state": RowState(row["state"])})


def _conflict(row: Row) -> OfflineConflict:
    return OfflineConflict(**dict(row) | {"kind": ConflictKind(row["kind"]), "state": ConflictState(row["state"])})
