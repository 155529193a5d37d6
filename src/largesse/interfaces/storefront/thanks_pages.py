"""The page after paying: what happened, in plain words, and where each gift is.

The buyer may be back before the money is: then the page waits, by itself and also without scripts, and stops after a
while with words instead of a wheel that turns for ever. With scripts it asks quietly and changes once: a page that is
loaded anew every few seconds starts a screen reader over each time (WCAG 2.2.1). It is opened by a signed token, for a
buyer may come back in another browser than the one they left with.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from largesse.domain import gifts, orders
from largesse.domain.gifts import Gift, GiftStatus
from largesse.domain.orders import DeliveryMethod, Order
from largesse.interfaces.storefront.given_pages import PDF_PATH, PICTURE_PATH
from largesse.interfaces.storefront.opening import open_link
from largesse.interfaces.storefront.shops import Shop
from largesse.interfaces.storefront.storefront import Storefront, note_forged
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services import payments
from largesse.services.checkout import is_told_by_mail
from largesse.services.gifts import PATH as GIVEN_PATH
from largesse.services.gifts import GiftLink, LinkExpired, LinkRefused, gifts_of
from largesse.services.mails import day_before, tax_sentences, taxed_gift, voice_of
from largesse.services.payments import PaymentStanding, Progress
from largesse.ui import Voice
from largesse.web.errors import TooManyRequests
from largesse.web.request import AnyRequest

POLLS_MAX: Final = 24
POLL_EVERY_S: Final = 5


def thanks_routes(front: Storefront) -> Sequence[ControllerRouterHandler]:
    """Return the route of the page after paying."""

    @get("/{slug:str}/thanks", include_in_schema=False)
    async def thanks(slug: FromPath[str], request: AnyRequest) -> Response[str]:
        """Return in words what happened."""
        return await _thanks(front, await front.shop(slug), request)

    return [thanks]


async def _thanks(front: Storefront, shop: Shop, request: AnyRequest) -> Response[str]:
    token, now = request.query_params.get("token", ""), front.deps.clock.now()
    try:
        link = await open_link(front.deps, front.links, token, request)
    except TooManyRequests as refused:
        return front.busy(request, refused, shop)
    except (LinkRefused, LinkExpired) as error:
        if isinstance(error, LinkRefused):
            note_forged(shop, "link")
        return front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)
    if link.merchant_id != shop.merchant.merchant_id:
        return front.page("gone.html", request, {}, shop=shop, status=404, here=shop.path)
    progress = await payments.confirm(front.deps, shop.merchant, link.checkout_id, now=now)
    async with front.deps.database.connection() as connection:
        bought = await orders.orders_of_checkouts(connection, link.merchant_id, [link.checkout_id])
        states = await gifts.deliveries_of_checkout(connection, link.merchant_id, link.checkout_id)
        until = (await orders.payment_links(connection, link.merchant_id, [link.checkout_id])).get(link.checkout_id)
        is_mailed = bool(until) and await is_told_by_mail(connection, progress.checkout)
    shown = await _shown(front, link, now=now) if _standing(progress) == "paid" else frozenset()
    voice = front.voice(request, shop)
    poll = _poll(request.query_params.get("poll", ""))
    waits = progress.standing is PaymentStanding.PENDING and poll < POLLS_MAX
    cared = any(one.delivery is not DeliveryMethod.NONE for one in bought)
    values = {
        "standing": _standing(progress),
        "gifts": _gifts(bought, {one.order_id: one for one in states}, shop, voice, now, token=token, shown=shown),
        "total": voice.money(Money(progress.checkout.total, currency(progress.checkout.currency))),
        "taxes": tax_sentences([taxed_gift(one) for one in bought if one.bonus_of is None], voice_of(voice.tag)),
        "email": progress.checkout.billing.email if cared else "",
        "cared": cared,
        "numbers": voice.listing([one.order_number for one in bought if one.bonus_of is None]),
        "given": f"{GIVEN_PATH}?token={token}",
        "how_to_pay": shop.by_hand.lines() if shop.by_hand else (),
        "pay_by": voice.long_day(day_before(until, zone=shop.merchant.zone)) if until else "",
        "is_mailed": is_mailed,
        "contact": shop.merchant.reply_address,
        # What was placed stays in the draft until it is paid for: it is no basket that waits.
        "basket": await front.basket(shop, request) if _standing(progress) in {"paid", "closed"} else None,
        "token": token,
        "pdf": PDF_PATH,
        "waits": waits,
        "again": f"{shop.path}/thanks?token={token}&poll={poll + 1}",
        "every": POLL_EVERY_S,
    }
    here = f"{shop.path}/thanks?token={token}"
    return front.page("thanks.html", request, values, shop=shop, here=here, headers={"X-Robots-Tag": "noindex"})


def _standing(progress: Progress) -> str:
    """Return which page it is; an order to be paid by hand waits for people, not for machines."""
    if progress.standing is PaymentStanding.OPEN and progress.checkout.gateway == "manual":
        return "by_hand"
    return progress.standing.value


def _poll(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


async def _shown(front: Storefront, link: GiftLink, *, now: datetime) -> Collection[UUID]:
    """Return the orders whose certificates can be looked at: what was taken back has no picture, what was spent has."""
    found = await gifts_of(front.deps, link)
    return frozenset(one.order.order_id for one in found.given if one.standing.stands_for_buyer(now))


def _gifts(
    bought: Sequence[Order],
    states: Mapping[object, Gift],
    shop: Shop,
    voice: Voice,
    now: datetime,
    *,
    token: str,
    shown: Collection[UUID],
) -> list[dict[str, str]]:
    return [
        {
            "title": order.description,
            "amount": voice.money(Money(order.amount, currency(order.currency))),
            "tip": voice.money(Money(order.tip, currency(order.currency))) if order.tip else "",
            "number": order.order_number,
            "said": _filled(order, voice) or _said(order, states.get(order.order_id), shop, voice, now),
            "order_id": str(order.order_id) if order.delivery is DeliveryMethod.PRINT else "",
            "picture": f"{PICTURE_PATH}?token={token}&order={order.order_id}" if order.order_id in shown else "",
            "kind": _kind(states.get(order.order_id)),
            "good_through": voice.long_day(order.good_through) if order.good_through else "",
            "bonus": "yes" if order.bonus_of is not None else "",
        }
        for order in bought
    ]


def _kind(state: Gift | None) -> str:
    """Return how a gift's state looks: good, warn or bad."""
    if state is None or state.status in {GiftStatus.WAITING, GiftStatus.SENDING, GiftStatus.PRINT}:
        return "accent"
    return "good" if state.status is GiftStatus.SENT else "bad"


