"""The devices table."""

from datetime import datetime, timedelta
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.devices.model import Device, DeviceChange, DeviceKind

_queries = load(__package__)


async def insert(connection: Connection, device: Device, code_digest: bytes) -> bool:
    """Write a new device with its code; False when the merchant has one of that name."""
    written = await connection.fetchval(
        _queries.insert_device,
        device.merchant_id,
        device.device_id,
        device.location_id,
        device.name,
        device.kind.value,
        device.offline_hours_max,
        device.created_at,
        device.code_expires_at,
        code_digest,
        device.lock_minutes,
    )
    return written is not None


async def set_code(connection: Connection, device: Device, code_digest: bytes, *, expires_at: datetime) -> bool:
    """Write another code for a device; False when it was revoked."""
    done = await connection.execute(_queries.set_code, device.merchant_id, device.device_id, code_digest, expires_at)
    return done == "UPDATE 1"


async def enrol(
    connection: Connection,
    merchant_id: UUID,
    code_digest: bytes,
    *,
    key_digest: bytes,
    public_key: bytes | None,
    agent: str,
    address: str,
    now: datetime,
) -> Device | None:
    """Spend a code for a key, and return whose it was; None when it does not count."""
    row = await connection.fetchrow(
        _queries.enrol, merchant_id, code_digest, now, key_digest, agent, public_key, address
    )
    return _device(row) if row else None


async def confirm(connection: Connection, device: Device, now: datetime) -> Device | None:
    """Write that a device may work, and return it; None when it does not wait for that."""
    row = await connection.fetchrow(_queries.confirm, device.merchant_id, device.device_id, now)
    return _device(row) if row else None


async def update(connection: Connection, device: Device, change: DeviceChange) -> Device | None:
    """Change a device and return it; None when it was revoked, or another one has the name."""
    row = await connection.fetchrow(
        _queries.update_device,
        device.merchant_id,
        device.device_id,
        change.name,
        change.kind.value if change.kind else None,
        change.offline_hours_max,
        change.location_id,
        change.lock_minutes,
    )
    return _device(row) if row else None


async def revoke(connection: Connection, device: Device, now: datetime) -> bool:
    """Write that a device has ended; False when it had before."""
    return await connection.execute(_queries.revoke, device.merchant_id, device.device_id, now) == "UPDATE 1"


async def longest_offline(connection: Connection, merchant_id: UUID) -> timedelta:
    """Return the longest that a device of a merchant's may work without a line."""
    return timedelta(hours=await connection.fetchval(_queries.offline_hours, merchant_id) or 0)


async def devices(connection: Connection, merchant_id: UUID) -> list[Device]:
    """Return a merchant's devices, by name; those that were revoked last."""
    return [_device(row) for row in await connection.fetch(_queries.devices, merchant_id)]


async def by_key(
    connection: Connection, merchant_id: UUID, key_digest: bytes, *, waiting_too: bool = False
) -> Device | None:
    """Return the live device that a key belongs to; one that nobody has confirmed yet only when asked for."""
    query = _queries.by_key_waiting_too if waiting_too else _queries.by_key
    row = await connection.fetchrow(query, merchant_id, key_digest)
    return _device(row) if row else None


async def see(
    connection: Connection, device: Device, *, now: datetime, unless_since: datetime, refreshed_at: datetime | None
) -> None:
    """Write when a device was last seen, unless that is known since a moment, and as of when its book is."""
    await connection.execute(_queries.see, device.merchant_id, device.device_id, now, refreshed_at, unless_since)


async def works_at(connection: Connection, merchant_id: UUID, location_id: UUID) -> bool:
    """Return whether a device that was not revoked belongs to a location."""
    return bool(await connection.fetchval(_queries.works_at, merchant_id, location_id))


def _device(row: Row) -> Device:
    return Device(**dict(row) | {"kind": DeviceKind(row["kind"])})
