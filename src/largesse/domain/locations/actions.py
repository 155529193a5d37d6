"""What can be done with legal entities and locations. None is ever deleted: the books name them for good.

Whatever archives, closes or moves something first takes the lock of the merchant's (`lock`), so that nothing is
opened at what is just being closed.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.locations import store
from largesse.domain.locations.checks import entity_faults, location_faults
from largesse.domain.locations.errors import (
    EntityInUse,
    EntityInvalid,
    EntityTaken,
    EntityUnknown,
    LocationClosed,
    LocationInUse,
    LocationInvalid,
    LocationTaken,
    LocationUnknown,
)
from largesse.domain.locations.model import (
    CUT_OFF_HOUR,
    DEFAULT_CODE,
    DEFAULT_CUT_OFF_HOUR,
    EntityChange,
    LegalEntity,
    Location,
    LocationChange,
)
from largesse.kernel import currency as currencies
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.kernel.where import BooksSale


async def create_defaults(
    connection: Connection, merchant_id: UUID, *, name: str, currency: str, now: datetime
) -> tuple[LegalEntity, Location]:
    """Create the legal entity and the location that every merchant has from its beginning."""
    entity = LegalEntity(
        merchant_id=merchant_id, entity_id=new_id(now), name=name, currency=currency, is_default=True, created_at=now
    )
    location = Location(
        merchant_id=merchant_id,
        location_id=new_id(now),
        entity_id=entity.entity_id,
        code=DEFAULT_CODE,
        name=name,
        cut_off_hour=DEFAULT_CUT_OFF_HOUR,
        books_sale=BooksSale.LARGESSE,
        takes_money=True,
        is_default=True,
        created_at=now,
    )
    await store.insert_entity(connection, entity)
    await store.insert_location(connection, location)
    return entity, location


async def create_entity(
    connection: Connection, merchant_id: UUID, details: EntityChange, *, currency: str, now: datetime
) -> LegalEntity:
    """Create a legal entity; `details.phone` is E.164, what is None is left empty.

    Raises:
        EntityInvalid: some of its details cannot stand; every one is named.
        EntityTaken: the merchant has one of that name.
    """
    details = msgspec.structs.replace(details, name=details.name or "")
    _refuse_entity([*entity_faults(details), *_currency_faults(currency)])
    given = {field: text.strip() for field, text in msgspec.structs.asdict(details).items() if text is not None}
    entity = LegalEntity(
        merchant_id=merchant_id,
        entity_id=new_id(now),
        currency=currency,
        is_default=False,
        created_at=now,
        **given,
    )
    if not await store.insert_entity(connection, entity):
        raise EntityTaken
    return entity


async def change_entity(connection: Connection, entity: LegalEntity, change: EntityChange) -> LegalEntity:
    """Change a legal entity and return it as it is now; `change.phone` is E.164.

    Raises:
        EntityInvalid: some of it cannot stand.
        EntityTaken: the merchant has another one of that name.
    """
    _refuse_entity(entity_faults(change))
    given = {field: text and text.strip() for field, text in msgspec.structs.asdict(change).items()}
    changed = await store.update_entity(connection, entity.merchant_id, entity.entity_id, EntityChange(**given))
    if changed is None:
        raise EntityTaken
    return changed


async def archive_entity(connection: Connection, entity: LegalEntity, *, now: datetime) -> LegalEntity:
    """Archive a legal entity that no open location belongs to; once archived, it stays as it is.

    Raises:
        EntityInUse: it is the default, or open locations belong to it.
    """
    await store.lock(connection, entity.merchant_id)
    entity = await find_entity(connection, entity.merchant_id, str(entity.entity_id))
    if entity.is_default:
        message = "This is the merchant's default legal entity. Make another one the default first."
        raise EntityInUse(message)
    if any(
        one.entity_id == entity.entity_id and one.archived_at is None
        for one in await store.locations(connection, entity.merchant_id)
    ):
        raise EntityInUse
    if entity.archived_at is None:
        await store.archive_entity(connection, entity, now)
    return await find_entity(connection, entity.merchant_id, str(entity.entity_id))


async def restore_entity(connection: Connection, entity: LegalEntity) -> LegalEntity:
    """Take a legal entity out of the archive."""
    await store.archive_entity(connection, entity, None)
    return msgspec.structs.replace(entity, archived_at=None)


async def make_entity_default(connection: Connection, entity: LegalEntity) -> LegalEntity:
    """Make a legal entity the one that sells where nothing else is said: it stands in the shop's foot.

    Raises:
        EntityInvalid: it is archived.
    """
    await store.lock(connection, entity.merchant_id)
    entity = await find_entity(connection, entity.merchant_id, str(entity.entity_id))
    _refuse_entity(_archived_faults(entity))
    before = await default_entity(connection, entity.merchant_id)
    await store.change_default_entity(connection, before=before, now=entity)
    return msgspec.structs.replace(entity, is_default=True)


async def find_entity(connection: Connection, merchant_id: UUID, name_or_id: str) -> LegalEntity:
    """Return the legal entity of a name, in any case, or an id.

    Raises:
        EntityUnknown: the merchant has none.
    """
    wanted = name_or_id.strip().lower()
    for entity in await store.entities(connection, merchant_id):
        if wanted in {entity.name.lower(), str(entity.entity_id)}:
            return entity
    raise EntityUnknown


async def default_entity(connection: Connection, merchant_id: UUID) -> LegalEntity:
    """Return the legal entity that sells where nothing else is said.

    Raises:
        EntityUnknown: there is no such merchant.
    """
    found = await store.default_entity(connection, merchant_id)
    if found is None:
        raise EntityUnknown
    return found


async def create_location(
    connection: Connection, entity: LegalEntity, details: LocationChange, *, now: datetime
) -> Location:
    """Create a location of a legal entity; what is None of `details` is as usual.

    Raises:
        LocationInvalid: some of its details cannot stand; every one is named.
        LocationTaken: the merchant has one of that code.
    """
    await store.lock(connection, entity.merchant_id)
    entity = await find_entity(connection, entity.merchant_id, str(entity.entity_id))
    details = msgspec.structs.replace(details, code=details.code or "", name=details.name or "")
    _refuse_location([*location_faults(details), *_archived_faults(entity)])
    blank = Location(
        merchant_id=entity.merchant_id,
        location_id=new_id(now),
        entity_id=entity.entity_id,
        code="",
        name="",
        cut_off_hour=CUT_OFF_HOUR,
        books_sale=BooksSale.LARGESSE,
        takes_money=True,
        is_default=False,
        created_at=now,
    )
    location = _changed(blank, details)
    if not await store.insert_location(connection, location):
        raise LocationTaken
    return location


async def change_location(connection: Connection, location: Location, change: LocationChange) -> Location:
    """Change a location, for what happens there from now on, and return it; what is booked keeps day and entity.

    Raises:
        LocationInvalid: some of it cannot stand.
        LocationTaken: the merchant has another one of that code.
        EntityUnknown: the merchant has no legal entity of that id.
    """
    await store.lock(connection, location.merchant_id)
    location = await find_location(connection, location.merchant_id, str(location.location_id))
    faults = location_faults(change)
    if change.entity_id is not None:
        entity = await find_entity(connection, location.merchant_id, str(change.entity_id))
        faults += _archived_faults(entity)
    _refuse_location(faults)
    changed = _changed(location, change)
    others = await store.locations(connection, location.merchant_id)
    if any(one.code == changed.code and one.location_id != changed.location_id for one in others):
        raise LocationTaken
    await store.update_location(connection, changed)
    return changed


async def close_location(connection: Connection, location: Location, *, now: datetime) -> Location:
    """Close a location; once closed, it stays as it is. The lock of the merchant's is taken.

    Raises:
        LocationInUse: it is the default.
    """
    await store.lock(connection, location.merchant_id)
    location = await find_location(connection, location.merchant_id, str(location.location_id))
    if location.is_default:
        raise LocationInUse
    if location.archived_at is None:
        await store.close_location(connection, location, now)
    return await find_location(connection, location.merchant_id, str(location.location_id))


async def reopen_location(connection: Connection, location: Location) -> Location:
    """Open a location again.

    Raises:
        LocationInvalid: its legal entity is archived.
    """
    await store.lock(connection, location.merchant_id)
    location = await find_location(connection, location.merchant_id, str(location.location_id))
    _refuse_location(_archived_faults(await find_entity(connection, location.merchant_id, str(location.entity_id))))
    await store.close_location(connection, location, None)
    return msgspec.structs.replace(location, archived_at=None)


async def make_location_default(connection: Connection, location: Location) -> Location:
    """Make a location the one where everything happens that names none, such as what the web shop sells.

    Raises:
        LocationClosed: it is closed.
    """
    await store.lock(connection, location.merchant_id)
    [before, *others] = await store.locations(connection, location.merchant_id)
    location = next(one for one in (before, *others) if one.location_id == location.location_id)
    if location.archived_at is not None:
        raise LocationClosed
    await store.change_default_location(connection, before=before, now=location)
    return msgspec.structs.replace(location, is_default=True)


async def default_location(connection: Connection, merchant_id: UUID) -> Location:
    """Return the location where everything happens that names none.

    Raises:
        LocationUnknown: there is no such merchant.
    """
    found = await store.locations(connection, merchant_id)
    if not found:
        raise LocationUnknown
    return found[0]


async def find_location(connection: Connection, merchant_id: UUID, code_or_id: str) -> Location:
    """Return the location of a code, in any case, or an id.

    Raises:
        LocationUnknown: the merchant has none.
    """
    wanted = code_or_id.strip().lower()
    for location in await store.locations(connection, merchant_id):
        if wanted in {location.code.lower(), str(location.location_id)}:
            return location
    raise LocationUnknown


def _changed(location: Location, change: LocationChange) -> Location:
    given = {
        field: value.strip() if type(value) is str else value  # words of ours are texts too
        for field, value in msgspec.structs.asdict(change).items()
        if value is not None and field != "no_default_rate"
    }
    if change.no_default_rate:
        given["default_rate"] = None
    if change.time_zone is not None:
        given["time_zone"] = change.time_zone or None
    return msgspec.structs.replace(location, **given)


def _archived_faults(entity: LegalEntity) -> list[FieldError]:
    if entity.archived_at is None:
        return []
    message = f"{entity.name} is archived. Restore it with `largesse entity restore`, or name another one."
    return [FieldError("entity", "entity.archived", message)]


def _currency_faults(code: str) -> list[FieldError]:
    try:
        currencies.currency(code)
    except currencies.UnknownCurrency as error:
        return [FieldError("currency", error.code, error.message)]
    return []


def _refuse_entity(faults: Sequence[FieldError]) -> None:
    if faults:
        raise EntityInvalid(fields=faults)


def _refuse_location(faults: Sequence[FieldError]) -> None:
    if faults:
        raise LocationInvalid(fields=faults)