def _filled(order: Order, voice: Voice) -> str:
    """Return what becomes of a certificate that stands already, of an order that fills one and is handed to nobody."""
    if order.fills_id is None or order.delivery is not DeliveryMethod.NONE:
        return ""
    return voice.t("Added to the certificate.") if order.issued_at else voice.t("Added once it is paid for.")


def _said(order: Order, state: Gift | None, shop: Shop, voice: Voice, now: datetime) -> str:
    """Return in words where a gift is, or where it will go once it is paid for."""
    name = order.recipient_first_name or order.to_message
    email = (state.recipient_email if state else "") or order.recipient_email
    zone = shop.merchant.zone
    due = state.due_at if state else order.deliver_at
    if order.delivery is DeliveryMethod.PRINT:
        return voice.t("Yours to print, for {name}.", name=name)
    if state is None:
        when = voice.on_moment(due, zone=zone, now=now) if due else ""
        if when:
            return voice.t("{name} gets this {moment}, once it is paid for.", name=name, moment=when)
        return voice.t("{name} gets this as soon as it is paid for.", name=name)
    match state.status:
        case GiftStatus.WAITING if due is not None:
            return voice.t("{name} gets this {moment}.", name=name, moment=voice.on_moment(due, zone=zone, now=now))
        case GiftStatus.SENT:
            return voice.t("Sent to {name}, at {email}.", name=name, email=email)
        case GiftStatus.FAILED:
            return voice.t("{email} did not take it. Correct the address, and we send it again.", email=email)
        case GiftStatus.WITHDRAWN:
            return voice.t("This gift was not sent. Ask {merchant}.", merchant=shop.merchant.name)
        case _:
            return voice.t("On its way to {name}, at {email}.", name=name, email=email)
