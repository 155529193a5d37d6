"""Who works in the demo, and its tills: one person of each role, an enrolled till, and codes for ten more.

What they sign in with is random at the first start, never drawn from a seed, and stands in `demo.json` alone; the
database has what it always has of it. The codes count for a month: whoever tries a demo is not in a hurry.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
import pyotp

from largesse.app.application import Application
from largesse.db import Connection
from largesse.domain import devices, locations, offline, staff
from largesse.domain.devices import Device, DeviceChange, DeviceState
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.offline import OfflineRules
from largesse.domain.staff import Act, MembershipState, Role, may, new_totp_secret
from largesse.domain.tills import PIN_DIGITS_MAX, PinUnfit, check_pin
from largesse.services.tills import set_pin_within

PEOPLE: Final = (
    (Role.OWNER, "Olivia Owner"),
    (Role.MANAGER, "Marco Manager"),
    (Role.CLERK, "Clara Clerk"),
    (Role.BOOKKEEPER, "Ben Bookkeeper"),
    (Role.DEVELOPER, "Dana Developer"),
)
TILL: Final = "Front desk"
CODES: Final = 10
CODES_GOOD_FOR: Final = timedelta(days=30)
_KEPT_WITHIN: Final = timedelta(days=1)
_SPARE: Final = "Till "
_AGENT: Final = "Demo"


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works in the demo, and what they sign in with; `pin` is empty where they need none."""

    role: str
    name: str
    email: str
    password: str
    totp_secret: str
    pin: str


async def people(
    application: Application,
    connection: Connection,
    merchant: Merchant,
    known: Sequence[DemoPerson],
    *,
    now: datetime,
) -> tuple[DemoPerson, ...]:
    """Return who works in the demo: those that the file knows and who still stand, else new ones."""
    by_role = {one.role: one for one in known}
    found = list[DemoPerson]()
    for role, name in PEOPLE:
        before = by_role.get(role.value)
        if before is not None and await staff.person_of_email(connection, before.email) is not None:
            found.append(before)
        else:
            found.append(await _joins(application, connection, merchant, role, name, now=now))
    return tuple(found)


async def codes(connection: Connection, merchant: Merchant, known: Sequence[str], *, now: datetime) -> tuple[str, ...]:
    """Return ten codes with which a browser becomes a till of the demo; those that still count stay as they are."""
    places = [one for one in await locations.locations(connection, merchant.merchant_id) if one.archived_at is None]
    there = await devices.devices(connection, merchant.merchant_id)
    if not there:
        await _enrolled(connection, places[0], now=now)
        await offline.put_rules(connection, _without_a_line(merchant))
    spare = [one for one in there if one.name.startswith(_SPARE)]
    waiting = [one for one in spare if one.state is DeviceState.INVITED]
    if len(known) == CODES and len(waiting) == CODES and all(_counts(one, now) for one in waiting):
        return tuple(known)
    found = list[str]()
    for one in waiting[:CODES]:
        found.append((await devices.invite_again(connection, one, good_for=CODES_GOOD_FOR, now=now))[1])
    for number in range(len(spare), len(spare) + CODES - len(found)):
        place, details = (
            places[number % len(places)],
            DeviceChange(name=f"{_SPARE}{number + 1}", offline_hours_max=offline.HOURS),
        )
        _, code = await devices.invite_device(
            connection, merchant.merchant_id, place.location_id, details, good_for=CODES_GOOD_FOR, now=now
        )
        found.append(code)
    return tuple(found)


def _without_a_line(merchant: Merchant) -> OfflineRules:
    """Return what tills of the demo may do without a line, so that it can be tried."""
    each = 100 * merchant.money.units
    return OfflineRules(
        merchant_id=merchant.merchant_id,
        allowed=True,
        per_certificate=each,
        per_device_day=5 * each,
        over_all=20 * each,
    )


def _counts(device: Device, now: datetime) -> bool:
    expires_at = device.code_expires_at
    return expires_at is not None and expires_at > now + _KEPT_WITHIN


async def _enrolled(connection: Connection, place: Location, *, now: datetime) -> None:
    """Put a till that works at a location; nobody keeps what it speaks with."""
    device, code = await devices.invite_device(
        connection, place.merchant_id, place.location_id, DeviceChange(name=TILL), now=now
    )
    device, _ = await devices.enrol_device(connection, place.merchant_id, code, agent=_AGENT, now=now)
    await devices.confirm_device(connection, device, now=now)


async def _joins(
    application: Application, connection: Connection, merchant: Merchant, role: Role, name: str, *, now: datetime
) -> DemoPerson:
    """Let somebody work in the demo as if they had accepted an invitation, without the mails of it."""
    email, password, secret = f"{role.value}@demo.example", secrets.token_urlsafe(12), new_totp_secret()
    language = merchant.language
    invitation = await staff.invite(
        connection, merchant.merchant_id, email, role, language=language, invited_by=None, now=now
    )
    person = await staff.create_person(connection, email, name, language=language, now=now)
    await staff.set_password(connection, person.person_id, await application.passwords.hashed(password))
    await staff.set_authenticator(
        connection, application.keyring, person.person_id, secret, pyotp.TOTP(secret).at(now), now=now
    )
    membership = await staff.join(connection, invitation, person, agent=_AGENT, address="", now=now)
    if membership.state is MembershipState.WAITING:
        membership = await staff.confirm(connection, membership, now=now)
    pin = ""
    if may(role, Act.COUNTER):
        pin = _new_pin()
        await set_pin_within(application, connection, membership, pin, now=now)
    return DemoPerson(role=role.value, name=name, email=email, password=password, totp_secret=secret, pin=pin)


def _new_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10**PIN_DIGITS_MAX):0{PIN_DIGITS_MAX}d}"
        try:
            check_pin(pin)
        except PinUnfit:
            continue
        return pin
