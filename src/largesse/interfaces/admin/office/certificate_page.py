"""`/admin/{slug}/certificates/{id}`: what a certificate holds, all that happened to it, and what may be done."""

from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import quote
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.domain.certificates import CertificateUnknown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.office.telling import Teller, actors_of
from largesse.interfaces.admin.office.wording import badge_kind, certificate_states, classes_of_value
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Certificate, Status
from largesse.services.office import CertificateStory, ReloadWaiting, certificate_story, names_in
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id

PATH: Final = "/admin/{slug:str}/certificates/{certificate:str}"
HERE: Final = "/admin/{slug}/certificates/{certificate}"


class ActOffer(Protocol):
    """An act that a certificate's page offers."""

    name: str
    act: Act
    danger: bool

    def title(self, voice: Voice) -> str:
        """Return what it is called."""

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""

    def offered(self, one: Certificate) -> bool:
        """Return whether it may be done to a certificate that stands so."""


class CertificatePage:
    """Answer how a certificate stands and what happened to it."""

    def __init__(self, front: StaffFront, offers: Sequence["ActOffer"]) -> None:
        self._front = front
        self._deps = front.deps
        self._all = offers
        self._said = {one.name: one.done for one in offers}

    async def show(self, caller: Caller) -> Answer:
        """Return the page."""
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        story = await story_of(self._front, caller)
        voice, now = self._front.voice(caller), self._deps.clock.now()
        teller = Teller(voice, merchant, await names_in(self._deps, merchant, actors_of(story)), now=now)
        one = story.found.certificate
        values = {
            "trail": trail_to(voice, merchant, story),
            "last_four": story.found.last_four,
            "state": {"badge": certificate_states(voice)[one.status.value], "kind": badge_kind(one.status.value)},
            "left": voice.money(Money(one.available, currency(one.currency))),
            "left_words": voice.t("to spend"),
            "facts_shown": self._facts(caller, story, voice, merchant),
            "lines": teller.certificate(story),
            "acts_shown": self._offers(caller, story, voice),
            "done": self._said.get(caller.request.query_params.get("done", ""), lambda _voice: "")(voice),
            "waits": f"/admin/{merchant.slug}/requests" if caller.request.query_params.get("done") == "waits" else "",
            "hint": self._hint(story, voice),
        }
        return await self._front.page(caller, "office/certificate.html", values)

    def _offers(self, caller: Caller, story: CertificateStory, voice: Voice) -> list[dict[str, object]]:
        """Return what the reader may do to it as it stands."""
        assert caller.merchant is not None
        assert caller.authority is not None
        one, role = story.found.certificate, caller.authority.role
        here = HERE.format(slug=caller.merchant.slug, certificate=one.certificate_id)
        shown: list[dict[str, object]] = [
            {"name": offer.title(voice), "href": f"{here}/{offer.name}", "danger": offer.danger}
            for offer in self._all
            if may(role, offer.act) and offer.offered(one)
        ]
        refundable = story.bought is not None and one.status in {Status.ACTIVE, Status.BLOCKED}
        if refundable and may(role, Act.REFUND):
            refund = f"/admin/{caller.merchant.slug}/orders/{quote(one.order_number or '', safe='')}/refund"
            shown.append({"name": voice.t("Refund its order"), "href": refund, "danger": True})
        return shown

    def _hint(self, story: CertificateStory, voice: Voice) -> str:
        one = story.found.certificate
        if one.status in {Status.ACTIVE, Status.BLOCKED} and one.expired(self._deps.clock.now()):
            return voice.t("Its last good day has passed. It is booked as expired in the night.")
        if one.held or one.gratuity_held:
            held = voice.money(Money(one.held + one.gratuity_held, currency(one.currency)))
            return voice.t("{amount} is held for a tab.", amount=held)
        return ""

    def _facts(
        self, caller: Caller, story: CertificateStory, voice: Voice, merchant: Merchant
    ) -> list[tuple[str, object]]:
        one = story.found.certificate
        assert caller.authority is not None
        money = currency(one.currency)
        gift = story.bought.gift if story.bought else None
        facts: list[tuple[str, object]] = [(voice.t("Value"), voice.money(Money(one.balance, money)))]
        if one.gratuity_balance:
            facts.append((voice.t("Gratuity"), voice.money(Money(one.gratuity_balance, money))))
        facts.append((voice.t("Kind of value"), classes_of_value(voice)[one.class_of_value.value]))
        through = voice.long_day(one.good_through) if one.good_through else voice.t("for ever")
        facts.append((voice.t("Good through"), through))
        facts.append((voice.t("Issued"), voice.long_day(day_of(one.issued_at, in_zone=merchant.zone))))
        if one.order_number:
            link = f"/admin/{merchant.slug}/orders/{one.order_number}"
            readable = story.bought is not None and may(caller.authority.role, Act.ORDERS_READ)
            shown = {"text": one.order_number, "href": link, "row": False} if readable else one.order_number
            facts.append((voice.t("Order"), shown))
        facts += [self._waiting(one, voice, merchant) for one in story.reloads]
        if story.bought is not None:
            facts.append((voice.t("From"), buyer_of(story, voice)))
        if gift is not None and (gift.recipient_name or gift.recipient_email):
            facts.append((voice.t("For"), " · ".join(filter(None, [gift.recipient_name, gift.recipient_email]))))
        return facts

    def _waiting(self, one: ReloadWaiting, voice: Voice, merchant: Merchant) -> tuple[str, object]:
        """Return what is added once it is paid, which leads to its order."""
        amount = voice.money(Money(one.order.amount + one.order.tip, currency(one.order.currency)))
        text = voice.t("{amount} by order {number}", amount=amount, number=one.order.order_number)
        if one.until is not None:
            moment = voice.moment(one.until, zone=merchant.zone, now=self._deps.clock.now())
            text = voice.t("{what}, until {moment}", what=text, moment=moment)
        href = f"/admin/{merchant.slug}/orders/{quote(one.order.order_number, safe='')}"
        return voice.t("Reload that waits for its payment"), {"text": text, "href": href, "row": False}


