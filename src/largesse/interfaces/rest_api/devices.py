"""Devices at locations: add one, give it another code, change, move and revoke it. People let it in, as ever."""

from typing import Annotated

import msgspec
from msgspec import Meta

from largesse.db import Connection
from largesse.domain import devices, locations
from largesse.domain.devices import Device, DeviceChange, DeviceKind, DeviceUnknown
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.list_messages import DeviceListed
from largesse.interfaces.rest_api.messages import EmptyBody, NameText
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, command, reading
from largesse.services import merchants as services

_SCOPE = KeyScope.DEVICES_MANAGE
_ONE = "/devices/{device_id}"
LockMinutes = Annotated[
    int,
    Meta(ge=0, le=15, description="Minutes without a touch after which it asks for the PIN; 0: before each act."),
]


class DeviceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device that shall be added. It works once it was enrolled with its code and a manager let it in."""

    name: NameText
    location: Annotated[NameText | None, Meta(description="By code or id; the home location without it.")] = None
    kind: DeviceKind = DeviceKind.TILL
    lock_minutes: LockMinutes | None = None


class DeviceChangeAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    name: NameText | None = None
    kind: DeviceKind | None = None
    lock_minutes: LockMinutes | None = None


class DeviceMoveAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it goes, by code or id. It keeps its key."""

    location: NameText


class DeviceAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A device, and the code to type on it within ten minutes, which is shown this once; none in a rehearsal."""

    device: DeviceListed
    code: str | None


def shown(one: Device) -> DeviceListed:
    """Return a device as lists have it."""
    return DeviceListed(
        device_id=one.device_id,
        location_id=one.location_id,
        name=one.name,
        kind=one.kind.value,
        enrolled_at=one.enrolled_at,
        confirmed_at=one.confirmed_at,
        seen_at=one.seen_at,
        revoked_at=one.revoked_at,
        created_at=one.created_at,
    )


async def _mine(caller: RestCaller, connection: Connection) -> Device:
    """Return the device that the path names.

    Raises:
        DeviceUnknown: the merchant has none of that id.
    """
    return await devices.find_device(connection, caller.merchant.merchant_id, str(caller.ids["device_id"]))


def _answer(one: Device) -> RestAnswer:
    return RestAnswer(value=shown(one), resource_id=one.device_id)


def _coded(caller: RestCaller, one: Device, code: str) -> RestAnswer:
    told = DeviceAdded(device=shown(one), code=None if caller.dry_run else code)
    return RestAnswer(value=told, resource_id=one.device_id)


async def show(caller: RestCaller) -> RestAnswer:
    """Show a device."""
    async with caller.deps.database.connection() as connection:
        return _answer(await _mine(caller, connection))


async def add(caller: RestCaller) -> RestAnswer:
    """Add a device; where somebody died between adding it and telling, it gets another code."""
    asked: DeviceAsked = caller.body
    merchant_id, actor, now = caller.merchant.merchant_id, caller.request.actor, caller.now
    device_id = caller.request.operation_id
    async with caller.deps.transaction() as connection:
        try:
            known = await devices.find_device(connection, merchant_id, str(device_id))
        except DeviceUnknown:
            place = (
                await locations.default_location(connection, merchant_id)
                if asked.location is None
                else await locations.find_location(connection, merchant_id, asked.location)
            )
            details = DeviceChange(name=asked.name, kind=asked.kind, lock_minutes=asked.lock_minutes)
            one, code = await services.invite_device(
                connection, place, details, device_id=device_id, actor=actor, now=now
            )
        else:
            one, code = await services.invite_again(connection, known, actor=actor, now=now)
    return _coded(caller, one, code)


async def code_again(caller: RestCaller) -> RestAnswer:
    """Give a device another code to type on it."""
    async with caller.deps.transaction() as connection:
        one, code = await services.invite_again(
            connection, await _mine(caller, connection), actor=caller.request.actor, now=caller.now
        )
    return _coded(caller, one, code)


async def change(caller: RestCaller) -> RestAnswer:
    """Change a device."""
    asked: DeviceChangeAsked = caller.body
    wanted = DeviceChange(name=asked.name, kind=asked.kind, lock_minutes=asked.lock_minutes)
    async with caller.deps.transaction() as connection:
        one = await _mine(caller, connection)
        changed = await services.change_device(connection, one, wanted, actor=caller.request.actor, now=caller.now)
    return _answer(changed)


async def move(caller: RestCaller) -> RestAnswer:
    """Move a device to another location."""
    asked: DeviceMoveAsked = caller.body
    async with caller.deps.transaction() as connection:
        one = await _mine(caller, connection)
        place = await locations.find_location(connection, caller.merchant.merchant_id, asked.location)
        moved = await services.move_device(connection, one, place, actor=caller.request.actor, now=caller.now)
    return _answer(moved)


async def revoke(caller: RestCaller) -> RestAnswer:
    """End a device for good."""
    async with caller.deps.transaction() as connection:
        one = await _mine(caller, connection)
        ended = await services.revoke_device(connection, one, actor=caller.request.actor, now=caller.now)
    return _answer(ended)


ROUTES: tuple[RestRoute, ...] = (
    reading(
        _ONE, "showDevice", "Show what people work with.", scope=KeyScope.SETTINGS_READ, work=show, gives=DeviceListed,
        tag="Places",
    ),
    command(
        "/devices", "addDevice", "Add a device, and get the code to type on it, shown this once.", scope=_SCOPE,
        work=add, takes=DeviceAsked, gives=DeviceAdded, status=201, tag="Places", keeps=True,
    ),
    command(
        f"{_ONE}/code", "renewDeviceCode", "Give a device another code to type on it, shown this once.", scope=_SCOPE,
        work=code_again, takes=EmptyBody, gives=DeviceAdded, tag="Places", keeps=True,
    ),
    command(
        f"{_ONE}/change", "changeDevice", "Change what a device is called, what it is, and when it locks.",
        scope=_SCOPE, work=change, takes=DeviceChangeAsked, gives=DeviceListed, tag="Places", keeps=True,
    ),
    command(
        f"{_ONE}/move", "moveDevice", "Move a device to another location; it keeps its key.", scope=_SCOPE, work=move,
        takes=DeviceMoveAsked, gives=DeviceListed, tag="Places", keeps=True,
    ),
    command(
        f"{_ONE}/revoke", "revokeDevice", "End a device for good: it does nothing any more.", scope=_SCOPE, work=revoke,
        takes=EmptyBody, gives=DeviceListed, tag="Places", keeps=True,
    ),
)  # fmt: skip
"""The table of devices; they are listed with the other lists."""
