"""From what a caller names, a location or a device, to where something happens."""

from datetime import datetime
from uuid import UUID

from largesse.domain import devices, locations
from largesse.domain.devices import DeviceNotLive, DeviceRevoked, DeviceState
from largesse.ledger import EntryMode
from largesse.services.certificates.dependencies import SpotDependencies
from largesse.services.certificates.requests import Spot


async def spot_of(
    deps: SpotDependencies,
    merchant_id: UUID,
    *,
    location: str | None = None,
    device: str | None = None,
    entry_mode: EntryMode | None = None,
    now: datetime,
) -> Spot:
    """Return where something happens at a merchant's: at a location, by code or id, or where a device belongs.

    With neither it is the merchant's home, which the books know. Of a device, by name or id, its location counts.

    Raises:
        LocationUnknown, DeviceUnknown: the merchant has none of that name.
        LocationClosed: it is closed.
        DeviceNotLive, DeviceRevoked: nothing happens on that device.
    """
    if location is None and device is None:
        return Spot(entry_mode=entry_mode)
    async with deps.database.connection() as connection:
        if device is None:
            location_id = (await locations.find_location(connection, merchant_id, location or "")).location_id
            device_id = None
        else:
            found = await devices.find_device(connection, merchant_id, device)
            if found.state is DeviceState.REVOKED:
                raise DeviceRevoked
            if found.state is not DeviceState.LIVE:
                raise DeviceNotLive
            location_id, device_id = found.location_id, found.device_id
    where = await deps.locator.where(merchant_id, location_id, now=now)
    return Spot(where=where, device_id=device_id, entry_mode=entry_mode)
