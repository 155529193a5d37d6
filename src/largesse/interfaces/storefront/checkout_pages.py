"""The checkout: what is bought, what it costs, who pays, and how."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import structlog
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.drafts import BuyerText, Content
from largesse.domain.payments import MANUAL, Offer, PaymentRefused, PaymentTooSmall
from largesse.interfaces.storefront.baskets import print_of_basket
from largesse.interfaces.storefront.checkout_view import checkout_view, choices_of, least_words, live_sums
from largesse.interfaces.storefront.counts import count_placed
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX, buyer_text
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.promo_codes import JudgedBuyer, PromoCodes
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, not_ours, note_faults, note_forged
from largesse.interfaces.storefront.waiting_orders import WaitingOrders, is_bounded, keeps_limited
from largesse.kernel.campaigns import Campaign, read_campaign
from largesse.kernel.errors import LargesseError
from largesse.kernel.mail import meant_address
from largesse.kernel.money import MINOR_MAX, Money
from largesse.kernel.zones import region_of_zone
from largesse.services import payments
from largesse.services.checkout import (
    AskedDetails,
    Fault,
    FaultKind,
    PlaceCheckout,
    ReadDraft,
    Refused,
    change_draft,
    email_doubts,
    open_draft,
    place,
    placed_email,
    read_buyer,
    read_draft,
)
from largesse.services.gifts import GOOD_FOR, GiftLink, make_token
from largesse.services.orders import Placed
from largesse.ui import Voice
from largesse.web.client import Client, client_in
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form, whole_number
from largesse.web.request import AnyRequest
from largesse.web.responses import retry_after, see_other
from largesse.web.session_cookie import known_session, session_of

UPDATE: Final = "update"


def checkout_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of the checkout."""
    pages = CheckoutPages(front)

    @get("/{slug:str}/checkout", include_in_schema=False)
    async def show(slug: FromPath[str], request: AnyRequest) -> Response[str]:
        """Show what was put together."""
        return await pages.show(await front.shop(slug), request)

    @post("/{slug:str}/checkout", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def send(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Place it, and lead to where it is paid for."""
        return await pages.take(await front.shop(slug), request)

    @post("/{slug:str}/live/checkout", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def live(slug: FromPath[str], request: AnyRequest) -> Response[dict[str, str]] | Response[None]:
        """Keep what is half written, and answer with what it costs."""
        return await pages.live(await front.shop(slug), request)

    return [show, send, live]


_log = structlog.get_logger()


class CheckoutPages:
    """Answer for the checkout."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._deps = front.deps
        self._promos = PromoCodes(front.deps)
        self._waiting = WaitingOrders(front.deps, front.limits)

    async def show(self, shop: Shop, request: AnyRequest) -> Response[str]:
        """Show the checkout; somebody who comes back from the payment page without paying is told so.

        The address is kept by histories and tabs: where the gifts are gone, they have been paid for since.
        """
        content = await open_draft(self._deps, shop.merchant, known_session(request))
        voice = self._front.voice(request, shop)
        back = request.query_params.get("back") == "1" and bool(content.gifts)
        notice = voice.t("Nothing was paid, and your gifts are still here. Pay whenever you like.") if back else ""
        return await self._page(shop, content, request, notice=notice)

    async def take(self, shop: Shop, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Place the draft and send the buyer to pay; or show what stands against it."""
        try:
            self._front.limits.checkouts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        fields, voice = await read_form(request), self._front.voice(request, shop)
        token, now, typed = session_of(request).token, self._deps.clock.now(), buyer_text(fields)
        campaign = read_campaign(fields)
        if not self._front.is_own(request, fields, shop):
            content, notice = await open_draft(self._deps, shop.merchant, token), not_ours(voice)
            return await self._page(shop, content, request, typed=typed, notice=notice, status=403, campaign=campaign)
        try:
            before = await self._front.draft(shop, request, token)
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        judged = await self._promos.judge(shop, client_in(request.scope), typed, before=before.buyer.promo)
        buyer = judged.kept
        is_drawn = not before.gifts or fields.get("basket") == print_of_basket(before)
        if fields.get("go") == UPDATE or not is_drawn:
            notice, status = ("", 200) if fields.get("go") == UPDATE else (_drawn_anew(voice), 409)
            content = await change_draft(self._deps, shop.merchant, token, _with_buyer(buyer), now=now)
            return await self._page(
                shop, content, request, typed=typed, judged=judged, notice=notice, status=status, campaign=campaign
            )
        total = whole_number(fields.get("total", ""))
        agreed = Money(min(total or 0, MINOR_MAX), shop.merchant.money)
        ways = await self._offer(shop, now)
        sure = await self._sure(shop, token, typed, fields.get("email_sure", ""))
        doubts = email_doubts("email", typed.email, sure=sure)
        if judged.fault is not None or doubts:
            content = await change_draft(self._deps, shop.merchant, token, _with_buyer(buyer), now=now)
            faults = (*self._faults_of(shop, typed, ways, agreed), *doubts, *filter(None, [judged.fault]))
            sure = typed.email if doubts else sure
            return await self._page(
                shop,
                content,
                request,
                typed=typed,
                judged=judged,
                faults=faults,
                sure=sure,
                status=422,
                campaign=campaign,
            )
        command = PlaceCheckout(
            token=token,
            buyer=buyer,
            total=total,
            locale=voice.language,
            gateways=ways.names(agreed),
            by_hand_until=shop.by_hand.ends_at(now, zone=shop.merchant.zone) if shop.by_hand else None,
            too_small_for=ways.too_small_for(agreed),
            campaign=campaign,
        )
        try:
            answer = await self._place(shop, before, command, client_in(request.scope), now=now)
        except TooManyRequests as refused:
            notice = voice.t(
                "Too many orders from here wait for their payment. Please try again later, or pay by card."
            )
            wait = retry_after(refused.retry_after_s)
            return await self._page(
                shop, before, request, typed=typed, notice=notice, status=429, headers=wait, campaign=campaign
            )
        if isinstance(answer, Refused):
            return await self._refused(shop, answer, command, request, sure=sure)
        count_placed(self._front, shop, request, answer)
        return await self._lead_to_pay(shop, answer, request, campaign)

    async def live(self, shop: Shop, request: AnyRequest) -> Response[dict[str, str]] | Response[None]:
        """Answer with the sums of what was put together, with the promo code that is typed."""
        try:
            self._front.limits.live.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return Response(None, status_code=429, headers=retry_after(refused.retry_after_s))
        fields = await read_form(request)
        if not self._front.is_own(request, fields, shop):
            return Response(None, status_code=403)
        now = self._deps.clock.now()
        session, typed = session_of(request).token, buyer_text(fields)
        try:
            before = await self._front.draft(shop, request, session)
        except TooManyRequests as refused:
            return Response(None, status_code=429, headers=retry_after(refused.retry_after_s))
        if before.gifts and fields.get("basket") != print_of_basket(before):
            # The total that the buyer saw is not moved under gifts that this page does not show.
            said = {"changed": _changed_elsewhere(self._front.voice(request, shop))}
            return Response(said, status_code=200, headers={"Cache-Control": "no-store"})
        judged = await self._promos.judge(shop, client_in(request.scope), typed, before=before.buyer.promo)
        content = await change_draft(self._deps, shop.merchant, session, _with_buyer(judged.kept), now=now)
        async with self._deps.database.connection() as connection:
            token = known_session(request)
            read = await read_draft(connection, shop.merchant, content, token=token, now=now)
        voice = self._front.voice(request, shop)
        answer = live_sums(_with_fault(read, judged), voice)
        ways = await self._offer(shop, now)
        answer["email_meant"] = _meant(typed, fields.get("email_sure", ""))
        answer["ways_said"] = _ways_said(ways, read.quote.total, voice)
        return Response(answer, status_code=200, headers={"Cache-Control": "no-store"})

    async def _place(
        self, shop: Shop, content: Content, command: PlaceCheckout, client: Client, *, now: datetime
    ) -> Placed | Refused:
        """Place a draft, counted before it is where it keeps something from others.

        Raises:
            TooManyRequests: too many orders that wait for their payment came from there.
        """
        gateway, limited = command.buyer.gateway, keeps_limited(shop, content, command.buyer.promo)
        if not is_bounded(gateway, keeps_limited=limited):
            return await place(self._deps, shop.merchant, command, now=now)
        taken = await self._waiting.take(client, gateway=gateway, keeps_limited=limited)
        answer: Placed | Refused | None = None
        try:
            answer = await place(self._deps, shop.merchant, command, now=now)
        finally:
            if not isinstance(answer, Placed) or answer.replayed:
                await self._waiting.give_back(taken, gateway=gateway, keeps_limited=limited)
        return answer

    async def _refused(
        self, shop: Shop, refused: Refused, command: PlaceCheckout, request: AnyRequest, *, sure: str
    ) -> Response[str]:
        note_faults(shop, refused.faults)
        if any(fault.kind is FaultKind.PRICE_CHANGED for fault in refused.faults):
            note_forged(shop, "total")
        now = self._deps.clock.now()
        content = await change_draft(self._deps, shop.merchant, command.token, _with_buyer(command.buyer), now=now)
        self._front.shops.forget(shop.merchant.slug)  # what was refused may have changed a moment ago
        return await self._page(
            shop, content, request, faults=refused.faults, sure=sure, status=422, campaign=command.campaign
        )

    async def _lead_to_pay(
        self, shop: Shop, placed: Placed, request: AnyRequest, campaign: Campaign
    ) -> Response[str] | Response[bytes]:
        now, checkout = self._deps.clock.now(), placed.checkout
        address = self._deps.base_url + shop.path
        thanks = f"{address}/thanks?token={self._token(placed)}"
        try:
            target = await payments.start(
                self._deps,
                shop.merchant,
                checkout.checkout_id,
                gateway=checkout.gateway,
                return_url=thanks,
                cancel_url=campaign.onto(f"{address}/checkout?back=1"),
                now=now,
                placed=placed,
            )
        except LargesseError as error:
            # The way to pay was checked when the draft was placed: this is the gateway's trouble, not the buyer's.
            _log.warning(
                "payment_not_begun", merchant=shop.merchant.slug, gateway=checkout.gateway, error_code=error.code
            )
            voice = self._front.voice(request, shop)
            content = await open_draft(self._deps, shop.merchant, known_session(request))
            notice, status = _why_not_begun(error, voice)
            return await self._page(shop, content, request, notice=notice, status=status, campaign=campaign)
        return see_other(target.removeprefix(self._deps.base_url) if target.startswith(address) else target)

    async def _offer(self, shop: Shop, now: datetime) -> Offer:
        """Return the ways to pay; by hand only where the merchant says how."""
        offer = await self._deps.gateways.offer(shop.merchant.merchant_id, now=now)
        return offer if shop.by_hand else offer.without(MANUAL)

    def _token(self, placed: Placed) -> str:
        """Return what opens the page afterwards. It is the same however often the draft is placed."""
        latest = max([placed.checkout.created_at, *(one.deliver_at for one in placed.orders if one.deliver_at)])
        link = GiftLink(
            merchant_id=placed.checkout.merchant_id,
            checkout_id=placed.checkout.checkout_id,
            ends_at=latest + GOOD_FOR,
        )
        return make_token(self._deps.keyring, link)

    def _faults_of(self, shop: Shop, typed: BuyerText, ways: Offer, total: Money) -> tuple[Fault, ...]:
        region = region_of_zone(shop.merchant.time_zone)
        asked = AskedDetails(phone=shop.merchant.ask_phone, address=shop.merchant.ask_address)
        gateways, too_small_for = ways.names(total), ways.too_small_for(total)
        return read_buyer(typed, gateways=gateways, too_small_for=too_small_for, region=region, asked=asked)[1]

    async def _sure(self, shop: Shop, token: str | None, buyer: BuyerText, sure: str) -> str:
        """Return the address that is not asked about: `sure`, or the buyer's own where it was placed with before."""
        if not _meant(buyer, sure):
            return sure
        known = await placed_email(self._deps, shop.merchant, token)
        return buyer.email if known and buyer.email.casefold() == known.casefold() else sure

    async def _page(
        self,
        shop: Shop,
        content: Content,
        request: AnyRequest,
        *,
        faults: tuple[Fault, ...] = (),
        typed: BuyerText | None = None,
        judged: JudgedBuyer | None = None,
        notice: str = "",
        sure: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        campaign: Campaign | None = None,
    ) -> Response[str]:
        """Return the page of a draft; `typed` is what stands in the form where the draft does not keep it.

        `sure` is the buyer's address that is not asked about again.
        """
        now, voice = self._deps.clock.now(), self._front.voice(request, shop)
        async with self._deps.database.connection() as connection:
            token = known_session(request)
            read = await read_draft(connection, shop.merchant, content, token=token, now=now)
        read = _with_fault(read, judged)
        sure = await self._sure(shop, token, typed or content.buyer, sure)
        links = PreviewLinks(self._deps.keyring, token or session_of(request).token)
        view = checkout_view(shop, content, read, faults=faults, voice=voice, links=links, now=now)
        ways = await self._offer(shop, now)
        offered = ways.names(read.quote.total)
        usual = content.buyer.gateway if content.buyer.gateway in offered else next(iter(offered), "")
        values = {
            **view,
            "ways": choices_of(offered, voice),
            "ways_said": _ways_said(ways, read.quote.total, voice),
            "notice_text": notice,
            "usual_way": usual,
            "can_forget": content != Content(),
            "email_sure": sure,
            "email_meant": _meant(typed or content.buyer, sure),
        }
        if typed is not None:
            values["typed"] = typed
        wait_s = judged.wait_s if judged else 0
        return self._front.page(
            "checkout.html",
            request,
            values,
            shop=shop,
            session=session_of(request),
            status=429 if wait_s else status,
            headers=retry_after(wait_s) if wait_s else headers,
            here=f"{shop.path}/checkout",
            form_targets=ways.page_origins,
            campaign=campaign,
        )


def _changed_elsewhere(voice: Voice) -> str:
    return voice.t("Your gifts were changed in another tab. Load this page anew to see all of them before you pay.")


def _drawn_anew(voice: Voice) -> str:
    return voice.t(
        "Your gifts were changed in another tab. These are all of them now: look them over, then press once more."
    )


def _why_not_begun(error: LargesseError, voice: Voice) -> tuple[str, int]:
    """Return what the buyer is told of a payment that could not be begun, and the status."""
    if isinstance(error, PaymentTooSmall):
        return voice.t("This is less than can be paid by card. Choose another way to pay, or a larger amount."), 422
    if isinstance(error, PaymentRefused):
        return voice.t("This way of paying did not take the order. Nothing was paid; choose another, or ask us."), 422
    return voice.t("This way of paying does not answer just now. Nothing was paid; try again, or choose another."), 503


def _ways_said(ways: Offer, total: Money, voice: Voice) -> str:
    """Return in words which way to pay takes no amount so small, "" where every one does."""
    return least_words(ways.too_small_for(total), ways.names(total), voice)


def _meant(buyer: BuyerText, sure: str) -> str:
    """Return the address that the buyer probably meant, "" where none is asked about."""
    return (meant_address(buyer.email) or "") if buyer.email != sure else ""


def _with_fault(read: ReadDraft, judged: JudgedBuyer | None) -> ReadDraft:
    """Return a draft as it was read, with what is wrong with the code that was typed and not kept."""
    if judged is None or judged.fault is None:
        return read
    return msgspec.structs.replace(read, promo_fault=judged.fault)


def _with_buyer(buyer: BuyerText) -> Callable[[Content], Content]:
    return lambda content: msgspec.structs.replace(content, buyer=buyer)
