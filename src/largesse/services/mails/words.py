"""What the mails say, before it is laid out: money, days and sentences in the reader's language. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from largesse.domain.catalog import CertificateFace, Theme
from largesse.domain.gifts import Gift, GiftStatus, MailDue, Purpose, Trouble
from largesse.domain.legal_texts import LegalKind, LegalTexts
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Billing, Checkout, CheckoutStatus, Order, OrderStatus, phone_as_read
from largesse.kernel.currency import currency
from largesse.kernel.mail import Attachment
from largesse.kernel.money import Money
from largesse.services.mails.taxes import tax_of_line
from largesse.services.merchants import SellerIdentity
from largesse.ui import Voice

Sums = list[tuple[str, str]]


class Letterhead(msgspec.Struct, frozen=True, kw_only=True):
    """How the shop signs: its name, where to write and what else it tells of itself."""

    name: str
    email: str
    address: tuple[str, ...]
    phone: str
    website: str
    is_demo: bool
    legal: tuple[tuple[str, str], ...] = ()
    """The kinds of texts that the law asks for, each with its address."""


class GiftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One gift of a receipt."""

    order_number: str
    title: str
    fate: str
    sums: Sums
    tax: str = ""
    good_through: str = ""


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that an order filled, as it stands: how its number ends, and until when it is good."""

    ends: str
    good_through: date | None


def legal_links(texts: LegalTexts, merchant: Merchant, base_url: str) -> tuple[tuple[str, str], ...]:
    """Return where the texts of a merchant are read, by kind."""
    return tuple((kind.value, f"{base_url}/{merchant.slug}/legal/{kind.value}") for kind in texts.kinds)


def legal_papers(texts: LegalTexts, voice: Voice) -> list[Attachment]:
    """Return what a buyer is to have in hand, not only as a link: terms, and how to withdraw (CJEU C-49/11).

    `texts` are those of when the order was placed. Where the merchant gave no more than a link, the foot has that.
    """
    names = {LegalKind.TERMS: voice.t("General terms"), LegalKind.WITHDRAWAL: voice.t("Right of withdrawal")}
    found = {name: texts.read_in(voice.language, kind) for kind, name in names.items()}
    return [
        Attachment(file_name=f"{name}.txt", content=one.text.encode(), is_text=True)
        for name, one in found.items()
        if one is not None and one.text
    ]


def shop_of(merchant: Merchant, theme: Theme, *, legal: tuple[tuple[str, str], ...] = ()) -> Letterhead:
    """Return how a merchant signs its mails."""
    return Letterhead(
        name=merchant.name,
        email=merchant.reply_address,
        address=tuple(theme.address.splitlines()),
        phone=phone_as_read(theme.phone),
        website=theme.website,
        is_demo=merchant.is_demo,
        legal=legal,
    )


def amount(minor: int, code: str, voice: Voice) -> str:
    """Write an amount of a currency."""
    return voice.money(Money(minor, currency(code)))


def whom(order: Order, gift: Gift | None, voice: Voice) -> str:
    """Name whom a gift is for, as the buyer would."""
    named = order.to_message or (gift.recipient_name if gift else "") or order.recipient_first_name
    return named or (gift.recipient_email if gift else "") or voice.t("you")


def named_buyer(checkout: Checkout) -> str:
    """Return the name of who paid."""
    return f"{checkout.billing.first_name} {checkout.billing.last_name}".strip()


def line_of(
    order: Order, gift: Gift | None, merchant: Merchant, voice: Voice, *, filled: Filled | None = None
) -> GiftLine:
    """Return a gift as the receipt tells of it; `filled` is what it went to, where that stood already."""
    good_through = filled.good_through if filled else order.good_through
    return GiftLine(
        order_number=order.order_number,
        title=_title_of(order, gift, voice),
        fate=_where_it_is(order, filled, voice) if filled else fate_of(order, gift, merchant, voice),
        sums=_sums(order, voice),
        tax=tax_of_line(order, voice),
        good_through=(
            voice.t("Good through {day}", day=voice.long_day(good_through))
            if good_through
            else voice.t("No expiry date")
        ),
    )


def _title_of(order: Order, gift: Gift | None, voice: Voice) -> str:
    if order.is_reload:
        return voice.t("Reload of a gift certificate")
    what = order.description or voice.t("Gift certificate")
    return voice.t("{what} for {name}", what=what, name=whom(order, gift, voice))


def _where_it_is(order: Order, filled: Filled, voice: Voice) -> str:
    if order.status in {OrderStatus.REFUNDED, OrderStatus.VOIDED}:
        return voice.t("This was taken back.")
    return voice.t("It is on the gift certificate that ends in {ends}.", ends=filled.ends)


def billed_to(billing: Billing, voice: Voice) -> tuple[str, ...]:
    """Return the buyer's name, address and telephone, line by line; nothing where only a name is known."""
    town = " ".join(filter(None, (billing.city, billing.state, billing.zip)))
    country = voice.country(billing.country) if billing.country and town else ""
    phone = phone_as_read(billing.phone) if billing.phone else ""
    lines = tuple(filter(None, (billing.address, billing.address2, town, country, phone)))
    return (f"{billing.first_name} {billing.last_name}".strip(), *lines) if lines else ()


