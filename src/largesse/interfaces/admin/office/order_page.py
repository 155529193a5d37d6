"""`/admin/{slug}/orders/{number}`: how an order was paid and delivered, what came of it, and what may be done."""

from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import quote

from litestar.handlers import HTTPRouteHandler

from largesse.domain.certificates import CertificateUnknown
from largesse.domain.gifts import Gift, GiftStatus
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderNotFound, OrderStatus
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.files import attached
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.telling import Teller, actors_of
from largesse.interfaces.admin.office.wording import badge_kind, order_states
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.invoices import sale_file_name, sale_pdf, sale_title
from largesse.services.office import CertificateStory, OrderStory, certificate_story, names_in, order_story
from largesse.ui import Voice
from largesse.web.errors import PageUnknown

PATH: Final = "/admin/{slug:str}/orders/{number:str}"
HERE: Final = "/admin/{slug}/orders/{number}"
_NUMBER_MAX: Final = 13


class OrderOffer(Protocol):
    """An act that an order's page offers."""

    name: str
    act: Act
    danger: bool

    def title(self, voice: Voice) -> str:
        """Return what it is called."""

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done about an order that stands so."""


class OrderPage:
    """Answer how an order stands and what happened to it."""

    def __init__(self, front: StaffFront, offers: Sequence["OrderOffer"]) -> None:
        self._front = front
        self._deps = front.deps
        self._all = offers
        self._said = {one.name: one.done for one in offers}

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        story = await order_of(self._front, caller)
        voice, now, order = self._front.voice(caller), self._deps.clock.now(), story.order
        journal = await self._journal(merchant, story)
        actors = actors_of(story) | {actor for one in journal for actor in actors_of(one)}
        teller = Teller(voice, merchant, await names_in(self._deps, merchant, actors), now=now)
        values = {
            "trail": trail_to_order(voice, merchant, story),
            "order": order,
            "state": {"badge": order_states(voice)[order.status.value], "kind": badge_kind(order.status.value)},
            "sums": _sums(story, voice),
            "documents": _documents(story, voice),
            "facts_shown": self._facts(caller, story, journal, voice),
            "lines": teller.order(story, journal),
            "acts_shown": self._offers(caller, story, voice),
            "done": self._said.get(caller.request.query_params.get("done", ""), lambda _voice: "")(voice),
            "waits": f"/admin/{merchant.slug}/requests" if caller.request.query_params.get("done") == "waits" else "",
            "hint": _hint(story, voice),
        }
        return await self._front.page(caller, "office/order.html", values)

    async def receipt(self, caller: Caller) -> Answer:
        """Return a receipt or invoice of the order, or what corrects it, as PDF."""
        story = await order_of(self._front, caller)
        number = str(caller.request.path_params["document"])
        found = next((one.document for one in story.documents if one.document.number == number), None)
        if found is None:
            raise PageUnknown
        return attached(await sale_pdf(self._deps, found), sale_file_name(found), "application/pdf")

    def _offers(self, caller: Caller, story: OrderStory, voice: Voice) -> list[dict[str, object]]:
        """Return what the reader may do about it as it stands."""
        assert caller.authority is not None
        here = HERE.format(slug=story.merchant.slug, number=quote(story.order.order_number, safe=""))
        return [
            {"name": offer.title(voice), "href": f"{here}/{offer.name}", "danger": offer.danger}
            for offer in self._all
            if may(caller.authority.role, offer.act) and offer.offered(story)
        ]

    async def _journal(self, merchant: Merchant, story: OrderStory) -> list[CertificateStory]:
        """Return the story of the certificate that the order issued, where it did."""
        if story.order.certificate_id is None:
            return []
        try:
            return [await certificate_story(self._deps, merchant, story.order.certificate_id)]
        except CertificateUnknown:
            return []

    def _facts(
        self, caller: Caller, story: OrderStory, journal: Sequence[CertificateStory], voice: Voice
    ) -> list[tuple[str, object]]:
        merchant, order = story.merchant, story.order
        assert caller.authority is not None
        home = f"/admin/{merchant.slug}"
        facts: list[tuple[str, object]] = []
        if order.description:
            facts.append((voice.t("What"), order.description))
        if story.partner is not None:
            facts.append((voice.t("From"), story.partner.name))
        elif story.checkout is not None:
            billing = story.checkout.billing
            name = f"{billing.first_name} {billing.last_name}".strip()
            facts.append((voice.t("From"), " · ".join(filter(None, [name, billing.email, billing.phone]))))
        if story.gift is not None:
            whom = " · ".join(filter(None, [story.gift.recipient_name, story.gift.recipient_email]))
            facts += [(voice.t("For"), whom), (voice.t("Delivery"), delivery_words(story.gift, merchant, voice))]
        elif order.recipient_first_name or order.recipient_email:
            name = f"{order.recipient_first_name} {order.recipient_last_name}".strip()
            facts.append((voice.t("For"), " · ".join(filter(None, [name, order.recipient_email]))))
        if order.message:
            facts.append((voice.t("Message"), order.message))
        for one in journal:
            link = f"{home}/certificates/{one.found.certificate.certificate_id}"
            readable = may(caller.authority.role, Act.CERTIFICATES_READ)
            text = f"… {one.found.last_four}"
            facts.append((voice.t("Certificate"), {"text": text, "href": link, "row": False} if readable else text))
        others = [one.order_number for one in story.together if one.order_number != order.order_number]
        facts += [
            (voice.t("Paid together with"), {"text": number, "href": f"{home}/orders/{number}", "row": False})
            for number in others
        ]
        named = ((voice.t("Refcode"), order.refcode), (voice.t("Partner’s own number"), order.third_party_identifier))
        facts += [(name, value) for name, value in named if value]
        facts += _of_the_sale(story, home, voice)
        return [(name, value) for name, value in facts if value]


def _of_the_sale(story: OrderStory, home: str, voice: Voice) -> list[tuple[str, object]]:
    """Return how it came to be bought, and that its buyer withdrew."""
    facts: list[tuple[str, object]] = []
    if story.order.promo_code:
        facts.append((voice.t("Promo code"), story.order.promo_code))
    if story.withdrawal is not None:
        when = voice.moment(story.withdrawal.received_at, zone=story.merchant.zone)
        said, href = voice.t("The buyer withdrew on {moment}", moment=when), f"{home}/orders/withdrawals?all=yes"
        facts.append((voice.t("Withdrawal"), {"text": said, "href": href, "row": False}))
    if story.checkout is not None and (came := story.checkout.campaign.fields):
        facts.append((voice.t("Campaign"), " · ".join(f"{name}={word}" for name, word in came)))
    return facts


def _documents(story: OrderStory, voice: Voice) -> list[dict[str, str]]:
    """Return the receipt or invoice of an order, and what corrects it, each with its PDF."""
    here = HERE.format(slug=story.merchant.slug, number=quote(story.order.order_number, safe=""))
    return [
        {
            "title": sale_title(one.document, voice),
            "href": f"{here}/receipts/{one.document.number}",
            "day": voice.short_day(one.document.issued_on),
            "corrects": one.document.corrects_number,
        }
        for one in story.documents
    ]


async def order_of(front: StaffFront, caller: Caller) -> OrderStory:
    """Return the story of the order in the address.

    Raises:
        PageUnknown: the merchant has none of that number.
    """
    assert caller.merchant is not None
    number = str(caller.request.path_params["number"])
    try:
        if len(number) > _NUMBER_MAX or "\0" in number:
            raise OrderNotFound
        return await order_story(front.deps, caller.merchant, number)
    except OrderNotFound:
        raise PageUnknown from None


def delivery_words(gift: Gift, merchant: Merchant, voice: Voice) -> str:
    """Return how far the delivery of a gift is."""
    due = voice.on_moment(gift.due_at, zone=merchant.zone) if gift.due_at else ""
    return {
        GiftStatus.WAITING: voice.t("is mailed {when}", when=due) if due else voice.t("waits"),
        GiftStatus.SENDING: voice.t("is being mailed"),
        GiftStatus.SENT: voice.t("was mailed"),
        GiftStatus.FAILED: voice.t("did not arrive"),
        GiftStatus.WITHDRAWN: voice.t("was not mailed: the certificate had ended"),
        GiftStatus.PRINT: voice.t("is printed by the buyer"),
    }[gift.status]


def trail_to_order(voice: Voice, merchant: Merchant, story: OrderStory, *more: str) -> list[tuple[str, str]]:
    """Return the breadcrumb of an order's page, or of one below it."""
    home, number = f"/admin/{merchant.slug}", story.order.order_number
    found = [
        (voice.t("Today"), home),
        (voice.t("Orders"), f"{home}/orders"),
        (number, HERE.format(slug=merchant.slug, number=number)),
    ]
    return [*found, *((one, "") for one in more)]


