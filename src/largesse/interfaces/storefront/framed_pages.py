"""The gift form in a frame of another web site that the merchant has put on the list.

There is no cookie and no basket: the form carries everything, and a pass in place of the CSRF token. When it is filled
in, the gift is handed over to the shop's own pages, in the window itself (`handover_pages`).
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Offering
from largesse.domain.drafts import Content, DraftGift
from largesse.domain.shop_counts import ShopStep
from largesse.interfaces.storefront.checkout_view import gift_card
from largesse.interfaces.storefront.counts import count
from largesse.interfaces.storefront.form_passes import FIELD, form_pass, opens_form
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX, form_name
from largesse.interfaces.storefront.gift_pages import UPDATE, meant_in, posted_gift
from largesse.interfaces.storefront.gift_view import arrival_words, costs_of, fresh_text, gift_view, live_answer
from largesse.interfaces.storefront.links_to import AMOUNT, language_of, of_link, with_amount
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, note_faults, note_forged
from largesse.kernel.campaigns import Campaign, read_campaign
from largesse.kernel.errors import Forbidden
from largesse.kernel.ids import new_id
from largesse.services.checkout import PRINT, Fault, email_doubts, handover_token, read_against, read_gift, rules_of
from largesse.ui import Visit
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.preferences import LANGUAGE_QUERY, visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other

SITE: Final = "site"
"""Names the web site that shows the form, as an origin."""
THEME: Final = "theme"
_BEGUN: Final = "begun"
_CARRIED_MAX: Final = 16


class SiteNotAllowed(Forbidden):
    """A web site asks for the gift form that is not on the merchant's list."""

    code = "embed_origin.not_allowed"
    message = "This web site is not on the list of those that may show this form. The merchant adds it in the office."


class _Framed(msgspec.Struct, frozen=True, kw_only=True):
    """A form in a frame: whose page shows it, and how it is read there."""

    site: str
    visit: Visit
    offering: Offering | None
    campaign: Campaign
    query: str

    def address(self, shop: Shop, more: str = "") -> str:
        """Return an address of the frame's own."""
        assert self.offering is not None
        return f"{shop.path}/embed/gift/{quote(self.offering.slug)}{more}?{self.query}"


