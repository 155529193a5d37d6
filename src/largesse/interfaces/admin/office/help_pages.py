"""`/admin/{slug}/keys` and `/places`: which keys do what, and all that the rail has."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sections import MORE, PLACES


class HelpPages:
    """Answer what there is."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front

    async def keys(self, caller: Caller) -> Answer:
        """Return which keys do what."""
        authority = caller.authority
        assert authority is not None
        voice = self._front.voice(caller)
        keys = [
            ("/", voice.t("Search")),
            ("?", voice.t("Show these keys")),
            ("j", voice.t("Next row of a list")),
            ("k", voice.t("Row before")),
            ("Enter", voice.t("Open the row")),
            ("e", voice.t("Export the list")),
            ("a", voice.t("Accept what is suggested for the row")),
            *(
                (f"g {place.key}", voice.t("Go to “{name}”", name=place.name(voice)))
                for place in PLACES
                if may(authority.role, place.act)
            ),
            ("g m", voice.t("Go to “{name}”", name=voice.t("My sign-in"))),
        ]
        return await self._front.page(caller, "office/keys.html", {"keys": keys})

    async def places(self, caller: Caller) -> Answer:
        """Return all that the rail has."""
        return await self._front.page(caller, "office/places.html")


def help_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of both."""
    pages = HelpPages(front)
    return [
        front.route("GET", "/admin/{slug:str}/keys", for_act(Act.OFFICE), pages.keys),
        front.route("GET", f"/admin/{{slug:str}}{MORE}", for_act(Act.OFFICE), pages.places),
    ]
