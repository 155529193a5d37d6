"""Legal entities and locations, on a real database."""

from typing import Any

from largesse.db import Database
from largesse.domain import locations
from largesse.domain.locations import EntityChange, LegalEntity, Location, LocationChange
from largesse.domain.merchants import Merchant
from tests.builders.application import NOW


async def an_entity(database: Database, merchant: Merchant, *, name: str = "Second", **details: Any) -> LegalEntity:
    """Another legal entity of a merchant's."""
    async with database.transaction() as connection:
        return await locations.create_entity(
            connection,
            merchant.merchant_id,
            EntityChange(name=name, **details),
            currency=merchant.currency,
            now=NOW,
        )


async def a_location(
    database: Database, merchant: Merchant, *, entity: LegalEntity | None = None, code: str = "BAR", **details: Any
) -> Location:
    """Another location of a merchant's; of its default legal entity unless said otherwise."""
    async with database.transaction() as connection:
        owner = entity or await locations.default_entity(connection, merchant.merchant_id)
        change = LocationChange(**{"code": code, "name": "The bar", **details})
        return await locations.create_location(connection, owner, change, now=NOW)
