"""What a sale on behalf comes to, before it is made: what exactly will happen, and what an account cannot have."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from largesse.domain.catalog import Design, Offering, Priced
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.orders import FROM_MESSAGE_MAX, MESSAGE_MAX, TO_MESSAGE_MAX, Billing
from largesse.domain.partners import Partner
from largesse.interfaces.admin.reading import FormReader
from largesse.kernel.money import Money
from largesse.services.counter_sales import SaleTender
from largesse.ui import Voice

_LONGEST: Final = {"to": TO_MESSAGE_MAX, "sender": FROM_MESSAGE_MAX, "message": MESSAGE_MAX}


class SaleAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What a form asks for, read, with what it would come to."""

    offering: Offering
    priced: Priced
    tender: str
    partner: Partner | None
    location: Location | None
    design: Design
    deliver_at: datetime | None
    buyer: Billing
    language: str


def effects_of(
    asked: SaleAsked, typed: Mapping[str, str], voice: Voice, merchant: Merchant, *, now: datetime
) -> list[str]:
    """Return what exactly will happen, to whom and how much."""
    money, priced = asked.offering.money, asked.priced
    total = voice.money(Money(priced.total, money))
    said = [voice.t("{title} is sold for {total}.", title=asked.offering.title, total=total)]
    if asked.partner is not None:
        amount = voice.money(Money(priced.amount, money))
        said = [voice.t("{amount} are issued at once on account of {name}.", amount=amount, name=asked.partner.name)]
        return [*said, _mailed(asked, typed, voice, merchant, now=now)]
    if priced.discount:
        off = voice.money(Money(priced.discount, money))
        said.append(voice.t("The promo code lets {amount} off.", amount=off))
    said.append(_mailed(asked, typed, voice, merchant, now=now))
    if asked.tender == SaleTender.PHONE:
        said.append(voice.t("{address} is mailed a link to pay, good for three days.", address=typed["buyer"]))
    elif asked.tender == SaleTender.TRANSFER:
        said.append(voice.t("It waits until somebody says that the money has come."))
    else:
        said.append(voice.t("It is issued at once, for it is paid."))
    return said


def _mailed(asked: SaleAsked, typed: Mapping[str, str], voice: Voice, merchant: Merchant, *, now: datetime) -> str:
    """Return when the certificate is mailed, and to whom."""
    whom, on_account = typed["email"], asked.partner is not None
    if not whom:
        return voice.t("The certificate is to be printed; nothing is mailed.")
    if asked.deliver_at is not None and asked.deliver_at > now:
        moment = voice.on_moment(asked.deliver_at, zone=merchant.zone, now=now)
        if on_account:
            return voice.t("The certificate is mailed to {address} {moment}.", address=whom, moment=moment)
        return voice.t(
            "The certificate is mailed to {address} {moment}, if it is paid by then.", address=whom, moment=moment
        )
    if on_account:
        return voice.t("The certificate is mailed to {address}, now.", address=whom)
    return voice.t("The certificate is mailed to {address} once it is paid.", address=whom)


def faults_on_account(form: FormReader, voice: Voice, *, language: str) -> dict[str, str]:
    """Return what an order on account lacks, or cannot have: it is in the merchant's `language`, billed to the partner.

    What is said of a buyer is kept nowhere: the partner is.
    """
    found = {}
    if not form.line("refcode"):
        found["refcode"] = voice.t("Say under which refcode it is ordered.")
    for name in ("gratuity", "promo", "location", "phone", "address", "language"):
        if form.line(name) and (name != "language" or form.line(name) != language):
            found[name] = voice.t("An order on account has none. Take it away, or choose another way to pay.")
    for name, longest in _LONGEST.items():
        if len(form.text(name) if name == "message" else form.line(name)) > longest:
            found[name] = voice.t("This is too long. Take some of it out.")
    return found