class _Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A gift form as it is shown."""

    gift: DraftGift
    faults: tuple[Fault, ...] = ()
    notice: str = ""
    status: int = 200
    sure: str = ""
    begun: str = ""


def framed_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the gift form in frames: the only pages that other web sites may show."""
    pages = FramedPages(front)

    @get("/{slug:str}/embed/gift/{offering:str}", include_in_schema=False)
    async def show(
        slug: FromPath[str], offering: FromPath[str], request: AnyRequest
    ) -> Response[str] | Response[bytes]:
        """Show the empty form."""
        return await pages.show(await front.shop(slug), offering, request)

    @post("/{slug:str}/embed/gift/{offering:str}", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def send(slug: FromPath[str], offering: FromPath[str], request: AnyRequest) -> Response[str]:
        """Take the form."""
        return await pages.take(await front.shop(slug), offering, request)

    @post("/{slug:str}/embed/gift/{offering:str}/live", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def live(
        slug: FromPath[str], offering: FromPath[str], request: AnyRequest
    ) -> Response[dict[str, str]] | Response[None]:
        """Answer with what it costs."""
        return await pages.live(await front.shop(slug), offering, request)

    return [show, send, live]


class FramedPages:
    """Answer for the gift form in a frame. Nothing is written for it."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, shop: Shop, slug: str, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Show the empty form; who opens it in a window of its own is led to the usual one.

        Raises:
            SiteNotAllowed: the web site is not on the list.
        """
        framed = _framed(shop, slug, request)
        if framed.offering is None:
            return self._gone(shop, framed, request)
        if request.headers.get("sec-fetch-dest") == "document":
            return see_other(_outside(shop, framed.offering, request))
        count(self._front, shop, request, ShopStep.SHOWN, framed.campaign, offering_id=framed.offering.offering_id)
        now, voice = self._deps.clock.now(), self._front.voice(request, shop)
        text = with_amount(fresh_text(framed.offering, voice), framed.offering, request.query_params)
        gift = DraftGift(gift_id=new_id(now), offering_id=framed.offering.offering_id, text=text, page_id=new_id(now))
        return self._form(shop, framed, _Filled(gift=gift), request)

    async def take(self, shop: Shop, slug: str, request: AnyRequest) -> Response[str]:
        """Show how the gift is paid for if nothing is wrong with it, else the form again, as it was typed.

        Raises:
            SiteNotAllowed: the web site is not on the list.
        """
        framed, voice = _framed(shop, slug, request), self._front.voice(request, shop)
        try:
            self._front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._busy(shop, framed, request, refused)
        offering, fields = framed.offering, await read_form(request)
        if offering is None:
            note_forged(shop, "offering")
            return self._gone(shop, framed, request)
        now, gift = self._deps.clock.now(), posted_gift(self._front, offering, fields, request)
        framed = msgspec.structs.replace(framed, campaign=read_campaign(fields))
        begun = "1" if fields.get(_BEGUN) == "1" else ""
        if not opens_form(self._deps.keyring, fields.get(FIELD, ""), shop, offering, gift.page_id, now=now):
            notice = voice.t("The page stood open for too long. Please press once more.")
            return self._form(shop, framed, _Filled(gift=gift, notice=notice, status=403, begun=begun), request)
        if not begun:
            self._count_begun(shop, request, framed)
        plan, faults = read_gift(gift.text, offering, gift_id=gift.gift_id, rules=rules_of(shop.merchant, now=now))
        note_faults(shop, faults)
        sure = gift.text.email if gift.text.email == fields.get("email_sure", "") else ""
        updating = fields.get("go") == UPDATE
        doubts = email_doubts("email", gift.text.email, sure=sure) if gift.text.delivery != PRINT else ()
        if doubts and not updating:
            faults, sure = (*faults, *doubts), gift.text.email
        if plan is None or faults or updating:
            shown = () if updating else faults
            filled = _Filled(gift=gift, faults=shown, status=422 if shown else 200, sure=sure, begun="1")
            return self._form(shop, framed, filled, request)
        return self._ready(shop, framed, gift, request)

    async def live(self, shop: Shop, slug: str, request: AnyRequest) -> Response[dict[str, str]] | Response[None]:
        """Answer with figures and preview. A form that is not ours, or too many of them, get nothing.

        Raises:
            SiteNotAllowed: the web site is not on the list.
        """
        framed = _framed(shop, slug, request)
        try:
            self._front.limits.live.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(None, status_code=429, headers=retry_after(refused.retry_after_s))
        offering, fields = framed.offering, await read_form(request)
        now = self._deps.clock.now()
        gift = posted_gift(self._front, offering, fields, request) if offering else None
        if (
            offering is None
            or gift is None
            or not opens_form(self._deps.keyring, fields.get(FIELD, ""), shop, offering, gift.page_id, now=now)
        ):
            return Response(None, status_code=403)
        if fields.get(_BEGUN) != "1":
            framed = msgspec.structs.replace(framed, campaign=read_campaign(fields))
            self._count_begun(shop, request, framed)
        voice = self._front.voice(request, shop)
        links = PreviewLinks(self._deps.keyring, framed_at=now)
        answer = live_answer(shop, offering, costs_of(offering, gift.text, now=now), voice, links=links)
        answer["email_meant"] = meant_in(gift, fields.get("email_sure", ""))
        answer["arrival"] = arrival_words(shop, offering, gift.text, voice, now=now)
        answer[_BEGUN] = "1"
        return Response(answer, status_code=200, headers={"Cache-Control": "no-store"})

    def _count_begun(self, shop: Shop, request: AnyRequest, framed: _Framed) -> None:
        assert framed.offering is not None
        count(self._front, shop, request, ShopStep.BEGUN, framed.campaign, offering_id=framed.offering.offering_id)

    def _form(self, shop: Shop, framed: _Framed, filled: _Filled, request: AnyRequest) -> Response[str]:
        voice, gift, now, offering = (
            self._front.voice(request, shop),
            filled.gift,
            self._deps.clock.now(),
            framed.offering,
        )
        assert offering is not None
        page_id = gift.page_id or new_id(now)
        view = gift_view(
            shop,
            offering,
            gift.text,
            gift_id=gift.gift_id,
            page_id=page_id,
            faults=filled.faults,
            links=PreviewLinks(self._deps.keyring, framed_at=now),
            voice=voice,
            now=now,
        )
        frame = {
            "action": framed.address(shop),
            "live": framed.address(shop, "/live"),
            "form_pass": form_pass(self._deps.keyring, shop, offering, page_id, now=now),
            "begun": filled.begun,
        }
        values = {
            **view,
            "is_known": False,
            "others": 0,
            "notice_text": filled.notice,
            "of_link": of_link(shop, offering, request, voice) if request.method == "GET" else [],
            "findable": None,
            "email_sure": filled.sure,
            "email_meant": meant_in(gift, filled.sure),
            "kept": None,
        }
        return self._page("gift.html", shop, framed, values, request, frame=frame, status=filled.status)

    def _ready(self, shop: Shop, framed: _Framed, gift: DraftGift, request: AnyRequest) -> Response[str]:
        """Return the page that hands the gift over: in the window itself, for there it is paid."""
        offering, now, voice = framed.offering, self._deps.clock.now(), self._front.voice(request, shop)
        assert offering is not None
        links = PreviewLinks(self._deps.keyring, framed_at=now)
        read = read_against(Content(gifts=(gift,)), {offering.offering_id: offering}, shop.merchant, now=now)
        token = handover_token(self._deps.keyring, shop.merchant, gift, framed.campaign, now=now)
        typed = {form_name(name): getattr(gift.text, name) for name in gift.text.__struct_fields__}
        values = {
            "gift": gift_card(shop, gift, read, voice, links=links, now=now),
            "total": voice.money(read.quote.total),
            "handed_token": token,
            "carried": [
                (name, value)
                for name, value in {
                    **typed,
                    "gift_id": str(gift.gift_id),
                    "page_id": str(gift.page_id or ""),
                    "email_sure": gift.text.email,
                    _BEGUN: "1",
                    FIELD: form_pass(self._deps.keyring, shop, offering, gift.page_id or gift.gift_id, now=now),
                    **dict(framed.campaign.fields),
                }.items()
                if value
            ],
            "host": self._deps.base_url.partition("//")[2],
        }
        frame = {"action": framed.address(shop)}
        return self._page("framed_ready.html", shop, framed, values, request, frame=frame)

    def _gone(self, shop: Shop, framed: _Framed, request: AnyRequest) -> Response[str]:
        voice = self._front.voice(request, shop)
        said = {
            "heading": voice.t("This is not here any more"),
            "said": voice.t("It may have been renamed or sold out, or the address has ended. See what is on sale now."),
        }
        return self._page("framed_said.html", shop, framed, said, request, frame={}, status=404)

    def _busy(self, shop: Shop, framed: _Framed, request: AnyRequest, refused: TooManyRequests) -> Response[str]:
        voice = self._front.voice(request, shop)
        said = {
            "heading": voice.t("One moment, please"),
            "said": voice.t(
                "That was a lot in a short time from where you are. Nothing is lost: wait a minute, then go back and "
                "press once more."
            ),
        }
        answer = self._page("framed_said.html", shop, framed, said, request, frame={}, status=429)
        answer.headers.update(retry_after(refused.retry_after_s))
        return answer

    def _page(
        self,
        template: str,
        shop: Shop,
        framed: _Framed,
        values: Mapping[str, object],
        request: AnyRequest,
        *,
        frame: Mapping[str, object],
        status: int = 200,
    ) -> Response[str]:
        outside = _outside(shop, framed.offering, request) if framed.offering else shop.path
        own = {"site": framed.site, "outside": outside, "outside_whole": self._deps.base_url + outside}
        return self._front.page(
            template,
            request,
            {**values, "frame": {**own, **frame}},
            shop=shop,
            status=status,
            campaign=framed.campaign,
            framed_by=framed.site,
            visit=framed.visit,
        )


def _framed(shop: Shop, slug: str, request: AnyRequest) -> _Framed:
    """Return whose page shows the form.

    Raises:
        SiteNotAllowed: the web site is not on the list.
    """
    asked = request.query_params
    site = asked.get(SITE, "")
    if site not in shop.embed_origins:
        raise SiteNotAllowed
    kept = [
        (SITE, site),
        (LANGUAGE_QUERY, language_of(request)),
        *((name, asked.get(name, "")[:_CARRIED_MAX]) for name in (AMOUNT, THEME)),
    ]
    visit = visit_of(request).with_preferences(language=None, theme=asked.get(THEME))
    return _Framed(
        site=site,
        visit=visit,
        offering=shop.offering(slug),
        campaign=read_campaign(asked),
        query=urlencode([(name, text) for name, text in kept if text]),
    )


def _outside(shop: Shop, offering: Offering, request: AnyRequest) -> str:
    """Return the address of the usual form, with what the frame was asked to choose."""
    asked = request.query_params
    chosen = urlencode([(name, asked[name]) for name in (AMOUNT, LANGUAGE_QUERY) if name in asked])
    path = f"{shop.path}/gift/{quote(offering.slug)}"
    return read_campaign(asked).onto(f"{path}?{chosen}" if chosen else path)
