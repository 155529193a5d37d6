"""What the mails say, before it is laid out: money, days and sentences in the reader's language. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.look import Voice
from largesse.rooms.catalog import Theme
from largesse.rooms.gifts import Gift, GiftStatus, Trouble
from largesse.rooms.merchants import Merchant
from largesse.rooms.orders import Checkout, Order, OrderStatus

Sums = list[tuple[str, str]]


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how the shop signs: its name, where to write and what else it tells of itself."""

    name: str
    email: str
    address: tuple[str, ...]
    phone: str
    website: str
    is_demo: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one gift of a receipt."""

    order_number: str
    what: str
    whom: str
    fate: str
    sums: Sums


def shop_of(merchant: Merchant, theme: Theme) -> Shop:
    """Return how a merchant signs its mails."""
    return Shop(
        name=merchant.name,
        email=merchant.contact_email,
        address=tuple(theme.address.splitlines()),
        phone=theme.phone,
        website=theme.website,
        is_demo=merchant.is_demo,
    )


def amount(minor: int, code: str, voice: Voice) -> str:
    """Write an amount of a currency."""
    return voice.money(Money(minor, currency(code)))


def whom(order: Order, gift: Gift | None, voice: Voice) -> str:
    """Name whom a gift is for, as the buyer would."""
    named = order.to_message or (gift.recipient_name if gift else "") or order.recipient_first_name
    return named or (gift.recipient_email if gift else "") or voice.t("you")


def line_of(order: Order, gift: Gift | None, merchant: Merchant, voice: Voice) -> Line:
    """Return a gift as the receipt tells of it."""
    return Line(
        order_number=order.order_number,
        what=order.description or voice.t("Gift certificate"),
        whom=whom(order, gift, voice),
        fate=fate_of(order, gift, merchant, voice),
        sums=_sums(order, voice),
    )


def fate_of(order: Order, gift: Gift | None, merchant: Merchant, voice: Voice) -> str:
    """Say what happens to a gift, or what has happened, in one sentence."""
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
    """Say why a gift did not arrive."""
    if gift.trouble is Trouble.UNREACHABLE:
        return voice.t("For days nobody took the mail to {address}. Check the address.", address=gift.recipient_email)
    if gift.trouble is Trouble.BOUNCED:
        return voice.t("The mail to {address} came back. Check the address.", address=gift.recipient_email)
    return voice.t("The mail to {address} was refused. Check the address.", address=gift.recipient_email)


def totals_of(checkout: Checkout, bought: Sequence[Order], voice: Voice) -> Sums:
    """Return the bill of a checkout: its parts where there are several, and the total last."""
    total = (voice.t("Total"), amount(checkout.total, checkout.currency, voice))
    if len(bought) < 2:
        return [total]
    parts = [(one.order_number, amount(one.total, one.currency, voice)) for one in bought]
    return [*parts, total]


def paid_on(checkout: Checkout, merchant: Merchant, voice: Voice, *, otherwise: datetime) -> str:
    """Say on which day a checkout was paid, where the merchant lives."""
    return voice.long_day((checkout.paid_at or otherwise).astimezone(merchant.zone).date())


def _sums(order: Order, voice: Voice) -> Sums:
    parts = [(voice.t("Certificate"), order.amount)]
    parts += [(voice.t("Gratuity"), order.tip)] if order.tip else []
    parts += [(voice.t("Discount"), -order.discount)] if order.discount else []
    parts += [(voice.t("Tax"), order.tax)] if order.tax else []
    if len(parts) > 1:
        parts.append((voice.t("Subtotal"), order.total))
    return [(name, amount(minor, order.currency, voice)) for name, minor in parts]
