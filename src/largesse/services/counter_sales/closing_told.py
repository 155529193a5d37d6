"""A close that was written down, read with the names and what came late that its words need."""

from typing import Any
from uuid import UUID

from largesse.db import Connection
from largesse.domain import closings, locations
from largesse.domain.closings import Closing
from largesse.domain.devices import Device
from largesse.domain.locations import Location
from largesse.domain.offline import taken_late
from largesse.services.counter import names_of
from largesse.services.counter_sales.closing_words import closing_words
from largesse.ui import Voice


async def told_closing(connection: Connection, device: Device, number: int, voice: Voice) -> dict[str, Any]:
    """Return what a close of a device says, in words; `location` is where it was.

    Raises:
        ClosingUnknown: it has none of that number.
    """
    found: Closing = await closings.find_closing(connection, device.merchant_id, device.device_id, number)
    names = await names_of(connection, {one.actor for one in found.totals} | {found.actor})
    late = await taken_late(connection, device.merchant_id, device.device_id, since=found.since, until=found.cut)
    location = await _location(connection, device.merchant_id, found.location_id)
    return {**closing_words(found, voice, names, late), "location": location}


async def _location(connection: Connection, merchant_id: UUID, location_id: UUID) -> Location | None:
    there = await locations.locations(connection, merchant_id)
    return next((one for one in there if one.location_id == location_id), None)