def sold_by(seller: SellerIdentity | None, voice: Voice) -> tuple[str, ...]:
    """Return who sold, line by line; nothing where nothing is known of it but the merchant's own name."""
    if seller is None:
        return ()
    numbers = (
        seller.phone,
        seller.register,
        voice.t("VAT ID {number}", number=seller.vat_id) if seller.vat_id else "",
        voice.t("Tax number {number}", number=seller.tax_id) if seller.tax_id else "",
    )
    country = voice.country(seller.country) if seller.country else ""
    return tuple(filter(None, (seller.name, *seller.address, country, *numbers)))


def fate_of(order: Order, gift: Gift | None, merchant: Merchant, voice: Voice) -> str:
    """Return in words what happens to a gift, or what has happened, in one sentence."""
    if order.status in {OrderStatus.REFUNDED, OrderStatus.VOIDED}:
        return voice.t("This gift was taken back.")
    if gift is None or gift.status is GiftStatus.PRINT:
        return voice.t("You print this one and hand it over. It is ready for you.")
    name, address = whom(order, gift, voice), gift.recipient_email
    if gift.status is GiftStatus.WAITING and gift.due_at is not None:
        moment = voice.on_moment(gift.due_at, zone=merchant.zone)
        return voice.t("{name} gets this {moment}, at {address}.", name=name, moment=moment, address=address)
    if gift.status is GiftStatus.SENT and gift.settled_at is not None:
        moment = voice.on_moment(gift.settled_at, zone=merchant.zone)
        return voice.t("It went to {address} {moment}.", address=address, moment=moment)
    if gift.status is GiftStatus.FAILED:
        return trouble_of(gift, voice)
    if gift.status is GiftStatus.WITHDRAWN:
        return voice.t("It was not sent, because it could not be used any more when its time came.")
    return voice.t("It is on its way to {address}.", address=address)


def trouble_of(gift: Gift, voice: Voice) -> str:
    """Return in words why a gift did not arrive."""
    if gift.trouble is Trouble.UNREACHABLE:
        return voice.t("For days nobody took the mail to {address}. Check the address.", address=gift.recipient_email)
    if gift.trouble is Trouble.BOUNCED:
        return voice.t("The mail to {address} came back. Check the address.", address=gift.recipient_email)
    return voice.t("The mail to {address} was refused. Check the address.", address=gift.recipient_email)


class NoteText(msgspec.Struct, frozen=True, kw_only=True):
    """What a short mail says: its subject, and its sentences, a paragraph each."""

    subject: str
    sentences: tuple[str, ...]


def taken_back(due: MailDue, order: Order, gift: Gift | None, merchant: Merchant, voice: Voice) -> NoteText:
    """Return the words for a gift that was taken back: by whom, what goes back for it, and what its recipient knows."""
    whole = order.status in {OrderStatus.REFUNDED, OrderStatus.VOIDED}
    told = [
        _why_taken_back(due.purpose, merchant, voice, whole=whole),
        _what_goes_back(due, voice),
        _what_they_know(order, gift, voice) if whole else voice.t("The rest of the gift can be used as before."),
    ]
    name = whom(order, gift, voice)
    subject = (
        voice.t("Your gift for {name} was taken back", name=name)
        if whole
        else voice.t("A part of your gift for {name} was taken back", name=name)
    )
    return NoteText(subject=subject, sentences=tuple(filter(None, told)))


def credited(due: MailDue, order: Order, gift: Gift | None, merchant: Merchant, voice: Voice) -> NoteText:
    """Return the words for a gift that was taken back for credit: why, how much it is, and what its recipient knows."""
    whole = order.status in {OrderStatus.REFUNDED, OrderStatus.VOIDED}
    money = amount(due.amount or 0, due.currency or order.currency, voice)
    told = (
        _why_taken_back(due.purpose, merchant, voice, whole=whole),
        voice.t("Instead of money you get credit of {amount} to spend at {shop}.", amount=money, shop=merchant.name),
        _what_they_know(order, gift, voice) if whole else voice.t("The rest of the gift can be used as before."),
    )
    subject = voice.t("Your credit of {amount} at {shop}", amount=money, shop=merchant.name)
    return NoteText(subject=subject, sentences=tuple(filter(None, told)))


def returned(due: MailDue, checkout: Checkout, merchant: Merchant, voice: Voice) -> NoteText:
    """Return the words for a payment that bought nothing and goes back."""
    money = amount(due.amount or 0, due.currency or checkout.currency, voice)
    why = (
        voice.t("These gifts were paid for already, and nothing changes about them.")
        if checkout.status is CheckoutStatus.PAID
        else voice.t(
            "It reached {shop} when the order was closed or could no longer be filled, so it bought nothing.",
            shop=merchant.name,
        )
    )
    wait = voice.t("You need not do anything. Where you paid by card, it can take up to ten days until you see it.")
    subject = voice.t("Your payment of {amount} goes back to you", amount=money)
    return NoteText(subject=subject, sentences=(why, wait))


