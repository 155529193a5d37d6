"""`/counter/{slug}/place`: at which location somebody works who has no device of one."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.interfaces.counter.caller import CounterVisitor
from largesse.interfaces.counter.front import CounterAnswer, CounterFront, counter_path
from largesse.interfaces.counter.places import open_locations, place_cookie
from largesse.interfaces.counter.rules import CHOOSING
from largesse.ui import local_path
from largesse.web.forms import an_id
from largesse.web.responses import see_other

COUNTER: Final = "/counter/{slug:str}"


class PlacePages:
    """Answer where somebody may work."""

    def __init__(self, front: CounterFront) -> None:
        self._front = front
        self._deps = front.deps

    async def ask(self, visitor: CounterVisitor) -> CounterAnswer:
        """Return the page on which a location is chosen."""
        return await self._page(visitor, next_=visitor.request.query_params.get("next", ""))

    async def choose(self, visitor: CounterVisitor) -> CounterAnswer:
        """Keep the location that was chosen, and go on."""
        wanted, next_ = an_id(visitor.fields.get("location", "")), visitor.fields.get("next", "")
        async with self._deps.database.connection() as connection:
            found = await open_locations(connection, visitor.merchant.merchant_id)
        chosen = next((one for one in found if one.location_id == wanted), None)
        if chosen is None or visitor.device is not None:
            return await self._page(visitor, next_=next_, status=422)
        cookie = place_cookie(visitor, chosen, https=self._front.https)
        return see_other(_within(visitor, next_), cookies=[cookie])

    async def _page(self, visitor: CounterVisitor, *, next_: str, status: int = 200) -> CounterAnswer:
        async with self._deps.database.connection() as connection:
            found = await open_locations(connection, visitor.merchant.merchant_id)
        here = f"{counter_path(visitor.merchant.slug)}/place"
        values = {"action": here, "locations": found, "next": _within(visitor, next_)}
        return await self._front.page(visitor, "place.html", values, status=status, here=here)


def _within(visitor: CounterVisitor, next_: str) -> str:
    """Return where to go on: a page of this counter."""
    home, path = counter_path(visitor.merchant.slug), local_path(next_)
    return path if path.startswith(f"{home}/") else home


def place_routes(front: CounterFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of choosing a location."""
    pages = PlacePages(front)
    return [
        front.choosing_route("GET", f"{COUNTER}/place", CHOOSING, pages.ask),
        front.choosing_route("POST", f"{COUNTER}/place", CHOOSING, pages.choose),
    ]
