"""What the journal knows of a counter: what was done on a device, and what is set aside at a location."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.ledger.model import Entry, Hold, HoldStatus, Kind
from largesse.ledger.rows import entry_of

_SQL = load(__package__, "at_counters.sql")

TABS_MAX = 200


class PlacedHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold with who placed it, what they said beside it, and the currency that it is in."""

    hold: Hold
    actor: str
    memo: str | None
    currency: str


async def rows_of_operations(
    connection: Connection, merchant_id: UUID, operation_ids: Collection[UUID]
) -> dict[UUID, list[Entry]]:
    """Return the journal rows of operations, each in its order, with what was said beside them."""
    found: dict[UUID, list[Entry]] = {}
    for row in await connection.fetch(_SQL.rows_of_operations, merchant_id, list(operation_ids)):
        found.setdefault(row["operation_id"], []).append(entry_of(row))
    return found


async def acts_at(
    connection: Connection,
    merchant_id: UUID,
    *,
    location_id: UUID,
    device_id: UUID | None,
    actor: str,
    kinds: Collection[Kind],
    since: datetime,
    limit: int,
) -> list[UUID]:
    """Return the latest operations of a device at a location or, without one, of a person, the newest first."""
    words = [kind.value for kind in kinds]
    rows = await connection.fetch(_SQL.acts_at, merchant_id, since, words, location_id, device_id, actor, limit)
    return [row["operation_id"] for row in rows]


async def undone_among(connection: Connection, merchant_id: UUID, operation_ids: Collection[UUID]) -> set[UUID]:
    """Return which redemptions among operations were undone."""
    return {row["refers_to"] for row in await connection.fetch(_SQL.undone_among, merchant_id, list(operation_ids))}


async def last_rows(
    connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID], kinds: Collection[Kind]
) -> dict[UUID, int]:
    """Return the number of the last row of some kinds, for each certificate that has one."""
    words = [kind.value for kind in kinds]
    rows = await connection.fetch(_SQL.last_rows, merchant_id, list(certificate_ids), words)
    return {row["subject_id"]: row["seq"] for row in rows}


async def holds_at(connection: Connection, merchant_id: UUID, location_id: UUID) -> list[PlacedHold]:
    """Return what is set aside at a location, the oldest first."""
    return _placed(await connection.fetch(_SQL.holds_at, merchant_id, location_id, TABS_MAX))


async def lapsed_at(
    connection: Connection, merchant_id: UUID, location_id: UUID, *, since: datetime
) -> list[PlacedHold]:
    """Return what was set aside at a location, let go by itself since a moment, and not used by anybody."""
    return _placed(await connection.fetch(_SQL.lapsed_at, merchant_id, location_id, since, TABS_MAX))


def _placed(rows: Sequence[Row]) -> list[PlacedHold]:
    fields = Hold.__struct_fields__
    return [
        PlacedHold(
            hold=Hold(**{name: row[name] for name in fields} | {"status": HoldStatus(row["status"])}),
            actor=row["actor"],
            memo=row["memo"],
            currency=row["currency"],
        )
        for row in rows
    ]
