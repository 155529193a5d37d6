"""What all the buying pages share: the shop of an address, the visitor, the page in the shop's look."""

from collections.abc import Mapping

import msgspec
import structlog
from litestar import Response
from litestar.datastructures import Cookie

from largesse.domain.drafts import Content
from largesse.interfaces.storefront.baskets import BasketSign, sign_of
from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.limits import Limits, drafts, links
from largesse.interfaces.storefront.shops import Shop, Shops
from largesse.kernel.campaigns import Campaign, read_campaign
from largesse.services.checkout import FORGED, Fault, find_draft, open_draft
from largesse.ui import DEFAULT_BRAND, Brand, Templates, Visit, Voice
from largesse.web.client import client_in
from largesse.web.csrf import FIELD, csrf_token, is_own_form
from largesse.web.errors import TooManyRequests
from largesse.web.pages import page
from largesse.web.preferences import language_asked, preference_cookies, visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after
from largesse.web.session_cookie import Session, known_session

DRAFTED = "token"
"""What holds the token of a shop with drafts in its address; the log masks that."""
_FOLDER = "storefront"
_log = structlog.get_logger()


class ShopUnknown(Exception):
    """There is no shop at that address."""


class Storefront:
    """What the handlers work with."""

    def __init__(
        self,
        deps: StorefrontDependencies,
        templates: Templates,
        *,
        demo: bool = False,
        limits: Limits | None = None,
        lists_shops: bool = True,
    ) -> None:
        self.deps = deps
        self.templates = templates
        self.demo = demo
        self.lists_shops = lists_shops
        self.limits = limits or Limits()
        self.links = links(deps)
        self.drafts = drafts(deps, a_day=self.limits.drafts_a_day)
        self.shops = Shops(deps)

    async def shop(self, slug: str) -> Shop:
        """Return the shop of a slug.

        Raises:
            ShopUnknown: there is none.
        """
        found = await self.shops.of(slug)
        if found is None:
            raise ShopUnknown
        return found

    async def seen_shop(self, slug: str, request: AnyRequest) -> Shop:
        """Return the shop of a slug, with its drafts for whoever comes from the office to look at them.

        Raises:
            ShopUnknown: there is none.
        """
        shop, token = await self.shop(slug), request.query_params.get(DRAFTED, "")
        return await self.shops.drafted(shop, token) if token else shop

    async def draft(self, shop: Shop, request: AnyRequest, token: str) -> Content:
        """Return what a session has put together, before more is: who has nothing yet begins a draft.

        Raises:
            TooManyRequests: too many were begun from there today.
        """
        found = await find_draft(self.deps, shop.merchant, token)
        if found is None:
            await self.drafts.take(client_in(request.scope).network)
        return found or Content()

    async def content(self, shop: Shop, request: AnyRequest) -> Content:
        """Return what the visitor has put together, to be shown; nothing for who has no session."""
        return await open_draft(self.deps, shop.merchant, known_session(request))

    async def basket(self, shop: Shop, request: AnyRequest) -> BasketSign | None:
        """Return what the letterhead says of the visitor's basket."""
        content = await self.content(shop, request)
        return sign_of(shop, content, self.voice(request, shop), now=self.deps.clock.now())

    def voice(self, request: AnyRequest, shop: Shop) -> Voice:
        """Return the voice that the visitor of a shop reads."""
        return self.templates.voice(visit_of(request), shop.merchant.english)

    def page(
        self,
        template: str,
        request: AnyRequest,
        values: Mapping[str, object],
        *,
        shop: Shop | None = None,
        session: Session | None = None,
        status: int = 200,
        here: str | None = None,
        headers: Mapping[str, str] | None = None,
        form_targets: tuple[str, ...] = (),
        campaign: Campaign | None = None,
        framed_by: str = "",
        visit: Visit | None = None,
    ) -> Response[str]:
        """Answer with a page of the shop, or of the installation where there is no shop.

        `here` is where a change of language comes back to, where the address is not one to come back to; `campaign` is
        what its links and forms hand on, by itself that of the address. `framed_by` is whose pages may show it in a
        frame; such a page sets no cookie. `visit` replaces what the request says.
        """
        brand: Brand = shop.brand if shop else DEFAULT_BRAND
        visit = visit_of(request) if visit is None else visit
        campaign = read_campaign(request.query_params) if campaign is None else campaign
        if here is not None:
            visit = msgspec.structs.replace(visit, here=campaign.onto(here))
        given = {"shop_path": shop.path if shop else "/", "campaign": campaign, "frame": None, **values}
        if session is not None:
            given[FIELD] = csrf_token(self.deps.keyring, session.token)
        answer = page(
            self.templates,
            f"{_FOLDER}/{template}",
            request,
            given,
            brand=brand,
            demo=self.demo or bool(shop and shop.merchant.is_demo),
            status_code=status,
            visit=visit,
            headers=headers,
            form_targets=form_targets,
            packed=shop is not None,
            framed_by=framed_by,
        )
        if framed_by:
            return answer
        answer.cookies.extend(self.language_cookies(request))
        if shop is not None and session is not None:
            answer.cookies.append(session.cookie(shop.path, https=self.templates.https))
        return answer

    def language_cookies(self, request: AnyRequest) -> list[Cookie]:
        """Return what keeps the language that an address names for the pages that follow."""
        return preference_cookies(self.templates, language=language_asked(request), theme=None)

    def busy(self, request: AnyRequest, refused: TooManyRequests, shop: Shop) -> Response[str]:
        """Answer that too much was asked for."""
        headers = retry_after(refused.retry_after_s)
        return self.page("busy.html", request, {}, shop=shop, status=429, here=shop.path, headers=headers)

    def is_own(self, request: AnyRequest, fields: Mapping[str, str], shop: Shop) -> bool:
        """Return whether a form is one of ours; one that is not is logged."""
        own = is_own_form(self.deps.keyring, request, fields.get(FIELD, ""))
        if not own:
            _log.warning("form_not_ours", merchant=shop.merchant.slug, path=request.scope["path"])
        return own


def not_ours(voice: Voice) -> str:
    """Return the page for a form that cannot be told to be ours."""
    return voice.t("The page stood open for too long, or your browser keeps no cookies. Please press once more.")


def note_faults(shop: Shop, faults: tuple[Fault, ...]) -> None:
    """Log what no page of ours lets anybody send. Never what was typed."""
    kinds = sorted({fault.kind.value for fault in faults if fault.kind in FORGED})
    if kinds:
        _log.warning("choice_forged", merchant=shop.merchant.slug, faults=kinds)


def note_forged(shop: Shop, what: str) -> None:
    """Log a forgery: `what` is a word of ours."""
    _log.warning("choice_forged", merchant=shop.merchant.slug, faults=[what])
