"""Create a merchant with what each has from its beginning, change it, and close a location where nothing goes on."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import devices, locations, merchants
from largesse.domain.locations import Location, LocationInUse
from largesse.domain.merchants import Merchant, MerchantChange, MerchantDraft
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


async def change_merchant(connection: Connection, merchant_id: UUID, change: MerchantChange) -> Merchant:
    """Change a merchant, and what its books know of it, and return it as it is now.

    Raises:
        InvalidMerchant: some of what was asked for cannot stand.
        MerchantTaken: another merchant has the slug.
        MerchantUnknown: there is none of that id.
    """
    # Whoever else changes what the books know of the merchant comes before this or after it, and sees it then.
    await locations.lock(connection, merchant_id)
    changed = await merchants.change_merchant(connection, merchant_id, change)
    await keep_home(connection, merchant_id)
    return changed


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
