"""Who comes to a merchant's counter: somebody who unlocked a device there, or who signed in by themselves."""

from collections.abc import Mapping
from typing import Final

import msgspec

from largesse.db import Connection
from largesse.domain import devices, networks, staff, tills
from largesse.domain.devices import Device, DeviceState
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import Authority, MembershipState, MembershipUnknown
from largesse.domain.tills import BEGUN_LENGTH_MAX, TillLocked, TillSession
from largesse.interfaces.counter.caller import CounterVisitor
from largesse.interfaces.counter.cookies import device_key, seat_token
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.interfaces.counter.rules import CounterRule
from largesse.services import tills as services
from largesse.services.staff import authority_of, person_of
from largesse.services.tills import FormOwner, KeptForm
from largesse.web.client import client_in
from largesse.web.request import AnyRequest
from largesse.web.staff_sessions import staff_token

_FORM_ALONE: Final = "-"
"""What stands for the page where a form was sent, which is no page to come back to."""
NEVER_KEPT: Final = frozenset({"approver", "approver_pin", "pin", "again", "code", "from_afar"})


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A browser at a merchant's counter: the device that it is, perhaps still waiting, and who has unlocked it."""

    request: AnyRequest
    merchant: Merchant
    device: Device | None = None
    seat: TillSession | None = None
    unlocked: bool = False

    @property
    def is_live(self) -> bool:
        """Return whether it is a device that may work."""
        return self.device is not None and self.device.state is DeviceState.LIVE

    def demand_seat(self) -> TillSession:
        """Return who has unlocked the device.

        Raises:
            TillLocked: nobody has, or it has locked since.
        """
        if self.seat is None or not self.unlocked:
            raise TillLocked
        return self.seat


async def look_at(
    connection: Connection, deps: CounterDependencies, request: AnyRequest, *, https: bool, touches: bool
) -> Incoming:
    """Return what is known of a browser.

    Raises:
        MerchantUnknown: there is no such merchant.
    """
    now = deps.clock.now()
    merchant = await find_merchant(connection, request.path_params["slug"])
    key = device_key(request, https=https)
    device = None if key is None else await devices.enrolled_device(connection, merchant.merchant_id, key)
    if device is None or device.state is not DeviceState.LIVE:
        return Incoming(request=request, merchant=merchant, device=device)
    await devices.note_seen(connection, device, now=now)
    seat, unlocked = await services.session_at(
        connection, device, seat_token(request, https=https), now=now, touches=touches
    )
    return Incoming(request=request, merchant=merchant, device=device, seat=seat, unlocked=unlocked)


async def recognised(
    connection: Connection,
    deps: CounterDependencies,
    request: AnyRequest,
    fields: Mapping[str, str],
    rule: CounterRule,
    *,
    https: bool,
) -> CounterVisitor:
    """Return who comes, as far as they have shown who they are.

    Raises:
        MembershipUnknown: they do not work there.
        MerchantUnknown: there is no such merchant.
        OutsideNetworks: the device has to be in the merchant's networks, and is not; or the office, for who signed in.
        SignedOut: nobody is signed in, and this is no device.
        TillLocked: this is a device, and it is locked.
    """
    now, address = deps.clock.now(), client_in(request.scope).address
    incoming = await look_at(connection, deps, request, https=https, touches=not rule.quiet)
    merchant, device = incoming.merchant, incoming.device
    bound = await networks.work_networks(connection, merchant.merchant_id)
    if device is not None and incoming.is_live:
        bound.demand_till(address, has_key=device.public_key is not None)
        return await _at_device(connection, incoming, device, fields)
    token = staff_token(request, https=https)
    if token is None:
        raise staff.SignedOut
    session = await staff.session_of_token(connection, token, address=address, now=now)
    person = await person_of(connection, session)
    membership, authority = await authority_of(
        connection, session, merchant.merchant_id, recovered_at=person.recovered_at
    )
    bound.demand_office(address)
    return CounterVisitor(
        request=request,
        fields=fields,
        merchant=merchant,
        session=session,
        person=person,
        membership=membership,
        authority=authority,
    )


async def _at_device(
    connection: Connection, incoming: Incoming, device: Device, fields: Mapping[str, str]
) -> CounterVisitor:
    seat, merchant = incoming.demand_seat(), incoming.merchant
    membership = await staff.membership_with(connection, merchant.merchant_id, seat.person_id)
    person = await staff.person_of_id(connection, seat.person_id)
    if membership is None or membership.state is not MembershipState.LIVE or person is None:
        raise MembershipUnknown
    return CounterVisitor(
        request=incoming.request,
        fields=fields,
        merchant=merchant,
        device=device,
        seat=seat,
        person=person,
        membership=membership,
        # A PIN is never a step-up: what asks for one is refused at a till.
        authority=Authority(role=membership.role, recovered_at=person.recovered_at),
    )


async def keep_begun(
    connection: Connection, deps: CounterDependencies, incoming: Incoming, begun: str, form: KeptForm | None = None
) -> None:
    """Cover what somebody has open on a device, and keep page and form for them; what is kept already stays."""
    seat = incoming.seat
    if seat is None or seat.begun:
        return
    owner = FormOwner(merchant_id=seat.merchant_id, person_id=seat.person_id, device_id=seat.device_id)
    sealed = services.seal_form(deps.keyring, form, owner) if form else None
    page = begun if len(begun) <= BEGUN_LENGTH_MAX else ""
    await tills.lock_session(
        connection, seat, deps.clock.now(), begun=page or (_FORM_ALONE if sealed else ""), form=sealed
    )


def sent_form(request: AnyRequest, template: str, fields: Mapping[str, str]) -> KeptForm:
    """Return a form as it was sent, without what nobody may keep: a PIN, and who typed it."""
    return KeptForm(
        path=str(request.scope["path"]),
        template=template,
        params={name: str(value) for name, value in request.path_params.items()},
        fields={name: value for name, value in fields.items() if name not in NEVER_KEPT},
    )


def parts_of(template: str, path: str) -> dict[str, str] | None:
    """Return what stands in a path for each name of a route's address; None where it is another route's."""
    names, parts = template.split("/"), path.split("/")
    if len(names) != len(parts):
        return None
    found = dict[str, str]()
    for name, part in zip(names, parts, strict=True):
        if name.startswith("{"):
            found[name[1:-1].partition(":")[0]] = part
        elif name != part:
            return None
    return found
