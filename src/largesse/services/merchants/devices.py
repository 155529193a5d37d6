"""Devices at the locations of a merchant: whatever lets one in, moves or ends it is written to the audit log."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import devices, locations, staff
from largesse.domain.devices import Device, DeviceChange
from largesse.domain.locations import Location, LocationClosed
from largesse.domain.staff import Audited


async def invite_device(
    connection: Connection,
    location: Location,
    details: DeviceChange,
    *,
    device_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> tuple[Device, str]:
    """Create a device of an open location, and return it with the code to type on it, which is kept nowhere.

    `device_id` is its id where the caller knows one.

    Raises:
        DeviceInvalid: some of its details cannot stand.
        DeviceTaken: the merchant has one of that name.
        LocationClosed: the location is closed.
    """
    await _refuse_closed(connection, location)
    device, code = await devices.invite_device(
        connection, location.merchant_id, location.location_id, details, device_id=device_id, now=now
    )
    await _record(connection, device, Audited.DEVICE_INVITED, actor=actor, now=now)
    return device, code


async def invite_again(connection: Connection, device: Device, *, actor: str, now: datetime) -> tuple[Device, str]:
    """Return a device with another code to type on it.

    Raises:
        DeviceRevoked: it was revoked.
    """
    device, code = await devices.invite_again(connection, device, now=now)
    await _record(connection, device, Audited.DEVICE_INVITED, actor=actor, now=now)
    return device, code


async def confirm_device(connection: Connection, device: Device, *, actor: str, now: datetime) -> Device:
    """Let a device work that was enrolled, and return it.

    Raises:
        DeviceNotWaiting: nobody waits for that.
    """
    confirmed = await devices.confirm_device(connection, device, now=now)
    await _record(connection, device, Audited.DEVICE_CONFIRMED, actor=actor, now=now)
    return confirmed


async def change_device(
    connection: Connection, device: Device, change: DeviceChange, *, actor: str, now: datetime
) -> Device:
    """Change a device and return it; how long it may work without a line is written to the audit log.

    Raises:
        DeviceInvalid, DeviceRevoked, DeviceTaken: as `devices.change_device`.
    """
    changed = await devices.change_device(connection, device, change)
    if changed.offline_hours_max != device.offline_hours_max:
        reason = f"{changed.name}: {changed.offline_hours_max} h"
        await _record(connection, changed, Audited.OFFLINE_CHANGED, actor=actor, reason=reason, now=now)
    return changed


async def move_device(
    connection: Connection, device: Device, location: Location, *, actor: str, now: datetime
) -> Device:
    """Move a device to another location, which it keeps its key for, and return it.

    Raises:
        DeviceRevoked: it was revoked.
        LocationClosed: the location is closed.
    """
    await _refuse_closed(connection, location)
    before = await locations.find_location(connection, device.merchant_id, str(device.location_id))
    moved = await devices.change_device(connection, device, DeviceChange(location_id=location.location_id))
    reason = f"from {before.code} to {location.code}"
    await _record(connection, device, Audited.DEVICE_MOVED, actor=actor, reason=reason, now=now)
    return moved


async def revoke_device(connection: Connection, device: Device, *, actor: str, now: datetime) -> Device:
    """End a device for good, and return it; once revoked, it stays as it is."""
    if await devices.revoke(connection, device, now):
        await _record(connection, device, Audited.DEVICE_REVOKED, actor=actor, now=now)
    return await devices.find_device(connection, device.merchant_id, str(device.device_id))


async def _refuse_closed(connection: Connection, location: Location) -> None:
    """Refuse a location that is closed, and keep it from being closed until the transaction ends."""
    await locations.lock(connection, location.merchant_id)
    found = await locations.find_location(connection, location.merchant_id, str(location.location_id))
    if found.archived_at is not None:
        raise LocationClosed


async def _record(
    connection: Connection, device: Device, action: Audited, *, actor: str, now: datetime, reason: str | None = None
) -> None:
    subject = str(device.device_id)
    await staff.record(connection, device.merchant_id, action, subject=subject, actor=actor, reason=reason, now=now)
