"""What a merchant allows without a line; whatever is changed of it is written to the audit log."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import devices, offline
from largesse.domain.devices import Device, DeviceState
from largesse.domain.merchants import Merchant
from largesse.domain.offline import Enrolment, OfflineRules
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.money import Money
from largesse.services.staff import Manager


class OfflineDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that may work without a line, or did: its queue, where it ever had one, and what it may have taken."""

    device: Device
    enrolment: Enrolment | None = None
    lent: int = 0


async def change_rules(
    connection: Connection, merchant: Merchant, rules: OfflineRules, *, by: Manager, now: datetime
) -> None:
    """Allow a merchant's devices to work without a line, or not; what they were lent before counts until it lapses.

    Raises:
        ActRefused: the role does not allow it.
        OfflineRulesInvalid: it cannot be allowed like that.
    """
    if by.role is not None and not may(by.role, Act.LIMITS):
        raise ActRefused(Act.LIMITS.value)
    offline.check_rules(rules)
    before = await offline.offline_rules(connection, merchant.merchant_id)
    if rules == before:
        return
    await offline.put_rules(connection, rules)
    told = "forbidden"
    if rules.allowed:
        amounts = (rules.per_certificate, rules.per_device_day, rules.over_all)
        told = " / ".join(str(Money(one, merchant.money)) for one in amounts) + f" / {rules.hours_max} h"
    await by.record(connection, merchant, Audited.OFFLINE_CHANGED, merchant.merchant_id, told, now=now)


def works_offline(device: Device, rules: OfflineRules) -> bool:
    """Return whether a device may work without a line: it has a key of its own, and both were allowed."""
    has_key = device.state is DeviceState.LIVE and device.public_key is not None
    return rules.allowed and device.offline_hours_max > 0 and has_key


def hours_of(device: Device, rules: OfflineRules) -> int:
    """Return after how many hours the book of a device is too old."""
    return min(rules.hours_max, device.offline_hours_max)


async def hear_of(connection: Connection, device: Device, *, waiting: int, now: datetime) -> None:
    """Take note of how many rows a device says it has yet to send; nothing, where it never had a book."""
    known = await offline.enrolment_of(connection, device.merchant_id, device.device_id, enrolled_at=device.enrolled_at)
    if known is not None:
        await offline.heard_of(connection, known, waiting=waiting, now=now)


async def offline_devices(connection: Connection, merchant_id: UUID, *, now: datetime) -> list[OfflineDevice]:
    """Return the devices of a merchant that may work without a line, and those whose queue may still come."""
    latest = dict[UUID, Enrolment]()
    for one in await offline.enrolments(connection, merchant_id):
        latest.setdefault(one.device_id, one)
    return [
        OfflineDevice(device=device, enrolment=found, lent=found.lends(now) if found else 0)
        for device in await devices.devices(connection, merchant_id)
        if (found := latest.get(device.device_id)) is not None
        or (device.offline_hours_max and device.state is DeviceState.LIVE)
    ]
