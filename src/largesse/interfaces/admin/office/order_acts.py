"""What staff do about an order: send its gift again, correct whom it is for, take its payment, cancel it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.gifts import Gift, GiftStatus, Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActSubject, Setting, Unfit
from largesse.interfaces.admin.office.order_page import order_of, trail_to_order
from largesse.kernel.errors import InvalidInput
from largesse.services.certificates import Request
from largesse.services.gifts import GiftLink, send_again
from largesse.services.office import OrderStory
from largesse.services.orders import give_up, mark_paid
from largesse.ui import Voice
from largesse.web.forms import an_id

_MAILED: Final = frozenset({GiftStatus.SENDING, GiftStatus.SENT, GiftStatus.FAILED})
_REFERENCE_MAX: Final = 100


class OrderSubject(msgspec.Struct, frozen=True, kw_only=True):
    """An order that something is done about. `seq` is the last row of its certificate's journal."""

    story: OrderStory
    seq: int = 0

    @property
    def subject_id(self) -> UUID:
        """Its id."""
        return self.story.order.order_id

    @property
    def version(self) -> str:
        """How it stands, with its certificate and its delivery."""
        gift = self.story.gift
        told = f"{gift.status}.{gift.mail_id}.{gift.corrections}" if gift else ""
        return f"{self.story.order.status}.{self.seq}.{told}"

    @property
    def addresses(self) -> frozenset[str]:
        """Whose it is."""
        return self.story.addresses

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        return trail_to_order(voice, merchant, self.story, here)


async def find_order(front: StaffFront, caller: Caller) -> ActSubject:
    """Return the order in the address."""
    story = await order_of(front, caller)
    order = story.order
    if order.certificate_id is None:
        return OrderSubject(story=story)
    async with front.deps.database.connection() as connection:
        one = await front.deps.ledger.find(connection, order.merchant_id, order.certificate_id)
    return OrderSubject(story=story, seq=one.seq if one else 0)


def story_in(subject: ActSubject) -> OrderStory:
    """Return the story of the order that something is done about."""
    assert isinstance(subject, OrderSubject)
    return subject.story


