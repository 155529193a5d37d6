"""Which certificates a row of a queue is about, and who touched their name for it."""

import asyncio
import hmac
import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain import staff
from largesse.domain.certificates import NumberRow, open_number
from largesse.domain.devices import Device
from largesse.domain.offline import QueuePart, QueueRow, mac_of
from largesse.kernel.sealing import Keyring
from largesse.services.offline.book import BookKey, book_keys, number_of
from largesse.services.offline.dependencies import OfflineDependencies

KNOWN_FOR: Final = timedelta(hours=12)
"""Whoever unlocked a device within that time may go on without a line by touching their name."""
_CLAIMED: Final = "claimed:"
_views = load(__package__, "views.sql")


async def certificates_of(
    deps: OfflineDependencies, merchant_id: UUID, row: QueueRow
) -> list[tuple[UUID | None, QueuePart]]:
    """Return the parts of a row, each with its certificate; None where nobody has shown that they had its number.

    A device knows no certificate by name, and sends no number: its last symbols lead to a few, and the HMAC of one of
    them under the key of the device's book is what it was shown.
    """
    keys, found = book_keys(deps.keyring, merchant_id, row.enrolment), list[tuple[UUID | None, QueuePart]]()
    for part in row.parts:
        async with deps.database.connection() as connection:
            rows = await connection.fetch(_views.numbers_that_end, merchant_id, read_as(part.last_four))
        numbers = [number_of(one) for one in rows]
        found.append((await asyncio.to_thread(_shown, deps.keyring, keys, numbers, part.mac_bytes), part))
    return found


def read_as(symbols: str) -> list[str]:
    """Return how the last symbols of a number may stand in it that somebody typed: O or 0, I or L or 1. Pure."""
    alike = {"0": "0O", "O": "0O", "1": "1IL", "I": "1IL", "L": "1IL"}
    return ["".join(one) for one in itertools.product(*(alike.get(symbol, symbol) for symbol in symbols.upper()))]


def _shown(keyring: Keyring, keys: Sequence[BookKey], numbers: Sequence[NumberRow], mac: bytes) -> UUID | None:
    for one in numbers:
        number = open_number(keyring, one)
        if any(hmac.compare_digest(mac_of(key.key, number), mac) for key in keys):
            return one.certificate_id
    return None


async def claimed_actor(
    connection: Connection, device: Device, who: UUID | None, *, claimed_at: datetime
) -> tuple[str, bool]:
    """Return whom the journal names for what somebody took without a line, and whether they could have been known.

    Nobody has typed a PIN, so it is `claimed:` before the person.
    """
    for membership, _ in await staff.members(connection, device.merchant_id) if who is not None else ():
        if membership.membership_id == who:
            since = claimed_at - KNOWN_FOR
            stood: bool = await connection.fetchval(
                _views.stood_there, device.merchant_id, device.device_id, who, since, claimed_at
            )
            return f"{_CLAIMED}{membership.person_id}", stood
    return f"device:{device.device_id}", False
