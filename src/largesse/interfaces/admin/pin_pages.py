"""PINs for tills: one's own on `/staff/pin`, and a code with which somebody sets theirs on a till."""

from collections.abc import Sequence
from typing import Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff, tills
from largesse.domain.staff import Act, ActRefused, MembershipUnknown
from largesse.domain.tills import PIN_DIGITS_MAX, PIN_DIGITS_MIN, PinUnfit
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.rules import for_act
from largesse.interfaces.admin.sign_in_pages import TYPED_MAX
from largesse.services import tills as services
from largesse.web.responses import see_other

PIN: Final = "/staff/pin/{slug:str}"
CODE: Final = "/admin/{slug:str}/people/pin-code"
_PEOPLE: Final = "/admin/{slug}/people"


class PinPages:
    """Answer about PINs."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the page on which somebody sets their own PIN for a merchant's tills."""
        return await self._page(caller, done=caller.request.query_params.get("done") == "set")

    async def set_own(self, caller: Caller) -> Answer:
        """Set the PIN that was typed twice."""
        assert caller.merchant is not None
        assert caller.membership is not None
        voice, pin = self._front.voice(caller), caller.fields.get("pin", "")
        if pin != caller.fields.get("again", ""):
            return await self._page(caller, errors={"again": voice.t("The two are not alike.")}, status=422)
        try:
            await services.set_own_pin(self._deps, caller.membership, pin, now=self._deps.clock.now())
        except PinUnfit:
            said = voice.t("Choose 4 to 6 digits that are not all alike and not in a row.")
            return await self._page(caller, errors={"pin": said}, status=422)
        return see_other(f"/staff/pin/{caller.merchant.slug}?done=set")

    async def make_code(self, caller: Caller) -> Answer:
        """Make a code for somebody, and show it once."""
        assert caller.merchant is not None
        try:
            async with self._deps.database.transaction() as connection:
                membership, person = await staff.find_member(
                    connection, caller.merchant.merchant_id, caller.fields.get("member", "")[:TYPED_MAX]
                )
                code = await services.offer_pin_code(
                    connection, caller.merchant, membership, by=caller.manager, now=self._deps.clock.now()
                )
        except (MembershipUnknown, ActRefused):
            return see_other(_PEOPLE.format(slug=caller.merchant.slug))
        people = _PEOPLE.format(slug=caller.merchant.slug)
        values = {"code": code, "name": person.name, "people": people}
        return await self._front.page(caller, "pin_code.html", values, here=people)

    async def _page(
        self, caller: Caller, *, errors: dict[str, str] | None = None, done: bool = False, status: int = 200
    ) -> Answer:
        assert caller.merchant is not None
        assert caller.membership is not None
        here = f"/staff/pin/{caller.merchant.slug}"
        async with self._deps.database.connection() as connection:
            pin = await tills.pin_of(connection, caller.merchant.merchant_id, caller.membership.membership_id)
        values = {
            "action": here,
            "digits": pin.digits,
            "errors": errors or {},
            "done": done,
            "least": PIN_DIGITS_MIN,
            "most": PIN_DIGITS_MAX,
        }
        return await self._front.page(caller, "pin.html", values, status=status, here=here)


def pin_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of PINs."""
    pages = PinPages(front)
    return [
        front.route("GET", PIN, for_act(Act.OWN_PIN, back="/staff/pin/{slug}"), pages.show),
        front.route("POST", PIN, for_act(Act.OWN_PIN, back="/staff/pin/{slug}"), pages.set_own),
        front.route("POST", CODE, for_act(Act.STAFF_CHANGE, back=_PEOPLE), pages.make_code),
    ]
