"""Create a merchant with what each has from its beginning, and close a location where nothing goes on any more."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import devices, locations, merchants
from largesse.domain.locations import Location, LocationInUse
from largesse.domain.merchants import Merchant, MerchantDraft
from largesse.services.merchants.locating import keep_home


async def open_merchant(connection: Connection, draft: MerchantDraft, *, now: datetime) -> Merchant:
    """Create a merchant with its default legal entity, its default location and its books, and return it.

    Raises:
        InvalidMerchant: some of its details cannot stand; every one is named.
        MerchantTaken: another merchant has its slug or number, or a prefix that reads the same.
    """
    merchant = await merchants.create_merchant(connection, draft, now=now)
    await locations.create_defaults(
        connection, merchant.merchant_id, name=merchant.name, currency=merchant.currency, now=now
    )
    await keep_home(connection, merchant.merchant_id)
    return merchant


async def close_location(connection: Connection, location: Location, *, now: datetime) -> Location:
    """Close a location that is not the default, and return it.

    Raises:
        LocationInUse: it is the default, or devices belong to it.
    """
    await locations.lock(connection, location.merchant_id)
    if await devices.works_at(connection, location.merchant_id, location.location_id):
        message = "Devices belong to this location. Revoke or move them first (`largesse device`)."
        raise LocationInUse(message)
    return await locations.close_location(connection, location, now=now)
