"""The gift form: add a gift, change it, take it out; live figures while it is filled in."""

from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK
from litestar.types import ControllerRouterHandler

from largesse.domain.catalog import Offering
from largesse.domain.drafts import Content, DraftFull, DraftGift
from largesse.domain.shop_counts import ShopStep
from largesse.interfaces.storefront.baskets import sign_of
from largesse.interfaces.storefront.counts import count
from largesse.interfaces.storefront.findable import Findable, offering_findable
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX, gift_text
from largesse.interfaces.storefront.front_pages import KEPT
from largesse.interfaces.storefront.gift_view import arrival_words, costs_of, fresh_text, gift_view, live_answer
from largesse.interfaces.storefront.links_to import language_of, of_link, with_amount
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, not_ours, note_faults, note_forged
from largesse.kernel.campaigns import Campaign, read_campaign
from largesse.kernel.ids import new_id
from largesse.kernel.mail import meant_address
from largesse.services.checkout import (
    PRINT,
    Fault,
    FaultKind,
    change_draft,
    email_doubts,
    open_draft,
    read_gift,
    rules_of,
)
from largesse.web.client import client_in
from largesse.web.errors import TooManyRequests
from largesse.web.forms import an_id, read_form
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other
from largesse.web.session_cookie import known_session, session_of

UPDATE, ANOTHER = "update", "another"


class _Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A gift form as it is shown: which gift it is, and whether it stands in the draft already."""

    gift: DraftGift
    is_known: bool = False
    faults: tuple[Fault, ...] = ()
    notice: str = ""
    status: int = 200
    sure: str = ""
    """The recipient's address that is not asked about again."""
    campaign: Campaign | None = None
    """What the form hands on, None for that of the address."""


def gift_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the gift form."""
    pages = GiftPages(front)

    @get("/{slug:str}/gift/{offering:str}", include_in_schema=False)
    async def show(slug: FromPath[str], offering: FromPath[str], request: AnyRequest) -> Response[str]:
        """Show the form: empty, half written, or of a gift to be changed."""
        return await pages.show(await front.seen_shop(slug, request), offering, request)

    @post("/{slug:str}/gift/{offering:str}", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def send(
        slug: FromPath[str], offering: FromPath[str], request: AnyRequest
    ) -> Response[str] | Response[bytes]:
        """Take the form."""
        return await pages.take(await front.shop(slug), offering, request)

    @post("/{slug:str}/live/gift/{offering:str}", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def live(
        slug: FromPath[str], offering: FromPath[str], request: AnyRequest
    ) -> Response[dict[str, str]] | Response[None]:
        """Keep what is half written, and answer with what it costs."""
        return await pages.live(await front.shop(slug), offering, request)

    @post("/{slug:str}/gifts/remove", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def remove(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Take a gift out."""
        return await pages.remove(await front.shop(slug), request)

    return [show, send, live, remove]


