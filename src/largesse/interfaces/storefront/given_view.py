"""What a buyer sees of the gifts of a checkout, in words."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.domain.gifts import GiftStatus
from largesse.domain.invoices import KeptDocument
from largesse.domain.orders import Order
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.services.gifts import Gifts, Given
from largesse.services.invoices import sale_title
from largesse.services.mails import fate_of, voice_of, whom
from largesse.ui import Voice


class GivenGift(msgspec.Struct, frozen=True, kw_only=True):
    """One gift. `typed_*` are what stands in the form, `errors` the sentence for each field that is wrong."""

    order_id: UUID
    order_number: str
    title: str
    fate: str
    state: str
    mood: str
    amount: str
    good_through: str | None
    can_be_given: bool
    waits: bool
    was_sent: bool
    is_printed: bool
    gets_new_number: bool = False
    has_new_number: bool = False
    typed_name: str
    typed_email: str
    email_sure: str = ""
    errors: dict[str, str]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed for one gift, and what is wrong with it."""

    order_id: UUID
    name: str
    email: str
    errors: dict[str, str]
    sure: str = ""
    """The address that is not asked about again."""


class ShownReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, an invoice, or what corrects one, as a line of the page."""

    number: str
    title: str
    day: str
    amount: str
    corrects: str
    can_be_readdressed: bool


def receipts_of(kept: Sequence[KeptDocument], voice: Voice) -> list[ShownReceipt]:
    """Return the documents of a checkout as the page shows them."""
    return [_receipt(one, voice) for one in kept]


def _receipt(one: KeptDocument, voice: Voice) -> ShownReceipt:
    document = one.document
    total = -document.total if document.kind.is_correction else document.total
    return ShownReceipt(
        number=document.number,
        title=sale_title(document, voice),
        day=voice.day(document.issued_on),
        amount=voice.money(Money(total, currency(document.currency))) if document.lines else "",
        corrects=document.corrects_number,
        can_be_readdressed=one.corrects is None,
    )


def entries_of(gifts: Gifts, voice: Voice, *, form: Form | None, now: datetime) -> list[GivenGift]:
    """Return the gifts as the page shows them, with what was typed where a form came back."""
    return [_entry(gifts, one, voice, form, now=now) for one in gifts.given]


def _entry(gifts: Gifts, one: Given, voice: Voice, form: Form | None, *, now: datetime) -> GivenGift:
    order, gift, certificate = one.order, one.gift, one.standing.certificate
    spoken = voice_of(voice.tag)  # the mails' words: the page and the receipt tell the same
    mine = form if form is not None and form.order_id == order.order_id else None
    state, mood = _state(one, voice, now=now)
    return GivenGift(
        order_id=order.order_id,
        order_number=order.order_number,
        title=spoken.t(
            "{what} for {name}", what=order.description or spoken.t("Gift certificate"), name=whom(order, gift, spoken)
        ),
        fate=fate_of(order, gift, gifts.merchant, spoken),
        state=state,
        mood=mood,
        amount=_amount(order, voice),
        good_through=voice.long_day(certificate.good_through) if certificate.good_through else None,
        can_be_given=one.standing.stands_for_buyer(now),
        waits=gift.status is GiftStatus.WAITING,
        is_printed=gift.status is GiftStatus.PRINT,
        gets_new_number=gift.status in {GiftStatus.SENT, GiftStatus.SENDING, GiftStatus.FAILED},
        has_new_number=gift.corrections > 0,
        was_sent=gift.status in {GiftStatus.SENT, GiftStatus.SENDING},
        typed_name=mine.name if mine else gift.recipient_name,
        typed_email=mine.email if mine else gift.recipient_email,
        email_sure=mine.sure if mine else gift.recipient_email,
        errors=mine.errors if mine else {},
    )


def _amount(order: Order, voice: Voice) -> str:
    """Return what was given, with its gratuity apart, as every other page says it."""
    money = currency(order.currency)
    amount = voice.money(Money(order.amount, money))
    if not order.tip:
        return amount
    gratuity = voice.money(Money(order.tip, money))
    return voice.t("{amount} plus {gratuity} gratuity", amount=amount, gratuity=gratuity)


def _state(one: Given, voice: Voice, *, now: datetime) -> tuple[str, str]:
    """Return a word for how far a gift is, and the kind of badge it stands in."""
    if not one.standing.stands_for_buyer(now):  # never because something was spent of it
        return voice.t("No longer usable"), "bad"
    words = {
        GiftStatus.WAITING: (voice.t("Waiting for its day"), ""),
        GiftStatus.SENDING: (voice.t("On its way"), ""),
        GiftStatus.SENT: (voice.t("Sent"), "good"),
        GiftStatus.FAILED: (voice.t("Did not arrive"), "bad"),
        GiftStatus.WITHDRAWN: (voice.t("Not sent"), "warn"),
        GiftStatus.PRINT: (voice.t("Yours to print"), ""),
    }
    return words[one.gift.status]
