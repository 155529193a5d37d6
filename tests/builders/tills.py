"""Devices that were set up as a browser does it, and people who unlock them."""

import base64
from datetime import datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from largesse.app.application import Application
from largesse.domain import devices, locations
from largesse.domain.devices import Device, DeviceChange
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.services import tills as services
from largesse.services.merchants import confirm_device, invite_device
from largesse.services.tills import Unlocked, find_colleague
from tests.builders.application import NOW
from tests.builders.staff import BROWSER, Worker

PIN = "258036"


class DeviceKeys:
    """The key pair that a browser keeps."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())

    @property
    def public(self) -> str:
        """What it sends of it."""
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def sign(self, text: str) -> str:
        """What it answers to a challenge."""
        r, s = decode_dss_signature(self._private.sign(text.encode(), ec.ECDSA(SHA256())))
        both = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return base64.urlsafe_b64encode(both).decode().rstrip("=")


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """A device that works, and what its browser knows."""

    device: Device
    key: str
    keys: DeviceKeys


async def a_till(
    application: Application,
    merchant: Merchant,
    *,
    name: str = "Bar left",
    location: Location | None = None,
    lock_minutes: int = 5,
    confirmed: bool = True,
    now: datetime = NOW,
) -> Till:
    """A device that was set up with its code, and confirmed."""
    keys = DeviceKeys()
    details = DeviceChange(name=name, lock_minutes=lock_minutes)
    async with application.database.transaction() as connection:
        place = location or await locations.default_location(connection, merchant.merchant_id)
        device, code = await invite_device(connection, place, details, actor="cli:tester", now=now)
    enrolled = await services.enrol_here(application, merchant, code, public_key=keys.public, browser=BROWSER, now=now)
    device = enrolled.device
    if confirmed:
        async with application.database.transaction() as connection:
            device = await confirm_device(connection, device, actor="cli:tester", now=now)
    return Till(device=device, key=enrolled.key, keys=keys)


async def a_pin(application: Application, worker: Worker, pin: str = PIN, *, now: datetime = NOW) -> None:
    """Somebody sets their PIN."""
    await services.set_own_pin(application, worker.membership, pin, now=now)


async def unlocked(
    application: Application, till: Till, worker: Worker, pin: str = PIN, *, now: datetime = NOW
) -> Unlocked:
    """Somebody touches their name and types their PIN."""
    challenge = services.offer_challenge(application.keyring, till.device, now=now)
    async with application.database.connection() as connection:
        who = await find_colleague(connection, till.device.merchant_id, worker.membership.membership_id)
    return await services.unlock(
        application,
        till.device,
        who,
        pin,
        challenge=challenge,
        signature=till.keys.sign(challenge),
        address=BROWSER.address,
        now=now,
    )


async def live(application: Application, till: Till) -> Device:
    """The device as it stands."""
    async with application.database.connection() as connection:
        return await devices.find_device(connection, till.device.merchant_id, str(till.device.device_id))
