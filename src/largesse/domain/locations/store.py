"""The tables of legal entities and locations. A merchant has few of each: they are read whole."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.locations.model import EntityChange, LegalEntity, Location
from largesse.kernel.where import BooksSale, TaxRate

_queries = load(__package__)


async def insert_entity(connection: Connection, entity: LegalEntity) -> bool:
    """Write a new legal entity; False when the merchant has one of that name."""
    written = await connection.fetchval(_queries.insert_entity, *msgspec.structs.astuple(entity)[:-1])
    return written is not None


async def update_entity(
    connection: Connection, merchant_id: UUID, entity_id: UUID, change: EntityChange
) -> LegalEntity | None:
    """Change a legal entity and return it as it is now; None when another one has the name."""
    row = await connection.fetchrow(_queries.update_entity, merchant_id, entity_id, *msgspec.structs.astuple(change))
    return _entity(row) if row else None


async def archive_entity(connection: Connection, entity: LegalEntity, since: datetime | None) -> None:
    """Write since when a legal entity is archived; None for not any more."""
    await connection.execute(_queries.archive_entity, entity.merchant_id, entity.entity_id, since)


async def change_default_entity(connection: Connection, *, before: LegalEntity, now: LegalEntity) -> None:
    """Write that another legal entity is the default."""
    for entity, is_default in ((before, False), (now, True)):
        await connection.execute(_queries.default_entity, entity.merchant_id, entity.entity_id, is_default)


async def lock(connection: Connection, merchant_id: UUID) -> None:
    """Keep what changes in a merchant's legal entities, locations and devices to this transaction."""
    await connection.fetch(_queries.lock_entities, merchant_id)


async def entities(connection: Connection, merchant_id: UUID) -> list[LegalEntity]:
    """Return a merchant's legal entities: the default first, then by name."""
    return [_entity(row) for row in await connection.fetch(_queries.entities, merchant_id)]


async def default_entity(connection: Connection, merchant_id: UUID) -> LegalEntity | None:
    """Return a merchant's default legal entity."""
    row = await connection.fetchrow(_queries.default_entity_of, merchant_id)
    return _entity(row) if row else None


async def insert_location(connection: Connection, location: Location) -> bool:
    """Write a new location; False when the merchant has one of that code."""
    written = await connection.fetchval(
        _queries.insert_location, *_values(location), location.is_default, location.created_at
    )
    return written is not None


async def update_location(connection: Connection, location: Location) -> None:
    """Write a location as it shall be from now on."""
    await connection.execute(_queries.update_location, *_values(location))


async def close_location(connection: Connection, location: Location, since: datetime | None) -> None:
    """Write since when a location is closed; None for not any more."""
    await connection.execute(_queries.close_location, location.merchant_id, location.location_id, since)


async def change_default_location(connection: Connection, *, before: Location, now: Location) -> None:
    """Write that another location is the default."""
    for location, is_default in ((before, False), (now, True)):
        await connection.execute(_queries.default_location, location.merchant_id, location.location_id, is_default)


async def locations(connection: Connection, merchant_id: UUID) -> list[Location]:
    """Return a merchant's locations: the default first, then by code."""
    return [_location(row) for row in await connection.fetch(_queries.locations, merchant_id)]


def _values(location: Location) -> tuple[object, ...]:
    rate = location.default_rate
    return (
        location.merchant_id,
        location.location_id,
        location.entity_id,
        location.code,
        location.name,
        location.address,
        location.address2,
        location.city,
        location.state,
        location.zip,
        location.country,
        location.time_zone,
        location.cut_off_hour,
        location.books_sale.value,
        rate.name if rate else None,
        rate.rate if rate else None,
        location.takes_money,
    )


def _entity(row: Row) -> LegalEntity:
    return LegalEntity(**row)


def _location(row: Row) -> Location:
    values = dict(row)
    name, rate = values.pop("default_rate_name"), values.pop("default_rate")
    named = None if name is None else TaxRate(name=name, rate=rate)
    return Location(**values | {"books_sale": BooksSale(values["books_sale"]), "default_rate": named})
