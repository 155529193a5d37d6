"""Days on which a device moved money and which nobody closed."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

from largesse.db import Connection
from largesse.domain import closings, devices, locations
from largesse.domain.devices import Device
from largesse.domain.merchants import Merchant
from largesse.kernel.where import BooksSale
from largesse.ledger import days_unclosed


class OpenDay(NamedTuple):
    """A day of a device of which `operations` moved money that no close took in."""

    device: Device
    day: date
    operations: int


async def open_days(
    connection: Connection,
    merchant: Merchant,
    *,
    since: date | None,
    until: date | None,
    location_id: UUID | None = None,
) -> list[OpenDay]:
    """Return the open days from `since` and before `until`, oldest first; where a till of the merchant's books, none.

    Devices that are revoked count, too: what lay in their drawer was somebody's to count.
    """
    places = await locations.locations(connection, merchant.merchant_id)
    ours = {one.location_id for one in places if one.books_sale is BooksSale.LARGESSE}
    known = {
        one.device_id: one
        for one in await devices.devices(connection, merchant.merchant_id)
        if one.location_id in ours and location_id in (None, one.location_id)
    }
    last = await closings.last_cuts(connection, merchant.merchant_id)
    cuts = {device_id: last.get(device_id) for device_id in known}
    found = await days_unclosed(
        connection, merchant.merchant_id, cuts, since=since or date.min, until=until or date.max
    )
    return [OpenDay(known[device_id], day, count) for device_id, day, count in found]
