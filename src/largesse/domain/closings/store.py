"""The closings table, which is only added to."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.closings.errors import ClosingUnknown
from largesse.domain.closings.model import Closing, ClosingLine

_queries = load(__package__)
_LINES = msgspec.json.Decoder(tuple[ClosingLine, ...])
_ENCODER = msgspec.json.Encoder()


async def insert_closing(connection: Connection, closing: Closing) -> None:
    """Write down a close. Whoever makes one holds the merchant's books, so that its number is the next."""
    await connection.execute(
        _queries.insert_closing,
        closing.merchant_id,
        closing.device_id,
        closing.number,
        closing.operation_id,
        closing.fingerprint,
        closing.location_id,
        closing.booked_on,
        closing.since,
        closing.cut,
        closing.currency,
        closing.opening,
        closing.expected,
        closing.counted,
        closing.terminal_expected,
        closing.terminal_counted,
        closing.reason,
        closing.from_office,
        closing.actor,
        _ENCODER.encode(closing.totals).decode(),
        closing.made_at,
    )


async def last_closing(connection: Connection, merchant_id: UUID, device_id: UUID) -> Closing | None:
    """Return the last close of a device, None where it never was closed."""
    row = await connection.fetchrow(_queries.last_closing, merchant_id, device_id)
    return _closing(row) if row else None


async def last_cuts(connection: Connection, merchant_id: UUID) -> dict[UUID, datetime]:
    """Return up to which moment the last close of each device took in what was recorded on it."""
    return {row["device_id"]: row["cut"] for row in await connection.fetch(_queries.last_cuts, merchant_id)}


async def closed_between(
    connection: Connection, merchant_id: UUID, *, since: date | None, until: date | None
) -> list[tuple[UUID, datetime]]:
    """Return which devices were closed when, of the business days from `since` and before `until`."""
    rows = await connection.fetch(_queries.closed_between, merchant_id, since, until)
    return [(row["device_id"], row["made_at"]) for row in rows]


async def find_closing(connection: Connection, merchant_id: UUID, device_id: UUID, number: int) -> Closing:
    """Return a close of a device.

    Raises:
        ClosingUnknown: it has none of that number.
    """
    row = await connection.fetchrow(_queries.find_closing, merchant_id, device_id, number)
    if row is None:
        raise ClosingUnknown
    return _closing(row)


async def closing_of_operation(connection: Connection, merchant_id: UUID, operation_id: UUID) -> Closing | None:
    """Return the close that an operation made, None where it made none."""
    row = await connection.fetchrow(_queries.closing_of_operation, merchant_id, operation_id)
    return _closing(row) if row else None


async def closings_of_device(
    connection: Connection, merchant_id: UUID, device_id: UUID, *, before: int | None = None, limit: int = 50
) -> list[Closing]:
    """Return closes of a device, the newest first; only those with a number before `before`."""
    rows = await connection.fetch(_queries.closings_of_device, merchant_id, device_id, before, limit)
    return [_closing(row) for row in rows]


async def closings_of_merchant(
    connection: Connection, merchant_id: UUID, *, device_id: UUID | None = None, before: UUID | None = None, limit: int
) -> list[Closing]:
    """Return closes of all devices of a merchant, or of one, the newest first; only those before an operation's."""
    rows = await connection.fetch(_queries.closings_of_merchant, merchant_id, device_id, before, limit)
    return [_closing(row) for row in rows]


def _closing(row: Row) -> Closing:
    values: dict[str, Any] = dict(row)
    return Closing(**values | {"totals": _LINES.decode(row["totals"])})
