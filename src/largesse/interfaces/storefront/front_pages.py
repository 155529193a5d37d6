"""The way in: a merchant's page, the list of merchants, and what is said where there is nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from litestar import MediaType, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Availability, Offering, OfferingKind
from largesse.domain.drafts import Content
from largesse.domain.merchants import Merchant
from largesse.domain.orders import phone_as_read
from largesse.domain.shop_counts import ShopStep
from largesse.interfaces.storefront.baskets import sign_of
from largesse.interfaces.storefront.counts import count
from largesse.interfaces.storefront.findable import shop_findable
from largesse.interfaces.storefront.gift_view import sample_sketch
from largesse.interfaces.storefront.links_to import LINKED, language_of, linked_offering, of_link
from largesse.interfaces.storefront.pictures import picture_url, srcset
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.shops import Shop, list_shops
from largesse.interfaces.storefront.storefront import DRAFTED, ShopUnknown, Storefront
from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign, read_campaign
from largesse.kernel.money import Money
from largesse.services.mails import price_note, voice_of
from largesse.ui import LANGUAGES, ColourScheme, Visit, Voice
from largesse.web.negotiation import reads_gzip
from largesse.web.pages import PackedPage, page
from largesse.web.preferences import language_asked, visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other

KEPT = "kept"
"""Says in an address that the newest gift was kept a moment ago."""
FORGOTTEN = "forgotten"
"""Says in an address that everything was forgotten a moment ago."""
_TEASER = 180


def front_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the way in."""
    pages = FrontPages(front)

    @get("/", include_in_schema=False)
    async def home(request: AnyRequest) -> Response[str] | Response[bytes]:
        """Lead to the only merchant, or list them."""
        return await pages.home(request)

    @get("/{slug:str}", include_in_schema=False)
    async def shop(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Show what a merchant has on sale."""
        return await pages.shop(await front.seen_shop(slug, request), request)

    return [home, shop]


class FrontPages:
    """Answer for the way in. The page of a shop is the same for all who read it alike, so it is written once."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._written: dict[str, tuple[Shop, dict[tuple[str, ColourScheme, bool, bool], Response[str]]]] = {}

    async def home(self, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Lead to the only merchant, or list them where the operator wants that."""
        found = await known_shops(self._front)
        if len(found) == 1:
            return see_other(f"/{found[0].slug}")
        shops = [{"name": one.name, "path": f"/{one.slug}"} for one in found if self._front.lists_shops]
        return self._front.page("shops.html", request, {"shops": shops, "has_shops": bool(found)})

    async def shop(self, shop: Shop, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Show what a merchant has on sale, and what the visitor has put together already.

        A link that names an offering, or an amount alone, leads on to its form.
        """
        campaign = read_campaign(request.query_params)
        linked = linked_offering(shop, request.query_params, now=self._front.deps.clock.now())
        if linked is not None:
            asked = [(name, request.query_params[name]) for name in LINKED if name in request.query_params]
            asked += [(DRAFTED, shop.drafted)] if shop.drafted else []
            return see_other(campaign.onto(f"{shop.path}/gift/{linked.slug}{f'?{urlencode(asked)}' if asked else ''}"))
        answer = await self._shown(shop, request, campaign)
        count(self._front, shop, request, ShopStep.SHOWN, campaign)
        answer.cookies.extend(self._front.language_cookies(request))
        return answer

    async def _shown(self, shop: Shop, request: AnyRequest, campaign: Campaign) -> Response[str]:
        if shop.drafted:
            return self._page(shop, request, visit_of(request), Content(), keep=False)
        visit, content = visit_of(request), await self._front.content(shop, request)
        is_said = request.query_params.get(FORGOTTEN) == "1"
        is_own = bool(content.gifts or is_said or campaign != NO_CAMPAIGN)
        if is_own or of_link(shop, None, request, self._front.templates.voice(visit, shop.merchant.english)):
            return self._page(shop, request, visit, content, campaign=campaign)
        known_shop, pages = self._written.get(shop.merchant.slug, (None, {}))
        if known_shop is not shop:
            pages = {}
            self._written[shop.merchant.slug] = (shop, pages)
        key = (visit.language, visit.theme, reads_gzip(request), language_asked(request) in LANGUAGES)
        if key not in pages:
            pages[key] = self._page(shop, request, visit, Content())
        kept = pages[key]
        if isinstance(kept, PackedPage):
            return kept.again()
        return Response(kept.content, headers=kept.headers, media_type=MediaType.HTML)

    def _page(
        self,
        shop: Shop,
        request: AnyRequest,
        visit: Visit,
        content: Content,
        *,
        keep: bool = True,
        campaign: Campaign = NO_CAMPAIGN,
    ) -> Response[str]:
        voice = self._front.templates.voice(visit, shop.merchant.english)
        last = content.gifts[-1].text.to if content.gifts and request.query_params.get(KEPT) == "1" else ""
        waiting = {
            "waiting": len(content.gifts),
            "kept": last,
            "forgotten": request.query_params.get(FORGOTTEN) == "1" and not content.gifts,
            "basket": sign_of(shop, content, voice, now=self._front.deps.clock.now()),
        }
        return page(
            self._front.templates,
            "storefront/shop.html",
            request,
            {
                **self._view(shop, voice, language=language_of(request)),
                **waiting,
                "campaign": campaign,
                "of_link": of_link(shop, None, request, voice),
            },
            brand=shop.brand,
            demo=self._front.demo or shop.merchant.is_demo,
            visit=msgspec.structs.replace(visit, here=campaign.onto(shop.path)),
            keep=keep,
            packed=True,
        )

    def _view(self, shop: Shop, voice: Voice, *, language: str) -> Mapping[str, object]:
        now, theme = self._front.deps.clock.now(), shop.theme
        words = theme.words(voice.language)
        # What can be bought stands first, and is what the page opens with; the order is else the merchant's.
        offerings = sorted(shop.offerings, key=lambda one: one.availability(now) is Availability.SOLD_OUT)
        cards = [_card(shop, offering, voice, now) for offering in offerings]
        first = offerings[0] if offerings else None
        links = PreviewLinks(self._front.deps.keyring)
        return {
            "shop_path": shop.path,
            "cards": cards,
            "drafted": bool(shop.drafted),
            "hero": links.url(shop, first, sample_sketch(first, first.design_choices[0], voice)) if first else "",
            "about": words.about or "",
            "how_to_redeem": words.how_to_redeem or "",
            "address": theme.address,
            "phone": phone_as_read(theme.phone),
            "website": theme.website,
            "contact": shop.merchant.reply_address,
            "findable": shop_findable(shop, offerings, voice, base_url=self._front.deps.base_url, language=language),
        }


async def known_shops(front: Storefront) -> list[Merchant]:
    """Return the merchants of this installation; a demonstration's stand among none that sell for real."""
    found = await list_shops(front.deps)
    return [one for one in found if front.demo or not one.is_demo] or found


async def listed_shops(front: Storefront) -> list[Merchant]:
    """Return the merchants that anybody may be told of: all, or, where they are not listed, the only one."""
    found = await known_shops(front)
    return found if front.lists_shops or len(found) == 1 else []


def answer_unknown(front: Storefront, request: AnyRequest, _: ShopUnknown) -> Response[str]:
    """Answer for an address at which there is no shop."""
    return front.page("missing.html", request, {}, status=404, here="/")


def _card(shop: Shop, offering: Offering, voice: Voice, now: datetime) -> Mapping[str, object]:
    words, picture = offering.words(voice.language), shop.picture_of(offering)
    description = words.description or ""
    return {
        "href": f"{shop.path}/gift/{offering.slug}{f'?{DRAFTED}={shop.drafted}' if shop.drafted else ''}",
        "title": words.title or offering.title,
        "description": description if len(description) <= _TEASER else description[: _TEASER - 1].rstrip() + "…",
        "price": _price(offering, voice),
        "tax": price_note(offering.tax, voice_of(voice.tag)),
        "sold_out": offering.availability(now) is Availability.SOLD_OUT,
        "picture": None
        if picture is None
        else {
            "src": picture_url(picture, width=picture.widths[min(1, len(picture.widths) - 1)]),
            "webp": srcset(picture),
            "srcset": srcset(picture, fallback=True),
            "alt": picture.alt,
            "width": picture.width,
            "height": picture.height,
        },
    }


def _price(offering: Offering, voice: Voice) -> str:
    if offering.kind is OfferingKind.PACKAGE:
        return voice.money(Money(offering.price or 0, offering.money), short=True)
    amounts = [*offering.presets, *([offering.amount_min] if offering.amount_min else [])]
    return voice.t("from {amount}", amount=voice.money(Money(min(amounts), offering.money), short=True))
