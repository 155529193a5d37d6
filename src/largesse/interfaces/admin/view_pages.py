"""`/admin/{slug}/views`: save what a list shows under a name of one's own, and forget it. For every list alike."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from litestar.handlers import HTTPRouteHandler

from largesse.domain import saved_views
from largesse.domain.saved_views import NAME_MAX, SavedViewInvalid
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.web.forms import an_id
from largesse.web.responses import see_other

PATH: Final = "/admin/{slug:str}/views"
_QUERY_MAX: Final = 2_000
_FIELDS_MAX: Final = 40


class ViewPages:
    """Keep the views of whoever comes."""

    def __init__(self, front: StaffFront) -> None:
        self._deps = front.deps

    async def save(self, caller: Caller) -> Answer:
        """Keep a view, and show it; without a name that can stand, the list says what is asked for."""
        merchant, person, fields = caller.merchant, caller.person, caller.fields
        assert merchant is not None
        assert person is not None
        of, query = fields.get("list", "")[:40], _query(fields)
        try:
            async with self._deps.database.transaction() as connection:
                await saved_views.save_view(
                    connection,
                    merchant.merchant_id,
                    person.person_id,
                    of=of,
                    name=fields.get("name", "")[: NAME_MAX + 1],
                    query=query,
                    now=self._deps.clock.now(),
                )
        except SavedViewInvalid:
            return see_other(_address(caller, of, query, named="no"))
        return see_other(_address(caller, of, query))

    async def drop(self, caller: Caller) -> Answer:
        """Forget a view."""
        merchant, person, view_id = caller.merchant, caller.person, an_id(caller.fields.get("view", ""))
        assert merchant is not None
        assert person is not None
        if view_id is not None:
            async with self._deps.database.transaction() as connection:
                await saved_views.drop_view(connection, merchant.merchant_id, person.person_id, view_id)
        return see_other(_address(caller, caller.fields.get("list", "")[:40], _query(caller.fields)))


def _query(fields: Mapping[str, str]) -> str:
    """Return what is chosen, written as our own addresses are; keys of pages are not kept."""
    try:
        pairs = parse_qsl(fields.get("query", "")[:_QUERY_MAX], max_num_fields=_FIELDS_MAX)
    except ValueError:
        return ""
    return urlencode([(name, value) for name, value in pairs if name not in {"after", "before", "named"}])


def _address(caller: Caller, of: str, query: str, *, named: str = "") -> str:
    assert caller.merchant is not None
    place = of if of.replace("-", "").replace("/", "").isalpha() and of.isascii() else ""
    said = "&".join(filter(None, [query, f"named={named}" if named else ""]))
    return f"/admin/{caller.merchant.slug}/{place}{f'?{said}' if said else ''}"


def view_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of saved views, which are everybody's own."""
    pages = ViewPages(front)
    return [
        front.route("POST", PATH, for_act(Act.OFFICE), pages.save),
        front.route("POST", f"{PATH}/drop", for_act(Act.OFFICE), pages.drop),
    ]
