"""What all the buying pages share: the shop of an address, the visitor, the page in the shop's look."""

from collections.abc import Mapping

import msgspec
import structlog
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from largesse.interfaces.storefront.dependencies import StorefrontDependencies
from largesse.interfaces.storefront.gates import Gate, Gates
from largesse.interfaces.storefront.shops import Shop, Shops
from largesse.interfaces.storefront.visitor import Visitor, is_own_form
from largesse.services.checkout import FORGED, Fault
from largesse.ui import HOUSE, Brand, Templates, Visit, Voice
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest

_FOLDER = "storefront"
_log = structlog.get_logger()


class ShopUnknown(Exception):
    """There is no shop at that address."""


class Storefront:
    """What the handlers work with."""

    def __init__(
        self, deps: StorefrontDependencies, templates: Templates, *, demo: bool = False, gates: Gates | None = None
    ) -> None:
        self.deps = deps
        self.templates = templates
        self.demo = demo
        self.gates = gates or Gates()
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

    def voice(self, request: AnyRequest) -> Voice:
        """Return the voice that the visitor reads."""
        return self.templates.voice(visit_of(request))

    def page(
        self,
        template: str,
        request: AnyRequest,
        values: Mapping[str, object],
        *,
        shop: Shop | None = None,
        visitor: Visitor | None = None,
        status: int = 200,
        here: str | None = None,
        headers: Mapping[str, str] | None = None,
        form_targets: tuple[str, ...] = (),
    ) -> Response[str]:
        """Answer with a page of the shop, or of the installation where there is no shop.

        `here` is where a change of language comes back to, where the address is not one to come back to.
        """
        brand: Brand = shop.brand if shop else HOUSE
        visit: Visit = visit_of(request)
        if here is not None:
            visit = msgspec.structs.replace(visit, here=here)
        given = {"shop_path": shop.path if shop else "/", **values}
        if visitor is not None:
            given["mark"] = visitor.mark(self.deps)
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
        )
        if shop is not None and visitor is not None:
            answer.cookies.extend(visitor.cookies(shop.path, https=self.templates.https))
        return answer

    def busy(self, request: AnyRequest, gate: Gate, shop: Shop) -> Response[str]:
        """Answer that too much was asked for."""
        headers = {"Retry-After": str(gate.wait_s)}
        return self.page("busy.html", request, {}, shop=shop, status=429, here=shop.path, headers=headers)

    def is_own(self, request: AnyRequest, fields: Mapping[str, str], shop: Shop) -> bool:
        """Return whether a form is one of ours; one that is not is logged."""
        own = is_own_form(self.deps, request, fields.get("mark", ""))
        if not own:
            _log.warning("form_not_ours", merchant=shop.merchant.slug, path=request.scope["path"])
        return own


def moved(address: str, *, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """Answer a posted form with another page."""
    headers = {"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type=MediaType.TEXT)


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