class GiftPages:
    """Answer for the gift form."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, shop: Shop, slug: str, request: AnyRequest) -> Response[str]:
        """Show the form; what was half written comes back."""
        offering = shop.offering(slug)
        if offering is None:
            return self._gone(shop, request)
        campaign = read_campaign(request.query_params)
        count(self._front, shop, request, ShopStep.SHOWN, campaign, offering_id=offering.offering_id)
        content = await open_draft(self._deps, shop.merchant, known_session(request))
        edited = an_id(request.query_params.get("edit", ""))
        known = content.gift(edited) if edited else None
        half = content.unfinished
        if known is not None and known.offering_id == offering.offering_id:
            return self._form(shop, offering, content, _Filled(gift=known, is_known=True), request)
        if half is not None and half.offering_id == offering.offering_id and content.gift(half.gift_id) is None:
            chosen = with_amount(half.text, offering, request.query_params)
            mine = msgspec.structs.replace(half, text=chosen, page_id=new_id(self._deps.clock.now()))
            return self._form(shop, offering, content, _Filled(gift=mine), request)
        return self._form(shop, offering, content, _Filled(gift=self._empty(shop, offering, content, request)), request)

    async def take(self, shop: Shop, slug: str, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Put the gift into the draft if nothing is wrong with it, else show the form again, as it was typed."""
        try:
            self._front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        offering, fields = shop.offering(slug), await read_form(request)
        if offering is None:
            note_forged(shop, "offering")
            return self._gone(shop, request)
        now = self._deps.clock.now()
        gift, campaign = posted_gift(self._front, offering, fields, request), read_campaign(fields)
        if not self._front.is_own(request, fields, shop):
            voice = self._front.voice(request, shop)
            notice = not_ours(voice)
            refused_form = _Filled(gift=gift, notice=notice, status=403, campaign=campaign)
            return self._form(shop, offering, Content(), refused_form, request)
        token = session_of(request).token
        try:
            content = await self._front.draft(shop, request, token)
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        self._count_begun(shop, request, content, gift, campaign)
        gift = gift.beside(content)
        plan, faults = read_gift(gift.text, offering, gift_id=gift.gift_id, rules=rules_of(shop.merchant, now=now))
        note_faults(shop, faults)
        updating = fields.get("go") == UPDATE
        sure = _sure_address(gift, content, fields)
        doubts = email_doubts("email", gift.text.email, sure=sure) if gift.text.delivery != PRINT else ()
        if doubts and not updating:
            faults, sure = (*faults, *doubts), gift.text.email
        if plan is None or faults or updating:
            content = await change_draft(self._deps, shop.merchant, token, _half(gift), now=now)
            shown = () if updating else faults
            filled = _Filled(
                gift=gift,
                is_known=content.gift(gift.gift_id) is not None,
                faults=shown,
                status=422 if shown else 200,
                sure=sure,
                campaign=campaign,
            )
            return self._form(shop, offering, content, filled, request)
        try:
            await change_draft(self._deps, shop.merchant, token, lambda before: before.with_gift(gift), now=now)
        except DraftFull:
            full = (Fault(field="gifts", kind=FaultKind.TOO_MANY_GIFTS, values={"limit": len(content.gifts)}),)
            filled = _Filled(gift=gift, faults=full, status=422, campaign=campaign)
            return self._form(shop, offering, content, filled, request)
        led_to = f"{shop.path}?{KEPT}=1#choose" if fields.get("go") == ANOTHER else f"{shop.path}/checkout"
        return see_other(campaign.onto(led_to))

    async def live(self, shop: Shop, slug: str, request: AnyRequest) -> Response[dict[str, str]] | Response[None]:
        """Answer with figures and preview. A form that is not ours, or too many of them, get nothing."""
        try:
            self._front.limits.live.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(None, status_code=429, headers=retry_after(refused.retry_after_s))
        offering, fields = shop.offering(slug), await read_form(request)
        if offering is None or not self._front.is_own(request, fields, shop):
            return Response(None, status_code=403)
        now = self._deps.clock.now()
        gift = posted_gift(self._front, offering, fields, request)
        session = session_of(request)
        try:
            before = await self._front.draft(shop, request, session.token)
        except TooManyRequests as refused:
            return Response(None, status_code=429, headers=retry_after(refused.retry_after_s))
        self._count_begun(shop, request, before, gift, read_campaign(fields))
        await change_draft(self._deps, shop.merchant, session.token, _half(gift), now=now)
        links = PreviewLinks(self._deps.keyring, session.token)
        costs = costs_of(offering, gift.text, now=now)
        voice = self._front.voice(request, shop)
        answer = live_answer(shop, offering, costs, voice, links=links)
        answer["email_meant"] = meant_in(gift, fields.get("email_sure", ""))
        answer["arrival"] = arrival_words(shop, offering, gift.text, voice, now=now)
        return Response(answer, status_code=200, headers={"Cache-Control": "no-store"})

    async def remove(self, shop: Shop, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Take a gift out of the draft; one that is out already stays out."""
        try:
            self._front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        fields = await read_form(request)
        gift_id = an_id(fields.get("gift_id", ""))
        if gift_id is not None and self._front.is_own(request, fields, shop):
            token, now = session_of(request).token, self._deps.clock.now()
            await change_draft(self._deps, shop.merchant, token, methodcaller("without_gift", gift_id), now=now)
        return see_other(read_campaign(fields).onto(f"{shop.path}/checkout"))

    def _count_begun(
        self, shop: Shop, request: AnyRequest, before: Content, gift: DraftGift, campaign: Campaign
    ) -> None:
        """Count a gift of which nothing was known before."""
        half = before.unfinished
        if before.gift(gift.gift_id) is None and (half is None or half.gift_id != gift.gift_id):
            count(self._front, shop, request, ShopStep.BEGUN, campaign, offering_id=gift.offering_id)

    def _empty(self, shop: Shop, offering: Offering, content: Content, request: AnyRequest) -> DraftGift:
        now = self._deps.clock.now()
        sender = content.gifts[-1].text.sender if content.gifts else content.buyer.first_name
        voice = self._front.voice(request, shop)
        text = with_amount(fresh_text(offering, voice, sender=sender), offering, request.query_params)
        return DraftGift(gift_id=new_id(now), offering_id=offering.offering_id, text=text, page_id=new_id(now))

    def _form(
        self, shop: Shop, offering: Offering, content: Content, filled: _Filled, request: AnyRequest
    ) -> Response[str]:
        voice, gift, session = self._front.voice(request, shop), filled.gift, session_of(request)
        view = gift_view(
            shop,
            offering,
            gift.text,
            gift_id=gift.gift_id,
            page_id=gift.page_id,
            faults=filled.faults,
            links=PreviewLinks(self._deps.keyring, session.token),
            voice=voice,
            now=self._deps.clock.now(),
        )
        others = sum(one.gift_id != gift.gift_id for one in content.gifts)
        path = f"{shop.path}/gift/{quote(offering.slug)}"
        values = {
            **view,
            "is_known": filled.is_known,
            "others": others,
            "notice_text": filled.notice,
            "of_link": of_link(shop, offering, request, voice),
            "findable": self._findable(shop, offering, filled, request),
            "email_sure": filled.sure,
            "email_meant": meant_in(gift, filled.sure),
            "back": f"{path}?edit={gift.gift_id}",
            "kept": _kept(offering, content, gift, path) if not filled.is_known else None,
            "basket": sign_of(shop, content, voice, now=self._deps.clock.now()),
        }
        query = f"?edit={gift.gift_id}" if filled.is_known else ""
        return self._front.page(
            "gift.html",
            request,
            values,
            shop=shop,
            session=session,
            status=filled.status,
            here=f"{path}{query}",
            campaign=filled.campaign,
        )

    def _findable(self, shop: Shop, offering: Offering, filled: _Filled, request: AnyRequest) -> Findable | None:
        """Return what is told of the form as anybody finds it; None of one that is somebody's own."""
        if shop.drafted or filled.is_known or filled.status != HTTP_200_OK or request.method != "GET":
            return None
        return offering_findable(
            shop,
            offering,
            self._front.voice(request, shop),
            base_url=self._deps.base_url,
            language=language_of(request),
            availability=offering.availability(self._deps.clock.now()),
        )

    def _gone(self, shop: Shop, request: AnyRequest) -> Response[str]:
        return self._front.page("gone.html", request, {}, shop=shop, status=404, here=visit_of(request).here)


def _kept(offering: Offering, content: Content, gift: DraftGift, path: str) -> Mapping[str, str] | None:
    """Return the newest gift of an offering that is kept already, so that nobody makes another one unseen."""
    same = [one for one in content.gifts if one.offering_id == offering.offering_id and one.gift_id != gift.gift_id]
    return {"to": same[-1].text.to, "href": f"{path}?edit={same[-1].gift_id}"} if same else None


def _sure_address(gift: DraftGift, content: Content, fields: Mapping[str, str]) -> str:
    """Return the address that the buyer has sent as it is before: with this form, or with the gift that is kept."""
    known = content.gift(gift.gift_id)
    kept = known.text.email if known is not None else ""
    return gift.text.email if gift.text.email in {kept, fields.get("email_sure", "")} else ""


def posted_gift(front: Storefront, offering: Offering, fields: Mapping[str, str], request: AnyRequest) -> DraftGift:
    """Return the gift that a form brings, as it was typed."""
    gift_id = an_id(fields.get("gift_id", "")) or new_id(front.deps.clock.now())
    page_id = an_id(fields.get("page_id", ""))
    text = gift_text(fields, language=visit_of(request).language)
    return DraftGift(gift_id=gift_id, offering_id=offering.offering_id, text=text, page_id=page_id)


def meant_in(gift: DraftGift, sure: str) -> str:
    """Return the address that was probably meant for the recipient, "" where none is asked about."""
    wanted = gift.text.delivery != PRINT and gift.text.email != sure
    return (meant_address(gift.text.email) or "") if wanted else ""


def _half(gift: DraftGift) -> Callable[[Content], Content]:
    """Return how a draft keeps a gift as half written; one that is being changed stays as it was until it is right."""

    def change(content: Content) -> Content:
        half = gift.beside(content)
        known = content.gift(half.gift_id) is not None
        return content if known else msgspec.structs.replace(content, unfinished=half)

    return change
