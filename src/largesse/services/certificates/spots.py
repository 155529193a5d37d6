"""From what a caller names, a location or a device, to where something happens."""

from datetime import datetime
from uuid import UUID

from largesse.domain import devices, locations
from largesse.domain.devices import DeviceNotLive, DeviceRevoked, DeviceState
from largesse.domain.locations import LocationClosed
from largesse.kernel.errors import LargesseError
from largesse.ledger import Command, EntryMode, Outcome, fingerprint_of
from largesse.services.certificates.dependencies import CertificateDependencies, SpotDependencies
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

    With neither it is the merchant's home, which the books know. Of a device, by name or id, its location counts. Where
    a location is closed or a device revoked, the spot says so as its `refusal`: what happened there is told again.

    Raises:
        LocationUnknown, DeviceUnknown: the merchant has none of that name.
        DeviceNotLive: nothing has happened on that device yet.
    """
    if location is None and device is None:
        return Spot(entry_mode=entry_mode)
    refusal: LargesseError | None = None
    async with deps.database.connection() as connection:
        if device is None:
            location_id = (await locations.find_location(connection, merchant_id, location or "")).location_id
            device_id = None
        else:
            found = await devices.find_device(connection, merchant_id, device)
            if found.state is DeviceState.REVOKED:
                refusal = DeviceRevoked()
            elif found.state is not DeviceState.LIVE:
                raise DeviceNotLive
            location_id, device_id = found.location_id, found.device_id
    try:
        where = await deps.locator.where(merchant_id, location_id, now=now)
    except LocationClosed as closed:
        where, refusal = await deps.locator.last_known(merchant_id, location_id), refusal or closed
    return Spot(where=where, device_id=device_id, entry_mode=entry_mode, refusal=refusal)


async def submit_at(deps: CertificateDependencies, spot: Spot, command: Command, *, now: datetime) -> Outcome:
    """Return what a command does at a spot, or did there before it was closed.

    Raises:
        LocationClosed, DeviceRevoked: nothing new happens there.
        LargesseError: the ledger refuses it.
    """
    if spot.refusal is None:
        return await deps.ledger.submit(command, now=now)
    async with deps.database.connection() as connection:
        asked = fingerprint_of(command)
        before = await deps.ledger.replayed(connection, command.merchant_id, command.operation_id, fingerprint=asked)
    if before is None:
        raise spot.refusal
    return before