class OrderAct:
    """What acts about orders share."""

    name = ""
    act = Act.SEND_AGAIN
    audited: Audited | None = None
    danger = False

    def offered(self, _story: OrderStory) -> bool:
        """Return whether it may be done about an order that stands so."""
        return False

    def inputs(self, _setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: nothing, unless said otherwise."""
        return ()

    def already(self, _setting: Setting, _subject: ActSubject) -> bool:
        """Return whether it has come to what it would come to, so that a form that is sent twice is answered alike."""
        return False


class SendAgainAct(OrderAct):
    """Mail the gift once more to where it was mailed."""

    name = "send-again"

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done: there is an address."""
        return story.order.status is OrderStatus.ISSUED and story.gift is not None and bool(story.gift.recipient_email)

    def already(self, setting: Setting, subject: ActSubject) -> bool:
        """Return whether it was mailed since the form was made."""
        return _mailed_since(setting, subject)

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Send it again")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The mail is on its way.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        gift = _gift(setting, subject)

        async def run(request: Request) -> str:
            await _send(setting, gift, gift.recipient_name, gift.recipient_email, request)
            return ""

        voice = setting.voice
        effects = [
            voice.t("The certificate is mailed to {address}, now.", address=gift.recipient_email),
            voice.t("Its number stays the same."),
        ]
        return ActPlan(effects=effects, run=run)


class CorrectAct(OrderAct):
    """Correct whom the gift is for, and mail it there."""

    name = "correct"
    act = Act.CORRECT_RECIPIENT

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done: there is a gift that stands."""
        return story.order.status is OrderStatus.ISSUED and story.gift is not None

    def already(self, setting: Setting, subject: ActSubject) -> bool:
        """Return whether it was mailed to that address since the form was made."""
        gift = story_in(subject).gift
        return gift is not None and gift.recipient_email == setting.text("email") and _mailed_since(setting, subject)

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Correct the recipient")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The recipient is corrected. To reverse that, correct it once more.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: a name and an address."""
        voice, gift = setting.voice, story_in(subject).gift
        return (
            ActInput(name="name", label=voice.t("Name"), value=gift.recipient_name if gift else "", required=False),
            ActInput(
                name="email", label=voice.t("E-mail address"), kind="email", value=gift.recipient_email if gift else ""
            ),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        gift, voice = _gift(setting, subject), setting.voice
        name, email = setting.text("name"), setting.text("email")
        if "@" not in email:
            raise Unfit(email=voice.t("That is not an e-mail address. Write it like name@example.com."))

        async def run(request: Request) -> str:
            await _send(setting, gift, name, email, request)
            return ""

        moves = email.casefold() != gift.recipient_email.casefold()
        if gift.status is GiftStatus.WAITING:
            effects = [
                voice.t("It is for {name}, at {address}, and goes out when its hour comes.", name=name, address=email)
            ]
        else:
            effects = [voice.t("The certificate is mailed to {address}, now.", address=email)]
        if moves and gift.status in _MAILED:
            effects += [
                voice.t(
                    "It gets a new number: the one that was mailed to {address} is dead at once.",
                    address=gift.recipient_email,
                ),
                voice.t("Whoever was mailed the old number is told that it has ended."),
            ]
        return ActPlan(effects=effects, run=run)


def _gift(setting: Setting, subject: ActSubject) -> Gift:
    gift = story_in(subject).gift
    if gift is None:
        raise Unfit(why=setting.voice.t("There is no gift to be mailed."))
    return gift


async def _send(setting: Setting, gift: Gift, name: str, email: str, request: Request) -> None:
    link = GiftLink(merchant_id=gift.merchant_id, checkout_id=gift.checkout_id, ends_at=setting.now)
    at_once = gift.status is not GiftStatus.WAITING or email.casefold() == gift.recipient_email.casefold()
    try:
        await send_again(
            setting.front.deps,
            link,
            gift.order_id,
            name=name,
            email=email,
            at_once=at_once,
            actor=request.actor,
            asked_at=_made_at(setting),
            now=setting.now,
        )
    except InvalidInput as wrong:
        raise Unfit(**{fault.field: fault.message for fault in wrong.fields}) from None


def _mailed_since(setting: Setting, subject: ActSubject) -> bool:
    made = _made_at(setting)
    return any(one.purpose is Purpose.GIFT and one.queued_at > made for one in story_in(subject).mails)


def _made_at(setting: Setting) -> datetime:
    """Return when the form was made: its operation's id begins with that, in milliseconds."""
    made = an_id(setting.typed.get("operation", ""))
    at = datetime.fromtimestamp((made.int >> 80) / 1000, tz=UTC) if made else setting.now
    return min(at, setting.now)


class MarkPaidAct(OrderAct):
    """Take the reader's word that it is paid."""

    name = "mark-paid"
    act = Act.PAYMENTS_BOOK
    audited: Audited | None = Audited.ORDER_MARKED_PAID

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done: it waits for its payment."""
        return story.order.status is OrderStatus.PLACED and story.checkout is not None

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether it is paid."""
        return story_in(subject).order.status is OrderStatus.ISSUED

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("It is paid")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is paid and issued. To reverse that, refund it.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: what the payment is called."""
        voice = setting.voice
        hint = voice.t("Such as a receipt or a transfer, where you have one.")
        return (ActInput(name="reference", label=voice.t("Your name of the payment"), hint=hint, required=False),)

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        story, voice, deps = story_in(subject), setting.voice, setting.front.deps
        assert story.checkout is not None
        reference = setting.text("reference")[:_REFERENCE_MAX] or None

        async def run(request: Request) -> str:
            await mark_paid(
                deps,
                setting.merchant,
                story.order.order_number,
                reference=reference,
                actor=request.actor,
                now=setting.now,
            )
            return ""

        total = setting.money(story.checkout.total, story.checkout.currency)
        numbers = [one.order_number for one in story.together]
        effects = [
            voice.t("{amount} is booked as paid by hand.", amount=total),
            voice.n(
                "{count} order is issued: {numbers}.",
                "{count} orders are issued: {numbers}.",
                len(numbers),
                numbers=voice.listing(numbers),
            ),
            voice.t("The gifts are mailed as their buyer chose."),
        ]
        return ActPlan(effects=effects, run=run)


class CancelAct(OrderAct):
    """Cancel it while it waits for its payment."""

    name = "cancel"
    act = Act.SELL_ON_BEHALF
    audited: Audited | None = Audited.ORDER_CANCELLED
    danger = True

    def offered(self, story: OrderStory) -> bool:
        """Return whether it may be done: it waits for its payment."""
        return story.order.status is OrderStatus.PLACED and story.checkout is not None

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether it is cancelled."""
        return story_in(subject).order.status is OrderStatus.CANCELLED

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Cancel the order")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is cancelled. Whoever wants it after all orders anew.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        story, voice, deps = story_in(subject), setting.voice, setting.front.deps

        async def run(_request: Request) -> str:
            await give_up(deps, setting.merchant, story.order.order_number)
            return ""

        numbers = [one.order_number for one in story.together]
        effects = [
            voice.n(
                "{count} order ends unpaid: {numbers}.",
                "{count} orders end unpaid: {numbers}.",
                len(numbers),
                numbers=voice.listing(numbers),
            ),
            voice.t("What they keep of stock and promo codes is free for others."),
            voice.t("Nobody is mailed."),
        ]
        return ActPlan(effects=effects, run=run)
