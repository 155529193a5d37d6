"""What the redeem page says of a certificate, in words."""

from datetime import datetime
from typing import TypedDict

import msgspec
from markupsafe import Markup

from largesse.domain.catalog import Theme
from largesse.domain.merchants import Merchant
from largesse.domain.orders import phone_as_read
from largesse.interfaces.storefront.statement import Moment, statement_of
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.kernel.numbers import in_groups
from largesse.ledger import Certificate, Status
from largesse.services.certificates import Located, Sample
from largesse.services.gifts import Dedication, Held, tax_words, was_replaced
from largesse.ui import Voice, barcode_svg, qr_svg


class View(msgspec.Struct, frozen=True, kw_only=True):
    """The words of the page. `amount` is None when there is nothing to spend; `trouble` then says why.

    `is_for_ever` is whether it can be spent and has no last day. `number`, in groups, and the drawings `qr` and
    `barcode` are for the till, and None where nothing can be spent. `dedication` is what its buyer wrote, `picture` the
    address of the certificate as it looks, once it is unwrapped.
    """

    merchant: str
    contact: str
    is_test: bool = False
    amount: str | None = None
    gratuity: str | None = None
    set_aside: str | None = None
    good_through: str | None = None
    is_for_ever: bool = False
    last_four: str | None = None
    order_number: str | None = None
    tax: str = ""
    trouble: str | None = None
    how_to_use: str = ""
    address: tuple[str, ...] = ()
    phone: str = ""
    website: str = ""
    number: str | None = None
    code: str = ""
    qr: Markup | None = None
    barcode: Markup | None = None
    dedication: Dedication | None = None
    picture: str = ""
    story: tuple[Moment, ...] = ()

    def __repr__(self) -> str:
        # The number is a bearer secret.
        return f"View({self.merchant!r}, {self.last_four!r})"


def view_of_sample(found: Sample, theme: Theme, *, voice: Voice) -> View:
    """Return what is said of a sample number."""
    return View(
        merchant=found.merchant.name,
        contact=found.merchant.reply_address,
        is_test=True,
        **_words_of(theme, voice),
    )


def view_of(
    found: Located, held: Held, theme: Theme, *, address: str, picture: str = "", voice: Voice, now: datetime
) -> View:
    """Return what is said of a certificate at `now`.

    `address` is that of its page, for the QR code, `picture` that of the certificate as it looks.
    """
    one, merchant = found.certificate, found.merchant
    if was_replaced(one, held.entries):
        # Whoever has the whole number may be the wrong one: neither value, history nor the new number is told.
        return View(
            merchant=merchant.name,
            contact="",
            is_test=merchant.is_demo,
            trouble=voice.t("This gift certificate was replaced by another. Ask whoever gave it to you."),
        )
    trouble = _trouble(one, merchant, voice=voice, now=now)
    aside = one.held + one.gratuity_held
    spendable = trouble is None
    dedication = held.dedication if spendable else None
    return View(
        merchant=merchant.name,
        contact=merchant.reply_address,
        is_test=merchant.is_demo,
        amount=_money(one.available, one, voice) if spendable else None,
        gratuity=_money(one.gratuity_available, one, voice) if spendable and one.gratuity_available else None,
        set_aside=_money(aside, one, voice) if spendable and aside else None,
        good_through=voice.long_day(one.good_through) if one.good_through else None,
        is_for_ever=spendable and one.good_through is None,
        last_four=found.last_four,
        order_number=one.order_number,
        tax=tax_words(held.tax, voice.language),
        trouble=trouble,
        number=in_groups(held.number) if spendable else None,
        code=held.number if spendable else "",
        qr=drawing(qr_svg(address)) if spendable else None,
        barcode=drawing(barcode_svg(held.number)) if spendable else None,
        dedication=dedication,
        picture=picture if dedication is not None and not dedication.is_wrapped else "",
        story=tuple(statement_of(held.entries, merchant, voice, now=now)),
        **_words_of(theme, voice),
    )


def drawing(svg: str) -> Markup:
    """Return a drawing of ours to stand within a page; whoever shows it says in words what it is."""
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))  # noqa: S704 - drawn by us


class _Words(TypedDict):
    how_to_use: str
    address: tuple[str, ...]
    phone: str
    website: str


def _words_of(theme: Theme, voice: Voice) -> _Words:
    """Return what the merchant says of itself."""
    return _Words(
        how_to_use=theme.words(voice.language).how_to_redeem or "",
        address=tuple(theme.address.splitlines()),
        phone=phone_as_read(theme.phone),
        website=theme.website,
    )


def _trouble(one: Certificate, merchant: Merchant, *, voice: Voice, now: datetime) -> str | None:
    if one.status is Status.INACTIVE:
        return voice.t(
            "This gift certificate was not activated yet. {merchant} activates it when it is sold.",
            merchant=merchant.name,
        )
    if one.status is Status.VOID:
        return voice.t("This gift certificate was cancelled. {merchant} can tell you more.", merchant=merchant.name)
    if one.status is Status.HANDED_OVER:
        return voice.t(
            "This gift certificate went to the state as unclaimed property. {merchant} can tell you more.",
            merchant=merchant.name,
        )
    if one.status is Status.BLOCKED:
        return voice.t(
            "This gift certificate cannot be used just now. {merchant} can tell you why.", merchant=merchant.name
        )
    if one.good_through is not None and (one.status is Status.EXPIRED or one.expired(now)):
        return voice.t(
            "This gift certificate was good through {day}, and that day has passed.",
            day=voice.long_day(one.good_through),
        )
    if not one.balance and not one.gratuity_balance:
        return voice.t("All of this gift certificate has been spent.")
    return None


def _money(minor: int, one: Certificate, voice: Voice) -> str:
    return voice.money(Money(minor, currency(one.currency)))
