"""The table of saved views."""

from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.saved_views.model import SavedView

_queries = load(__package__)


async def put_view(connection: Connection, view: SavedView) -> None:
    """Write a view, in the place of the one of its name."""
    await connection.execute(_queries.put_view, *msgspec.structs.astuple(view))


async def views_of(connection: Connection, merchant_id: UUID, person_id: UUID, of: str) -> list[SavedView]:
    """Return somebody's views of a list, by name."""
    return [SavedView(**row) for row in await connection.fetch(_queries.views_of, merchant_id, person_id, of)]


async def drop_view(connection: Connection, merchant_id: UUID, person_id: UUID, view_id: UUID) -> None:
    """Forget one of somebody's views; one that is gone already stays gone."""
    await connection.execute(_queries.drop_view, merchant_id, person_id, view_id)
