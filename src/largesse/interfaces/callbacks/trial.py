"""The test gateway's page: whoever tries the shop says here how the payment shall go. Never part of a real shop."""

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Picture
from largesse.domain.payments import TRIAL_PAGE, CallbackForged, TestGateway, TrialChoice, TrialState
from largesse.interfaces.callbacks.dependencies import CallbackDependencies
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services import payments
from largesse.services.gifts import dress_of
from largesse.ui import Brand, Templates
from largesse.web.forms import read_form
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other

BODY_BYTES_MAX = 4096
_LOGO_WIDTH = 320


class TrialPage:
    """Show the page, and do what the visitor chose. What it is about is signed, in the page's address."""

    def __init__(self, deps: CallbackDependencies, templates: Templates, gateway: TestGateway) -> None:
        self._deps = deps
        self._templates = templates
        self._gateway = gateway

    async def show(self, token: str, request: AnyRequest) -> Response[str]:
        """Return the page."""
        state = self._state(token)
        return self._gone(request) if state is None else await self._page(state, request)

    async def choose(self, token: str, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Let the payment go as was chosen, and send the visitor on."""
        state = self._state(token)
        if state is None:
            return self._gone(request)
        given = await read_form(request)
        try:
            choice = TrialChoice(given.get("choice", ""))
        except ValueError:
            return await self._page(state, request, status=400)
        target = await payments.try_out(self._deps, state, choice, now=self._deps.clock.now())
        if target is None:
            return await self._page(state, request, declined=True)
        return see_other(target)

    def _state(self, token: str) -> TrialState | None:
        try:
            return self._gateway.read(token, now=self._deps.clock.now())
        except CallbackForged:
            return None

    async def _page(
        self, state: TrialState, request: AnyRequest, *, declined: bool = False, status: int = 200
    ) -> Response[str]:
        merchant = await payments.merchant_of(self._deps, state)
        voice = self._templates.voice(visit_of(request), merchant.english)
        values = {
            "gone": False,
            "amount": voice.money(Money(state.amount, currency(state.currency))),
            "declined": declined,
        }
        dress = await dress_of(self._deps, merchant, now=self._deps.clock.now())
        logo = _address(dress.logo) if dress.logo else None
        brand = Brand(
            name=merchant.name, accent=dress.theme.accent, home=state.cancel_url, logo=logo, english=merchant.english
        )
        # Browsers hold a form to its policy also where its answer leads, and the buyer is led back to the shop.
        return page(
            self._templates, "callbacks/trial.html", request, values, brand=brand, demo=True, status_code=status
        )

    def _gone(self, request: AnyRequest) -> Response[str]:
        values = {"gone": True, "amount": "", "declined": False}
        return page(self._templates, "callbacks/trial.html", request, values, demo=True, status_code=404)


def _address(logo: Picture) -> str:
    width = _LOGO_WIDTH if _LOGO_WIDTH in logo.widths else logo.widths[-1]
    return f"/pictures/{logo.merchant_id}/{logo.picture_id}/{width}.webp"


def trial_routes(
    deps: CallbackDependencies, templates: Templates, gateway: TestGateway
) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the test gateway's page."""
    trial_page = TrialPage(deps, templates, gateway)

    @get(f"{TRIAL_PAGE}/{{token:str}}", include_in_schema=False)
    async def show(token: FromPath[str], request: AnyRequest) -> Response[str]:
        return await trial_page.show(token, request)

    @post(
        f"{TRIAL_PAGE}/{{token:str}}",
        include_in_schema=False,
        request_max_body_size=BODY_BYTES_MAX,
        exclude_from_csrf=True,  # the signed address is the permission
    )
    async def choose(token: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        return await trial_page.choose(token, request)

    return [show, choose]