def replaced(merchant: Merchant, voice: Voice) -> NoteText:
    """Return what is said to whoever was mailed a certificate that was replaced: nothing of the new one."""
    return NoteText(
        subject=voice.t("A gift certificate of {shop} was replaced", shop=merchant.name),
        sentences=(
            voice.t(
                "The gift certificate that was mailed to this address was replaced by another. The number in that mail "
                "cannot be used any more."
            ),
            voice.t("If it was meant for you, ask whoever gave it to you."),
        ),
    )


def _why_taken_back(purpose: Purpose, merchant: Merchant, voice: Voice, *, whole: bool) -> str:
    if purpose is Purpose.RECLAIMED:
        return voice.t(
            "Your bank has taken the payment for it back, so it cannot be used any more. If that was a mistake, answer "
            "this mail: it reaches the shop."
        )
    if purpose is Purpose.VOIDED:
        return voice.t(
            "{shop} has cancelled it, and it cannot be used any more. No money goes back with that. If you did not "
            "expect it, answer this mail: it reaches the shop.",
            shop=merchant.name,
        )
    if whole:
        return voice.t("{shop} has taken back what was left of it, and it cannot be used any more.", shop=merchant.name)
    return voice.t("{shop} has taken back a part of its value.", shop=merchant.name)


def _what_goes_back(due: MailDue, voice: Voice) -> str:
    if due.amount is None or due.currency is None:
        return ""
    return voice.t(
        "{amount} goes back to you. Where you paid by card, it can take up to ten days until you see it.",
        amount=amount(due.amount, due.currency, voice),
    )


def _what_they_know(order: Order, gift: Gift | None, voice: Voice) -> str:
    """Return in words what has reached the recipient of a gift that cannot be used any more."""
    if gift is None or gift.status is GiftStatus.FAILED:
        return ""
    name, address = whom(order, gift, voice), gift.recipient_email
    if gift.status is GiftStatus.SENT:
        return voice.t(
            "It was sent to {address} before. We have not written there about this; please tell {name} yourself.",
            address=address,
            name=name,
        )
    if gift.status is GiftStatus.PRINT:
        return voice.t("If you have handed it over already, please tell {name}.", name=name)
    return voice.t("It had not been sent yet, and will not be.")


def because_of(bonus: Order, bought: Sequence[Order], found: Mapping[str, Gift], voice: Voice) -> str:
    """Return whose present brought a bonus, so that its buyer knows why it comes; "" where that gift is not there."""
    order = next((one for one in bought if one.order_id == bonus.bonus_of), None)
    return whom(order, found.get(order.order_number), voice) if order else ""


def day_before(moment: datetime, *, zone: ZoneInfo) -> date:
    """Return the last whole day before a moment that begins one."""
    return moment.astimezone(zone).date() - timedelta(days=1)


def face_said(face: CertificateFace, voice: Voice) -> str:
    """Return a certificate's picture in words, for whoever does not see it."""
    said = {"merchant": face.merchant_name, "amount": face.amount}
    if face.to and face.sender:
        names = {"name": face.to, "sender": face.sender}
        return voice.t("Gift certificate of {merchant}: {amount} for {name}, from {sender}", **said, **names)
    if face.to:
        return voice.t("Gift certificate of {merchant}: {amount} for {name}", **said, name=face.to)
    return voice.t("Gift certificate of {merchant}: {amount}", **said)


def paid_by(checkout: Checkout, voice: Voice) -> str:
    """Return in words how a checkout was paid, "" where it cost nothing or no word for it is known."""
    known = {
        "stripe": voice.t("by card or wallet"),
        "manual": voice.t("at the counter or by transfer"),
        "test": voice.t("test payment"),
    }
    return known.get(checkout.gateway, "") if checkout.total else ""


def totals_of(checkout: Checkout, bought: Sequence[Order], found: Mapping[str, Gift], voice: Voice) -> Sums:
    """Return the bill of a checkout: its parts where there are several, and the total last."""
    total = (voice.t("Total"), amount(checkout.total, checkout.currency, voice))
    if len(bought) < 2:
        return [total]
    parts = [
        (_title_of(one, found.get(one.order_number), voice), amount(one.total, one.currency, voice)) for one in bought
    ]
    return [*parts, total]


def paid_on(checkout: Checkout, merchant: Merchant, voice: Voice, *, otherwise: datetime) -> str:
    """Return in words on which day a checkout was paid, where the merchant lives."""
    return voice.long_day((checkout.paid_at or otherwise).astimezone(merchant.zone).date())


def _sums(order: Order, voice: Voice) -> Sums:
    parts = [(voice.t("Certificate"), order.amount)]
    parts += [(voice.t("Gratuity"), order.tip)] if order.tip else []
    code = order.promo_code
    named = voice.t("Discount with the code {code}", code=code) if code else voice.t("Discount")
    parts += [(named, -order.discount)] if order.discount else []
    parts += [(voice.t("Tax"), order.tax)] if order.tax else []
    if len(parts) > 1:
        parts.append((voice.t("Subtotal"), order.total))
    return [(name, amount(minor, order.currency, voice)) for name, minor in parts]
