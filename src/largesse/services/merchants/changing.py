"""Change what a merchant consists of, and have the audit log say who did and why: pages and commands do it here."""

from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import locations, merchants
from largesse.domain.locations import EntityChange, LegalEntity, Location, LocationChange
from largesse.domain.merchants import Merchant, MerchantChange
from largesse.domain.staff import Audited, ByWhom
from largesse.services.merchants.entities import change_entity, create_entity
from largesse.services.merchants.locating import keep_home
from largesse.services.merchants.opening import change_merchant, close_location


def parts_of(change: MerchantChange | LocationChange | EntityChange) -> str:
    """Return the names of what a change changes."""
    return ", ".join(name for name, value in msgspec.structs.asdict(change).items() if value not in {None, False})


async def edit_merchant(
    connection: Connection, merchant: Merchant, change: MerchantChange, *, by: ByWhom, now: datetime
) -> Merchant:
    """Change a merchant; audited.

    Raises:
        InvalidMerchant, MerchantTaken: as `change_merchant`.
    """
    changed = await change_merchant(connection, merchant.merchant_id, change)
    await by.record(
        connection,
        merchant.merchant_id,
        Audited.MERCHANT_CHANGED,
        subject=merchant.merchant_id,
        detail=parts_of(change),
        now=now,
    )
    return changed


async def close_shop(connection: Connection, merchant: Merchant, *, by: ByWhom, now: datetime) -> None:
    """Sell nothing on the web any more, until it is opened again; audited."""
    await merchants.close_shop(connection, merchant.merchant_id, now=now)
    merchant_id = merchant.merchant_id
    await by.record(connection, merchant_id, Audited.SHOP_CLOSED, subject=merchant_id, now=now)


async def open_shop(connection: Connection, merchant: Merchant, *, by: ByWhom, now: datetime) -> None:
    """Sell on the web again; audited."""
    await merchants.open_shop(connection, merchant.merchant_id)
    merchant_id = merchant.merchant_id
    await by.record(connection, merchant_id, Audited.SHOP_OPENED, subject=merchant_id, now=now)


async def add_location(
    connection: Connection, entity: LegalEntity, details: LocationChange, *, by: ByWhom, now: datetime
) -> Location:
    """Create a location of a legal entity; audited.

    Raises:
        LocationInvalid, LocationTaken: as `locations.create_location`.
    """
    made = await locations.create_location(connection, entity, details, now=now)
    await _record_place(connection, made, Audited.LOCATION_ADDED, by, now=now)
    return made


async def edit_location(
    connection: Connection, location: Location, change: LocationChange, *, by: ByWhom, now: datetime
) -> Location:
    """Change a location, for what happens there from now on; audited.

    Raises:
        EntityUnknown, LocationInvalid, LocationTaken: as `locations.change_location`.
    """
    changed = await locations.change_location(connection, location, change)
    await keep_home(connection, location.merchant_id)
    await _record_place(connection, changed, Audited.LOCATION_CHANGED, by, parts_of(change), now=now)
    return changed


async def end_location(connection: Connection, location: Location, *, by: ByWhom, now: datetime) -> Location:
    """Close a location; audited.

    Raises:
        LocationInUse: it is the default, or devices belong to it.
    """
    closed = await close_location(connection, location, now=now)
    await _record_place(connection, closed, Audited.LOCATION_CLOSED, by, now=now)
    return closed


async def reopen_location(connection: Connection, location: Location, *, by: ByWhom, now: datetime) -> Location:
    """Open a location again; audited.

    Raises:
        LocationInvalid: its legal entity is archived.
    """
    opened = await locations.reopen_location(connection, location)
    await _record_place(connection, opened, Audited.LOCATION_CHANGED, by, "open again", now=now)
    return opened


async def prefer_location(connection: Connection, location: Location, *, by: ByWhom, now: datetime) -> Location:
    """Make a location the default; audited.

    Raises:
        LocationClosed: it is closed.
    """
    chosen = await locations.make_location_default(connection, location)
    await keep_home(connection, location.merchant_id)
    await _record_place(connection, chosen, Audited.LOCATION_CHANGED, by, "default", now=now)
    return chosen


async def add_entity(
    connection: Connection,
    merchant: Merchant,
    details: EntityChange,
    *,
    currency: str | None = None,
    by: ByWhom,
    now: datetime,
) -> LegalEntity:
    """Create a legal entity; audited.

    Raises:
        EntityInvalid, EntityTaken: as `create_entity`.
    """
    made = await create_entity(connection, merchant, details, currency=currency, now=now)
    await _record_entity(connection, made, Audited.ENTITY_ADDED, by, now=now)
    return made


async def edit_entity(
    connection: Connection, merchant: Merchant, entity: LegalEntity, change: EntityChange, *, by: ByWhom, now: datetime
) -> LegalEntity:
    """Change a legal entity; audited.

    Raises:
        EntityInvalid, EntityTaken: as `change_entity`.
    """
    changed = await change_entity(connection, merchant, entity, change)
    await _record_entity(connection, changed, Audited.ENTITY_CHANGED, by, parts_of(change), now=now)
    return changed


async def end_entity(connection: Connection, entity: LegalEntity, *, by: ByWhom, now: datetime) -> LegalEntity:
    """Archive a legal entity; audited.

    Raises:
        EntityInUse: it is the default, or open locations belong to it.
    """
    ended = await locations.archive_entity(connection, entity, now=now)
    await _record_entity(connection, ended, Audited.ENTITY_ARCHIVED, by, now=now)
    return ended


async def prefer_entity(connection: Connection, entity: LegalEntity, *, by: ByWhom, now: datetime) -> LegalEntity:
    """Make a legal entity the one that sells where nothing else is said; audited.

    Raises:
        EntityInvalid: it is archived.
    """
    chosen = await locations.make_entity_default(connection, entity)
    await _record_entity(connection, chosen, Audited.ENTITY_CHANGED, by, "default", now=now)
    return chosen


async def _record_place(
    connection: Connection, one: Location, action: Audited, by: ByWhom, detail: str = "", *, now: datetime
) -> None:
    said = " ".join(filter(None, [one.code, detail]))
    await by.record(connection, one.merchant_id, action, subject=one.location_id, detail=said, now=now)


async def _record_entity(
    connection: Connection, one: LegalEntity, action: Audited, by: ByWhom, detail: str = "", *, now: datetime
) -> None:
    said = ", ".join(filter(None, [one.name, detail]))
    await by.record(connection, one.merchant_id, action, subject=one.entity_id, detail=said, now=now)
