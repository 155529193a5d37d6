"""`/admin/{slug}/devices`: what people work with at the counter; invite, confirm, change, revoke."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from largesse.db import Connection
from largesse.domain import devices, locations
from largesse.domain.devices import (
    LOCK_MINUTES_MAX,
    Device,
    DeviceChange,
    DeviceInvalid,
    DeviceKind,
    DeviceNotWaiting,
    DeviceRevoked,
    DeviceState,
    DeviceTaken,
    DeviceUnknown,
)
from largesse.domain.locations import Location, LocationClosed, LocationUnknown
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.kernel import free_text
from largesse.kernel.clock import zone
from largesse.kernel.errors import InvalidInput, LargesseError
from largesse.services import merchants as services
from largesse.ui import Voice, choose_one, qr_svg
from largesse.web.choices import CHOICE_UNKNOWN, ChoiceUnknown, chosen
from largesse.web.forms import whole_number
from largesse.web.responses import see_other

DEVICES: Final = "/admin/{slug:str}/devices"
_BACK: Final = "/admin/{slug}/devices"
_DONE: Final = frozenset({"closed", "confirmed", "changed", "revoked"})
_QUIET_FOR: Final = timedelta(hours=24)
_HOURS: Final = (4, 8, 12, 24, 48, 72)
_LOCKS: Final = (0, 1, 2, 3, 5, 10, LOCK_MINUTES_MAX)


class ShownDevicePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A device, as the page lists it; `seen` is when it was last heard of, `quiet` whether that is long ago."""

    device_id: str
    name: str
    kind: str
    state: str
    location_id: str
    place: str
    agent: str
    address: str
    has_key: bool
    lock_minutes: int
    offline_hours: int
    seen: str
    quiet: bool


class NewCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is shown once: for which device, and where it is typed or scanned."""

    name: str
    code: str
    address: str
    picture: Markup


class DevicePages:
    """Answer about a merchant's devices."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        done = caller.request.query_params.get("done", "")
        return await self._page(caller, done=done if done in _DONE else "")

    async def invite(self, caller: Caller) -> Answer:
        """Create a device, and show its code once."""
        assert caller.merchant is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        try:
            async with self._deps.database.transaction() as connection:
                place = await self._place(connection, caller)
                device, code = await services.invite_device(
                    connection, place, _change(caller), actor=caller.manager.actor, now=now
                )
        except (ChoiceUnknown, DeviceInvalid, DeviceTaken, LocationUnknown, LocationClosed) as refused:
            return await self._page(caller, errors=_errors(refused, voice), status=422)
        return await self._page(caller, new=self._code(caller, device, code))

    async def again(self, caller: Caller) -> Answer:
        """Make another code for a device, and show it once."""
        try:
            async with self._deps.database.transaction() as connection:
                device = await self._chosen(connection, caller)
                device, code = await services.invite_again(
                    connection, device, actor=caller.manager.actor, now=self._deps.clock.now()
                )
        except (DeviceUnknown, DeviceRevoked) as refused:
            return await self._refused(caller, refused)
        return await self._page(caller, new=self._code(caller, device, code))

    async def confirm(self, caller: Caller) -> Answer:
        """Let a device work: it is the one that was meant."""
        try:
            async with self._deps.database.transaction() as connection:
                device = await self._chosen(connection, caller)
                await services.confirm_device(
                    connection, device, actor=caller.manager.actor, now=self._deps.clock.now()
                )
        except (DeviceUnknown, DeviceNotWaiting) as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "confirmed")

    async def change(self, caller: Caller) -> Answer:
        """Give a device another name, another place, or another time until it locks."""
        now = self._deps.clock.now()
        try:
            async with self._deps.database.transaction() as connection:
                device, place = await self._chosen(connection, caller), await self._place(connection, caller)
                changed = await services.change_device(
                    connection, device, _change(caller), actor=caller.manager.actor, now=now
                )
                if place.location_id != device.location_id:
                    await services.move_device(connection, changed, place, actor=caller.manager.actor, now=now)
        except ChoiceUnknown:
            return await self._page(caller, problem=choose_one(self._front.voice(caller)), status=422)
        except (DeviceInvalid, DeviceTaken, DeviceUnknown, DeviceRevoked, LocationUnknown, LocationClosed) as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "changed")

    async def revoke(self, caller: Caller) -> Answer:
        """End a device for good."""
        try:
            async with self._deps.database.transaction() as connection:
                device = await self._chosen(connection, caller)
                await services.revoke_device(connection, device, actor=caller.manager.actor, now=self._deps.clock.now())
        except DeviceUnknown as refused:
            return await self._refused(caller, refused)
        return self._back(caller, "revoked")

    async def _chosen(self, connection: Connection, caller: Caller) -> Device:
        assert caller.merchant is not None
        return await devices.find_device(
            connection, caller.merchant.merchant_id, caller.fields.get("device", "")[:TYPED_MAX]
        )

    async def _place(self, connection: Connection, caller: Caller) -> Location:
        assert caller.merchant is not None
        return await locations.find_location(
            connection, caller.merchant.merchant_id, caller.fields.get("location", "")[:TYPED_MAX]
        )

    def _code(self, caller: Caller, device: Device, code: str) -> NewCode:
        assert caller.merchant is not None
        address = f"{self._deps.base_url}/counter/{caller.merchant.slug}/enrol"
        # In the fragment, which a browser sends to nobody.
        picture = Markup(qr_svg(f"{address}#{code}"))  # noqa: S704 - drawn here, of digits and lines
        return NewCode(name=device.name, code=code, address=address, picture=picture)

    def _back(self, caller: Caller, done: str) -> Answer:
        assert caller.merchant is not None
        return see_other(_BACK.format(slug=caller.merchant.slug) + f"?done={done}")

    async def _refused(self, caller: Caller, refused: LargesseError) -> Answer:
        problem = " ".join(_errors(refused, self._front.voice(caller)).values())
        return await self._page(caller, problem=problem, status=409)

    async def _page(
        self,
        caller: Caller,
        *,
        errors: dict[str, str] | None = None,
        new: NewCode | None = None,
        done: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, now = self._front.voice(caller), self._deps.clock.now()
        async with self._deps.database.connection() as connection:
            found = await devices.devices(connection, merchant.merchant_id)
            places = await locations.locations(connection, merchant.merchant_id)
        names = {one.location_id: one.name for one in places}
        here, fields = _BACK.format(slug=merchant.slug), caller.fields if errors else {}
        values = {
            "here": here,
            "closings": f"/admin/{merchant.slug}/reports/closings",
            "new": new,
            "errors": errors or {},
            "done": done,
            "problem": problem,
            "manages": may(authority.role, Act.DEVICES_EDIT),
            "devices": [
                self._shown(one, names[one.location_id], voice, now, merchant.time_zone)
                for one in found
                if one.state is not DeviceState.REVOKED
            ],
            "revoked": [one.name for one in found if one.state is DeviceState.REVOKED],
            "places": [(str(one.location_id), one.name) for one in places if one.archived_at is None],
            "kinds": [
                (DeviceKind.TILL.value, voice.t("stands in one place")),
                (DeviceKind.HANDHELD.value, voice.t("is carried about")),
            ],
            "locks": [(str(one), _lock_name(one, voice)) for one in _LOCKS],
            "hours": [
                ("0", voice.t("no")),
                *((str(one), voice.n("for {count} hour", "for {count} hours", one)) for one in _HOURS),
            ],
            "offline": f"{here}/offline",
            "name": fields.get("name", ""),
        }
        return await self._front.page(caller, "devices.html", values, status=status, here=here)

    def _shown(self, one: Device, place: str, voice: Voice, now: datetime, time_zone: str) -> ShownDevicePlace:
        seen = voice.moment(one.seen_at, zone=zone(time_zone), now=now) if one.seen_at else ""
        return ShownDevicePlace(
            device_id=str(one.device_id),
            name=one.name,
            kind=one.kind.value,
            state=one.state.value,
            location_id=str(one.location_id),
            place=place,
            agent=one.agent,
            address=one.address,
            has_key=one.public_key is not None,
            lock_minutes=one.lock_minutes,
            offline_hours=one.offline_hours_max,
            seen=seen,
            quiet=one.state is DeviceState.LIVE and (one.seen_at is None or one.seen_at < now - _QUIET_FOR),
        )


def device_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a merchant's devices."""
    pages = DevicePages(front)
    edit = for_act(Act.DEVICES_EDIT, back=_BACK)
    return [
        front.route("GET", DEVICES, for_act(Act.SETTINGS_READ), pages.show),
        front.route("POST", f"{DEVICES}/invite", edit, pages.invite),
        front.route("POST", f"{DEVICES}/again", edit, pages.again),
        front.route("POST", f"{DEVICES}/confirm", edit, pages.confirm),
        front.route("POST", f"{DEVICES}/change", edit, pages.change),
        front.route("POST", f"{DEVICES}/revoke", edit, pages.revoke),
    ]


def _change(caller: Caller) -> DeviceChange:
    fields = caller.fields
    return DeviceChange(
        name=free_text.one_line(fields.get("name", "")[:TYPED_MAX]),
        kind=chosen(fields, "kind", DeviceKind) if fields.get("kind") else None,
        lock_minutes=_number(fields, "lock_minutes"),
        offline_hours_max=_number(fields, "offline_hours_max"),
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    """Return a number that one of the choices is; which ones may be, the device says.

    Raises:
        ChoiceUnknown: it is no number.
    """
    said = fields.get(name, "")
    found = whole_number(said)
    if said and found is None:
        raise ChoiceUnknown(name)
    return found


def _lock_name(minutes: int, voice: Voice) -> str:
    if not minutes:
        return voice.t("before each act")
    return voice.n("after {count} minute", "after {count} minutes", minutes)


def _errors(refused: LargesseError, voice: Voice) -> dict[str, str]:
    said = {
        CHOICE_UNKNOWN: choose_one(voice),
        "device.name.invalid": voice.t("Give the device a name of 1 to 60 characters, such as Bar left."),
        "device.taken": voice.t("Another device has that name."),
        "device.revoked": voice.t("This device was revoked, for good."),
        "device.not_waiting": voice.t("This device does not wait to be confirmed: type its code on it first."),
        "location.closed": voice.t("This location is closed. Choose another one."),
    }
    otherwise = voice.t("That has changed meanwhile. Look at the list again.")
    if isinstance(refused, InvalidInput) and refused.fields:
        return {one.field: said.get(one.code, one.message) for one in refused.fields}
    field = "location" if refused.code.startswith("location") else "name"
    return {field: said.get(refused.code, otherwise)}
