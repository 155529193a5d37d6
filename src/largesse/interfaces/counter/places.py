"""At which location somebody stands who works without a device of one: chosen once, and kept by their browser."""

from typing import Final
from uuid import UUID

from litestar.datastructures import Cookie

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.locations import Location
from largesse.interfaces.counter.caller import CounterVisitor
from largesse.web.cookies import cookie_of
from largesse.web.forms import an_id

_NAME: Final = "counter-place"
_KEPT_S: Final = 400 * 24 * 3600  # as long as browsers keep one


async def open_locations(connection: Connection, merchant_id: UUID) -> list[Location]:
    """Return where a merchant does business."""
    return [one for one in await locations.locations(connection, merchant_id) if one.archived_at is None]


async def chosen_location(connection: Connection, visitor: CounterVisitor) -> Location | None:
    """Return where somebody stands: where their device belongs, else what they chose, else the only one there is."""
    found = await open_locations(connection, visitor.merchant.merchant_id)
    if visitor.device is not None:
        return next((one for one in found if one.location_id == visitor.device.location_id), None)
    wanted = an_id(cookie_of(visitor.request, _NAME) or "")
    return found[0] if len(found) == 1 else next((one for one in found if one.location_id == wanted), None)


def place_cookie(visitor: CounterVisitor, location: Location, *, https: bool) -> Cookie:
    """Return the cookie that keeps a choice."""
    return Cookie(
        key=_NAME,
        value=str(location.location_id),
        path=f"/counter/{visitor.merchant.slug}",
        max_age=_KEPT_S,
        httponly=True,
        secure=https,
        samesite="lax",
    )
