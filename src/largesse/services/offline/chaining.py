"""Whether the rows of a queue carry on each other without a gap."""

from collections.abc import Callable
from typing import Any

from largesse.db import Connection
from largesse.domain import offline
from largesse.domain.offline import ConflictKind, Enrolment, OfflineConflict, QueueRow, SignedRow

MakeConflict = Callable[..., OfflineConflict]


async def chain_up(connection: Connection, enrolment: Enrolment, row: QueueRow, conflict: MakeConflict) -> None:
    """Carry a queue on with a row that was just written, and with those behind it that had come before it.

    Rows that are missing before it are noted, and a row that does not carry on the one before it.
    """
    if row.number <= enrolment.last_number:
        return
    ahead = await offline.rows_after(connection, enrolment, enrolment.last_number)
    if row.number > enrolment.last_number + 1:
        have = {number for number, _ in ahead}
        for first, last in missing_runs(enrolment.last_number + 1, row.number, have):
            await offline.insert_conflict(connection, conflict(ConflictKind.GAP, number=first, number_to=last))
    await carry_on_over(connection, enrolment, enrolment.last_number, enrolment.last_hash, conflict)


async def carry_on_over(
    connection: Connection, enrolment: Enrolment, last: int, last_hash: bytes, conflict: MakeConflict | None
) -> None:
    """Carry a queue on from a number as far as its rows have come without a gap.

    Without a way to make a `conflict`, what does not carry on is taken as it is.
    """
    at, body_hash = last, last_hash
    while found := [one for one in await offline.rows_after(connection, enrolment, at) if one[0] > at]:
        moved = False
        for number, text in found:
            if number != at + 1:
                break
            row = offline.read_row(SignedRow(body=text, signature="")) if text else None  # "" where it was erased
            if conflict is not None and row is not None and not offline.carries_on(row, body_hash):
                given: dict[str, Any] = {"number": number, "number_to": number}
                await offline.insert_conflict(connection, conflict(ConflictKind.CHAIN, **given))
            at, body_hash, moved = number, offline.hash_of(text), True
        if not moved:
            break
    if at != enrolment.last_number:
        await offline.carry_on(connection, enrolment, at, body_hash)


def missing_runs(first: int, until: int, have: set[int]) -> list[tuple[int, int]]:
    """Return the runs of numbers from `first` up to `until` that are not there."""
    runs, at = list[tuple[int, int]](), first
    for number in sorted(one for one in have if first <= one < until):
        if number > at:
            runs.append((at, number - 1))
        at = number + 1
    return [*runs, (at, until - 1)] if at < until else runs
