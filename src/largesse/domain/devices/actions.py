"""What can be done with devices: invite, enrol, confirm, change, revoke; and knowing one by its key.

An invitation makes a code that works once, for ten minutes. Typed on the device, it gives it a key, and the device
waits until somebody who sees it confirms that it is the one that was meant. A device whose memory was cleared is given
another code; until that is used, the key it had goes on counting.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.devices import store
from largesse.domain.devices.errors import (
    CodeRefused,
    DeviceInvalid,
    DeviceNotWaiting,
    DeviceRefused,
    DeviceRevoked,
    DeviceTaken,
    DeviceUnknown,
)
from largesse.domain.devices.model import (
    ADDRESS_LENGTH_MAX,
    AGENT_LENGTH_MAX,
    CODE_GOOD_FOR,
    LOCK_MINUTES,
    LOCK_MINUTES_MAX,
    NAME_LENGTH_MAX,
    OFFLINE_HOURS_MAX,
    SEEN_EVERY,
    Device,
    DeviceChange,
    DeviceKind,
)
from largesse.domain.devices.secrets import digest_of_code, digest_of_key, new_code, new_key
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id


async def invite_device(
    connection: Connection,
    merchant_id: UUID,
    location_id: UUID,
    details: DeviceChange,
    *,
    good_for: timedelta = CODE_GOOD_FOR,
    device_id: UUID | None = None,
    now: datetime,
) -> tuple[Device, str]:
    """Create a device of a location, and return it with the code to type on it, which is kept nowhere.

    The code is `good_for` ten minutes, in a demo longer.

    Raises:
        DeviceInvalid: some of its details cannot stand; every one is named.
        DeviceTaken: the merchant has one of that name.
    """
    details = msgspec.structs.replace(details, name=details.name or "")
    _refuse(_faults(details))
    code = new_code()
    device = Device(
        merchant_id=merchant_id,
        device_id=device_id or new_id(now),
        location_id=location_id,
        name=(details.name or "").strip(),
        kind=details.kind or DeviceKind.TILL,
        offline_hours_max=details.offline_hours_max or 0,
        created_at=now,
        code_expires_at=now + good_for,
        lock_minutes=LOCK_MINUTES if details.lock_minutes is None else details.lock_minutes,
    )
    if not await store.insert(connection, device, digest_of_code(merchant_id, code)):
        raise DeviceTaken
    return device, code


async def invite_again(
    connection: Connection, device: Device, *, good_for: timedelta = CODE_GOOD_FOR, now: datetime
) -> tuple[Device, str]:
    """Return a device with another code to type on it; the code before counts no more.

    Raises:
        DeviceRevoked: it was revoked.
    """
    code, expires_at = new_code(), now + good_for
    if not await store.set_code(connection, device, digest_of_code(device.merchant_id, code), expires_at=expires_at):
        raise DeviceRevoked
    return msgspec.structs.replace(device, code_expires_at=expires_at), code


async def enrol_device(
    connection: Connection,
    merchant_id: UUID,
    code: str,
    *,
    agent: str,
    address: str = "",
    public_key: bytes | None = None,
    now: datetime,
) -> tuple[Device, str]:
    """Spend a code, and return its device with the key that it speaks with from now on, which is kept nowhere.

    The device waits to be confirmed. `agent` is what it calls itself and `address` where it is, for
    whoever confirms it. `public_key` is that of the key pair which its browser made.

    Raises:
        CodeRefused: the code is wrong, was used, or is too old.
    """
    key = new_key()
    device = await store.enrol(
        connection,
        merchant_id,
        digest_of_code(merchant_id, code),
        key_digest=digest_of_key(key),
        public_key=public_key,
        agent=free_text.shortened(free_text.one_line(agent), AGENT_LENGTH_MAX),
        address=address[:ADDRESS_LENGTH_MAX],
        now=now,
    )
    if device is None:
        raise CodeRefused
    return device, key


async def confirm_device(connection: Connection, device: Device, *, now: datetime) -> Device:
    """Let a device work that was enrolled, and return it.

    Raises:
        DeviceNotWaiting: it was not enrolled, or was confirmed, or revoked.
    """
    confirmed = await store.confirm(connection, device, now)
    if confirmed is None:
        raise DeviceNotWaiting
    return confirmed


async def change_device(connection: Connection, device: Device, change: DeviceChange) -> Device:
    """Change a device and return it as it is now. What is moved keeps its key.

    Raises:
        DeviceInvalid: some of it cannot stand.
        DeviceRevoked: it was revoked.
        DeviceTaken: the merchant has another one of that name.
    """
    _refuse(_faults(change))
    if change.name is not None:
        change = msgspec.structs.replace(change, name=change.name.strip())
    changed = await store.update(connection, device, change)
    if changed is not None:
        return changed
    now = await find_device(connection, device.merchant_id, str(device.device_id))
    raise DeviceTaken if now.revoked_at is None else DeviceRevoked


async def find_device(connection: Connection, merchant_id: UUID, name_or_id: str) -> Device:
    """Return the device of a name, in any case, or an id; one that was revoked only where no other has the name.

    Raises:
        DeviceUnknown: the merchant has none.
    """
    wanted = name_or_id.strip().lower()
    for device in await store.devices(connection, merchant_id):
        if wanted in {device.name.lower(), str(device.device_id)}:
            return device
    raise DeviceUnknown


async def enrolled_device(connection: Connection, merchant_id: UUID, key: str) -> Device | None:
    """Return the device that speaks with a key, also while it waits to be confirmed; None where there is none."""
    return await store.by_key(connection, merchant_id, digest_of_key(key), waiting_too=True)


async def note_seen(connection: Connection, device: Device, *, now: datetime) -> None:
    """Take note that a device was heard of."""
    if device.seen_at is None or device.seen_at <= now - SEEN_EVERY:
        await store.see(connection, device, now=now, unless_since=now - SEEN_EVERY, refreshed_at=None)


async def note_refreshed(connection: Connection, device: Device, *, as_of: datetime, now: datetime) -> None:
    """Take note that a device was given its book of certificates, as of a moment."""
    await store.see(connection, device, now=now, unless_since=now - SEEN_EVERY, refreshed_at=as_of)


async def device_of_key(
    connection: Connection, merchant_id: UUID, key: str, *, now: datetime, refreshed_at: datetime | None = None
) -> Device:
    """Return the live device that speaks with a key, and take note that it was seen.

    `refreshed_at` is as of when it has just been given its book of certificates.

    Raises:
        DeviceRefused: the key is of no device that may work.
    """
    device = await store.by_key(connection, merchant_id, digest_of_key(key))
    if device is None:
        raise DeviceRefused
    if refreshed_at is not None or device.seen_at is None or device.seen_at <= now - SEEN_EVERY:
        await store.see(connection, device, now=now, unless_since=now - SEEN_EVERY, refreshed_at=refreshed_at)
    return device


def _faults(change: DeviceChange) -> list[FieldError]:
    faults, name, hours, minutes = list[FieldError](), change.name, change.offline_hours_max, change.lock_minutes
    if name is not None and (not name.strip() or len(name) > NAME_LENGTH_MAX or free_text.holds_unseen(name)):
        advice = f"Give the device a name of 1 to {NAME_LENGTH_MAX} characters on one line, such as Bar left."
        faults.append(FieldError("name", "device.name.invalid", advice))
    if hours is not None and not 0 <= hours <= OFFLINE_HOURS_MAX:
        advice = f"Give 0 to {OFFLINE_HOURS_MAX} hours; 0 allows no work without a line."
        faults.append(FieldError("offline_hours_max", "device.offline.range", advice))
    if minutes is not None and not 0 <= minutes <= LOCK_MINUTES_MAX:
        advice = f"Let it lock after 1 to {LOCK_MINUTES_MAX} minutes; 0 asks for the PIN before each act."
        faults.append(FieldError("lock_minutes", "device.lock.range", advice))
    return faults


def _refuse(faults: Sequence[FieldError]) -> None:
    if faults:
        raise DeviceInvalid(fields=faults)