def _hint(story: OrderStory, voice: Voice) -> str:
    if story.gift is not None and story.gift.status is GiftStatus.FAILED:
        return voice.t("The gift did not reach its recipient. Correct the address, or print it.")
    if story.order.status is OrderStatus.PLACED:
        return voice.t("It is issued once it is paid.")
    return ""


def _sums(story: OrderStory, voice: Voice) -> list[tuple[str, str]]:
    order = story.order
    known = currency(order.currency)
    lines = [
        (voice.t("Amount"), order.amount),
        (voice.t("Gratuity"), order.tip),
        (voice.t("Discount"), -order.discount),
        (voice.t("Tax"), order.tax),
    ]
    shown = [(name, voice.money(Money(minor, known))) for name, minor in lines if minor]
    return [*shown, (voice.t("Total"), voice.money(Money(order.total, known)))]


def order_page_routes(front: StaffFront, offers: Sequence[OrderOffer]) -> Sequence[HTTPRouteHandler]:
    """Return the routes of an order's page, which offers some acts, and of its receipts."""
    page = OrderPage(front, offers)
    return [
        front.route("GET", PATH, for_act(Act.ORDERS_READ), page.show),
        front.route("GET", f"{PATH}/receipts/{{document:str}}", for_act(Act.ORDERS_READ), page.receipt),
    ]
