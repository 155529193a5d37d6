"""What the redeem page says of a certificate, in words."""

from datetime import datetime

import msgspec

from largesse.flows.locate import Located, Sample
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Certificate, Status
from largesse.look.voice import Voice
from largesse.rooms.merchants import Merchant


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the words of the page. `amount` is None when there is nothing to spend; `trouble` then says why."""

    merchant: str
    contact: str
    is_test: bool = False
    amount: str | None = None
    gratuity: str | None = None
    set_aside: str | None = None
    good_through: str | None = None
    last_four: str | None = None
    trouble: str | None = None


def view_of_sample(found: Sample) -> View:
    """Return what is said of a sample number."""
    return View(merchant=found.merchant.name, contact=found.merchant.contact_email, is_test=True)


def view_of(found: Located, *, voice: Voice, now: datetime) -> View:
    """Return what is said of a certificate at `now`."""
    one, merchant = found.certificate, found.merchant
    trouble = _trouble(one, merchant, voice=voice, now=now)
    held = one.held + one.gratuity_held
    spendable = trouble is None
    return View(
        merchant=merchant.name,
        contact=merchant.contact_email,
        is_test=merchant.is_demo,
        amount=_money(one.available, one, voice) if spendable else None,
        gratuity=_money(one.gratuity_available, one, voice) if spendable and one.gratuity_available else None,
        set_aside=_money(held, one, voice) if spendable and held else None,
        good_through=voice.long_day(one.good_through) if one.good_through else None,
        last_four=found.last_four,
        trouble=trouble,
    )


def _trouble(one: Certificate, merchant: Merchant, *, voice: Voice, now: datetime) -> str | None:
    if one.status is Status.VOID:
        return voice.t("It was cancelled or replaced by another. {merchant} can tell you more.", merchant=merchant.name)
    if one.status is Status.BLOCKED:
        return voice.t("It cannot be used just now. {merchant} can tell you why.", merchant=merchant.name)
    if one.good_through is not None and (one.status is Status.EXPIRED or one.expired(now)):
        return voice.t("It was good through {day}, and that day has passed.", day=voice.long_day(one.good_through))
    if not one.balance and not one.gratuity_balance:
        return voice.t("All of it has been spent.")
    return None


def _money(minor: int, one: Certificate, voice: Voice) -> str:
    return voice.money(Money(minor, currency(one.currency)))
