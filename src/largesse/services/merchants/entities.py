"""Legal entities of a merchant: a telephone number is read as people write it where the entity is."""

from datetime import datetime

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import locations, orders
from largesse.domain.locations import EntityChange, EntityInvalid, LegalEntity
from largesse.domain.merchants import Merchant
from largesse.domain.orders import PhoneInvalid
from largesse.kernel.errors import FieldError
from largesse.kernel.zones import region_of_zone
from largesse.services.merchants.locating import keep_home


async def create_entity(
    connection: Connection, merchant: Merchant, details: EntityChange, *, currency: str | None, now: datetime
) -> LegalEntity:
    """Create a legal entity of a merchant, in the merchant's currency unless another is named.

    Raises:
        EntityInvalid: some of its details cannot stand.
        EntityTaken: the merchant has one of that name.
    """
    details = _read(details, country=details.country, merchant=merchant)
    return await locations.create_entity(
        connection, merchant.merchant_id, details, currency=currency or merchant.currency, now=now
    )


async def change_entity(
    connection: Connection, merchant: Merchant, entity: LegalEntity, change: EntityChange
) -> LegalEntity:
    """Change a legal entity and return it as it is now.

    Raises:
        EntityInvalid: some of it cannot stand.
        EntityTaken: the merchant has another one of that name.
    """
    country = entity.country if change.country is None else change.country
    changed = await locations.change_entity(connection, entity, _read(change, country=country, merchant=merchant))
    await keep_home(connection, merchant.merchant_id)
    return changed


def _read(change: EntityChange, *, country: str | None, merchant: Merchant) -> EntityChange:
    if not change.phone:
        return change
    try:
        phone = orders.read_phone(change.phone, region=country or region_of_zone(merchant.time_zone))
    except PhoneInvalid as error:
        raise EntityInvalid(fields=[FieldError("phone", error.code, error.message)]) from error
    return replace(change, phone=phone)
