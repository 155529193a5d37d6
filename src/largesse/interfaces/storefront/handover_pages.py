"""A gift from the frame of another web site, on the shop's own pages: what is in the basket, and what would be added.

The browser may keep its cookie back from a form that comes out of a frame. So the page that shows the gift sets none
and changes nothing: only the button on it does, and shows the page once more where the basket is another one by then.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
import structlog
from litestar import Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain.drafts import Content, DraftFull
from largesse.interfaces.storefront.baskets import print_of_basket, sign_of
from largesse.interfaces.storefront.checkout_view import gift_card
from largesse.interfaces.storefront.forms import BODY_BYTES_MAX
from largesse.interfaces.storefront.previews import PreviewLinks
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront
from largesse.kernel.errors import LargesseError
from largesse.kernel.tokens import TokenKind, TokenRefused
from largesse.services.checkout import (
    Handover,
    HandoverExpired,
    HandoverSpent,
    change_draft,
    read_against,
    spend_handover,
)
from largesse.ui import Voice
from largesse.web.client import client_in
from largesse.web.csrf import comes_from_here
from largesse.web.errors import TooManyRequests
from largesse.web.forms import read_form
from largesse.web.request import AnyRequest
from largesse.web.responses import see_other
from largesse.web.session_cookie import known_session, session_of

TAKEN_WITHIN: Final = timedelta(hours=1)
TOKEN: Final = "token"  # noqa: S105 - the name of a field
_log = structlog.get_logger()


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    """A gift that was shown to somebody, to be put into their basket."""

    handover: Handover


_SHOWN: Final = TokenKind("handover-shown", _Shown)


class _BasketChanged(Exception):
    """The basket is not the one that was shown."""


def handover_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the routes of gifts that come from a frame."""
    pages = HandoverPages(front)

    @post("/{slug:str}/handover", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def arrive(slug: FromPath[str], request: AnyRequest) -> Response[str]:
        """Show the gift beside the basket, once."""
        return await pages.arrive(await front.shop(slug), request)

    @post("/{slug:str}/handover/keep", include_in_schema=False, request_max_body_size=BODY_BYTES_MAX)
    async def keep(slug: FromPath[str], request: AnyRequest) -> Response[str] | Response[bytes]:
        """Put it into the basket."""
        return await pages.keep(await front.shop(slug), request)

    return [arrive, keep]


class HandoverPages:
    """Answer for gifts that come from a frame."""

    def __init__(self, front: Storefront) -> None:
        self._front = front
        self._deps = front.deps

    async def arrive(self, shop: Shop, request: AnyRequest) -> Response[str]:
        """Spend the token of a gift, and show what would be added to what."""
        try:
            self._front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        token, now = (await read_form(request)).get(TOKEN, ""), self._deps.clock.now()
        try:
            handover = await spend_handover(self._deps, shop.merchant, token, now=now)
        except (TokenRefused, HandoverExpired, HandoverSpent) as refused:
            return await self._refused(shop, request, refused)
        return await self._page(shop, handover, request)

    async def keep(self, shop: Shop, request: AnyRequest) -> Response[str] | Response[bytes]:
        """Put a gift into the basket that it was shown beside, and lead to the checkout."""
        try:
            self._front.limits.gifts.admit(client_in(request.scope))
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        fields, session, now = await read_form(request), session_of(request), self._deps.clock.now()
        known = known_session(request)
        handover = self._read(shop, fields.get(TOKEN, ""), known)
        if handover is None or not comes_from_here(request):
            return await self._refused(shop, request, TokenRefused())
        if handover.ends_at + TAKEN_WITHIN <= now:
            return await self._refused(shop, request, HandoverExpired())
        voice, gift = self._front.voice(request, shop), handover.gift
        try:
            await self._front.draft(shop, request, session.token)
        except TooManyRequests as refused:
            return self._front.busy(request, refused, shop)
        drawn = fields.get("basket", "")

        def added(before: Content) -> Content:
            there = before.gift(gift.gift_id)
            if there is not None and there.text == gift.text:
                return before  # pressed twice
            if print_of_basket(before) != drawn:
                raise _BasketChanged
            return before.with_gift(gift)

        try:
            await change_draft(self._deps, shop.merchant, session.token, added, now=now)
        except _BasketChanged:
            return await self._page(shop, handover, request, notice=_changed(voice), status=409)
        except DraftFull:
            notice = voice.t("There is no room for another gift. Pay for those that are there first.")
            return await self._page(shop, handover, request, notice=notice, status=422)
        cookie = session.cookie(shop.path, https=self._front.templates.https)
        return see_other(handover.campaign.onto(f"{shop.path}/checkout"), cookies=[cookie])

    async def _page(
        self, shop: Shop, handover: Handover, request: AnyRequest, *, notice: str = "", status: int = 200
    ) -> Response[str]:
        offering, gift, now = shop.offering_of(handover.offering_id), handover.gift, self._deps.clock.now()
        if offering is None:
            return self._front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)
        content, voice = await self._front.content(shop, request), self._front.voice(request, shop)
        known = known_session(request)
        links, framed = PreviewLinks(self._deps.keyring, known or ""), PreviewLinks(self._deps.keyring, framed_at=now)
        offerings = {one.offering_id: one for one in shop.offerings}

        def read(of: Content) -> list[dict[str, object]]:
            found, drawn_by = read_against(of, offerings, shop.merchant, now=now), links if of is content else framed
            return [gift_card(shop, one, found, voice, links=drawn_by, now=now) for one in of.gifts]

        replaced = content.gift(gift.gift_id)
        values = {
            "gift": read(Content(gifts=(gift,)))[0],
            "basket_gifts": read(content),
            "replaced": replaced.text.to if replaced else "",
            "shown_token": _SHOWN.sign(self._deps.keyring, _Shown(handover), bound_to=_bound(shop, known)),
            "drawn": print_of_basket(content),
            "notice_text": notice,
            "basket": sign_of(shop, content, voice, now=now),
        }
        return self._front.page(
            "handover.html", request, values, shop=shop, status=status, here=shop.path, campaign=handover.campaign
        )

    def _read(self, shop: Shop, token: str, session: str | None) -> Handover | None:
        """Return the gift that was shown to this browser, or to one that brought no cookie then."""
        for shown_to in (session, None):
            try:
                return _SHOWN.read(self._deps.keyring, token, bound_to=_bound(shop, shown_to)).handover
            except TokenRefused:
                continue
        return None

    async def _refused(self, shop: Shop, request: AnyRequest, refused: LargesseError) -> Response[str]:
        _log.warning("handover_refused", merchant=shop.merchant.slug, error_code=refused.code)
        voice, content = self._front.voice(request, shop), await self._front.content(shop, request)
        heading, said, status = _why(refused, voice)
        values = {
            "heading": heading,
            "said": said,
            "basket": sign_of(shop, content, voice, now=self._deps.clock.now()),
        }
        return self._front.page("handover_refused.html", request, values, shop=shop, status=status, here=shop.path)


def _why(refused: LargesseError, voice: Voice) -> tuple[str, str, int]:
    if isinstance(refused, HandoverSpent):
        return (
            voice.t("This gift came here before"),
            voice.t("Look into your basket: it may be there. If not, choose it once more."),
            409,
        )
    if isinstance(refused, HandoverExpired):
        return (
            voice.t("That took a little too long"),
            voice.t("A gift from another web site waits for five minutes. Nothing was paid; choose it once more."),
            403,
        )
    return (
        voice.t("This gift did not arrive whole"),
        voice.t("Nothing was changed and nothing was paid. Choose it once more, here in the shop."),
        403,
    )


def _changed(voice: Voice) -> str:
    return voice.t("Your basket is another one than was shown. Look at it here; nothing was added yet.")


def _bound(shop: Shop, session: str | None) -> bytes:
    return shop.merchant.merchant_id.bytes + (session or "").encode()
