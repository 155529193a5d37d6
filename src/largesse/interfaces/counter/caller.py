"""Who stands at the counter: the person, for which merchant, at which location, on which device."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.devices import Device
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Authority, Membership, Person, StaffSession
from largesse.domain.tills import TillSession
from largesse.interfaces.counter.operations import read_operation
from largesse.kernel.tokens import SigningKeys
from largesse.kernel.where import Where
from largesse.services.staff import Browser, Manager
from largesse.services.tills import FormOwner
from largesse.web.client import Client, client_in
from largesse.web.request import AnyRequest

NO_DEVICE: Final = "-"


def device_owner(device: Device) -> str:
    """Return whom a form is made for that anybody fills in who stands before a device."""
    return f"till:{device.merchant_id}:{device.device_id}"


def person_owner(merchant: Merchant, device: Device | None, person_id: UUID) -> str:
    """Return whom a form is made for that a person fills in, at a device or without one."""
    return f"counter:{merchant.merchant_id}:{device.device_id if device else NO_DEVICE}:{person_id}"


class CounterVisitor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who comes to a merchant's counter, before it is known whether they may and where they stand.

    `template` is the address of the page with names for its parts, `content` the file that a form was sent with.
    `session` is of who signed in by themselves, `seat` of who unlocked the device: there is one of the two.
    """

    request: AnyRequest
    fields: Mapping[str, str]
    template: str = ""
    content: bytes = b""
    merchant: Merchant
    device: Device | None = None
    seat: TillSession | None = None
    session: StaffSession | None = None
    person: Person
    membership: Membership
    authority: Authority

    @property
    def client(self) -> Client:
        """Where they come from."""
        return client_in(self.request.scope)

    @property
    def browser(self) -> Browser:
        """What they come with."""
        return Browser(agent=self.request.headers.get("user-agent", ""), address=self.client.address)

    @property
    def actor(self) -> str:
        """Who acts, as the ledger and the audit log have it."""
        return f"person:{self.person.person_id}"

    @property
    def manager(self) -> Manager:
        """Them, acting for the merchant."""
        return Manager(
            actor=self.actor, name=self.person.name, person_id=self.person.person_id, role=self.membership.role
        )

    @property
    def form_owner(self) -> str:
        """Whom a form is made for: not the session, whose token changes while somebody goes on with what they began."""
        return person_owner(self.merchant, self.device, self.person.person_id)

    @property
    def kept_for(self) -> FormOwner:
        """For whom what they have typed is kept."""
        device_id = self.device.device_id if self.device else None
        return FormOwner(merchant_id=self.merchant.merchant_id, person_id=self.person.person_id, device_id=device_id)


class CounterCaller(CounterVisitor, frozen=True, kw_only=True):
    """Somebody who may work at a merchant's counter, at a location of it.

    `where` is that location as commands take it; a command names the device besides.
    """

    location: Location
    where: Where
    keys: SigningKeys

    @property
    def device_id(self) -> UUID | None:
        """Return the device that it happens on, as commands take it."""
        return self.device.device_id if self.device else None

    @property
    def operation(self) -> UUID:
        """Return the operation of the form that was sent: the same when it is sent again.

        Raises:
            OperationUnknown: it was not made for this person on this device, for this merchant.
        """
        return read_operation(self.keys, self.fields, made_for=self.form_owner)
