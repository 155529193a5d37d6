"""What a seal covers, in lines of JSON, for whoever checks it without us (docs/check_seal.py)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.ledger import Seal, find_seal, sealed_rows
from largesse.services.capabilities import UsesDatabase

_ENCODER = msgspec.json.Encoder()


async def export_sealed(
    deps: UsesDatabase, merchant_id: UUID, number: int | None, *, write: Callable[[bytes], object]
) -> tuple[Seal, int]:
    """Write a seal, or the newest, and every row that it covers, and return it and how many rows there were.

    Raises:
        SealNotFound: there is none.
    """
    count = 0
    async with (
        deps.database.dedicated() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        seal = await find_seal(connection, merchant_id, number)
        write(sealed_line(msgspec.structs.asdict(seal)))
        async for row in sealed_rows(connection, seal):
            write(sealed_line(row))
            count += 1
    return seal, count


def sealed_line(values: dict[str, Any]) -> bytes:
    """Return a seal or a row as a line of JSON."""
    return _ENCODER.encode({name: _plain(value) for name, value in values.items()}) + b"\n"


def sealed_text(value: object) -> str:
    """Return a value as it stands in a table beside these lines: as there, and nothing where there is none."""
    plain = _plain(value)
    return "" if plain is None else str(plain)


def _plain(value: object) -> object:
    """Return a value as JSON holds it: whole numbers, ids, days and words as they are, moments to the microsecond."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value