async def story_of(front: StaffFront, caller: Caller) -> CertificateStory:
    """Return the story of the certificate in the address.

    Raises:
        PageUnknown: the merchant has none of that id.
    """
    assert caller.merchant is not None
    wanted = an_id(str(caller.request.path_params["certificate"]))
    try:
        return await certificate_story(front.deps, caller.merchant, wanted or UUID(int=0))
    except CertificateUnknown:
        raise PageUnknown from None


def buyer_of(story: CertificateStory, voice: Voice) -> str:
    """Return who bought a certificate, as far as is known."""
    if story.bought is None:
        return voice.t("nobody: it was not ordered")
    if story.bought.partner is not None:
        return story.bought.partner.name
    billing = story.bought.checkout.billing if story.bought.checkout else None
    if billing is None:
        return ""
    return " · ".join(filter(None, [f"{billing.first_name} {billing.last_name}".strip(), billing.email]))


def trail_to(voice: Voice, merchant: Merchant, story: CertificateStory, *more: str) -> list[tuple[str, str]]:
    """Return the breadcrumb of a certificate's page, or of one below it."""
    home = f"/admin/{merchant.slug}"
    here = HERE.format(slug=merchant.slug, certificate=story.found.certificate.certificate_id)
    found = [
        (voice.t("Today"), home),
        (voice.t("Certificates"), f"{home}/certificates"),
        (f"… {story.found.last_four}", here),
    ]
    return [*found, *((one, "") for one in more)]


def certificate_page_routes(front: StaffFront, offers: Sequence[ActOffer]) -> Sequence[HTTPRouteHandler]:
    """Return the route of a certificate's page, which offers some acts."""
    return [front.route("GET", PATH, for_act(Act.CERTIFICATES_READ), CertificatePage(front, offers).show)]
