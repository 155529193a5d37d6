"""Enrol a device with its code: with a key pair that its browser made, else from the merchant's networks alone."""

from datetime import datetime

import msgspec

from largesse.domain import devices, networks
from largesse.domain.devices import Device
from largesse.domain.merchants import Merchant
from largesse.domain.networks import OutsideNetworks
from largesse.services.staff import Browser, StaffDependencies


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """A device that waits to be confirmed, and the key that its browser keeps from now on."""

    device: Device
    key: str

    def __repr__(self) -> str:
        return f"Enrolled({self.device.device_id})"


async def enrol_here(
    deps: StaffDependencies, merchant: Merchant, code: str, *, public_key: str, browser: Browser, now: datetime
) -> Enrolled:
    """Spend a code for the device that brings it. It waits until somebody confirms that it is the one that was meant.

    Raises:
        CodeRefused: the code does not count.
        OutsideNetworks: the browser made no key pair, or none that is one, and is in none of the merchant's networks.
    """
    point = devices.read_public_key(public_key) if public_key else None
    async with deps.database.transaction() as connection:
        if point is None:
            bound = await networks.work_networks(connection, merchant.merchant_id)
            if not bound.hold(browser.address):
                raise OutsideNetworks
        device, key = await devices.enrol_device(
            connection,
            merchant.merchant_id,
            code,
            agent=browser.agent,
            address=browser.address,
            public_key=point,
            now=now,
        )
    return Enrolled(device=device, key=key)
