"""Links of other web sites into a shop: what they name is chosen already, and nothing else is.

    /spa?offering=massage&lang=fr
    /spa/gift/any-amount?amount=75.00

A link sets no price, code, recipient or words, and changes no draft. What it names and nobody offers is passed over,
and the page says so.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from largesse.domain.catalog import Availability, Offering
from largesse.domain.drafts import GiftText
from largesse.interfaces.storefront.shops import Shop
from largesse.kernel.money import Money
from largesse.services.checkout import OTHER
from largesse.ui import LANGUAGES, Voice, speak
from largesse.web.preferences import LANGUAGE_QUERY, language_asked
from largesse.web.request import AnyRequest

OFFERING: Final = "offering"
AMOUNT: Final = "amount"
LINKED: Final = (AMOUNT, LANGUAGE_QUERY)
"""What a link to a shop hands on to the form of an offering."""
_PLAIN: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")


def language_of(request: AnyRequest) -> str:
    """Return the language that a link names, "" where it names none that is spoken here."""
    asked = language_asked(request)
    return asked if asked in LANGUAGES else ""


def linked_offering(shop: Shop, named: Mapping[str, str], *, now: datetime) -> Offering | None:
    """Return the offering that a link to the shop names; with an amount alone, the first one that takes it."""
    if OFFERING in named:
        return shop.offering(named[OFFERING])
    open_now = (one for one in shop.offerings if one.availability(now) is Availability.OPEN)
    return next((one for one in open_now if AMOUNT in named and _takes(one, named[AMOUNT])), None)


def with_amount(text: GiftText, offering: Offering, named: Mapping[str, str]) -> GiftText:
    """Return a form with the amount that a link names, where the offering takes it, in the language of the form."""
    minor = _minor(offering, named.get(AMOUNT, ""))
    if minor is None or not _takes(offering, named[AMOUNT]):
        return text
    if minor in offering.presets:
        return msgspec.structs.replace(text, amount=str(minor), other_amount="")
    typed = speak(text.language).bare_amount(Money(minor, offering.money), short=True)
    return msgspec.structs.replace(text, amount=OTHER, other_amount=typed)


def of_link(shop: Shop, offering: Offering | None, request: AnyRequest, voice: Voice) -> list[str]:
    """Return in words what a link names that is not offered, on the form of an offering or on the shop's page."""
    named, said = request.query_params, list[str]()
    if offering is None and OFFERING in named and shop.offering(named[OFFERING]) is None:
        said.append(voice.t("What the link names is not on sale here. Choose something else."))
    elif AMOUNT in named and (offering is None or not _takes(offering, named[AMOUNT])):
        said.append(voice.t("The link names an amount that is not offered here. Choose another one."))
    if language_asked(request) and not language_of(request):
        said.append(voice.t("The link names a language that is not spoken here. Choose one at the foot of the page."))
    return said


def _takes(offering: Offering, amount: str) -> bool:
    minor = _minor(offering, amount)
    return minor is not None and offering.takes(minor)


def _minor(offering: Offering, amount: str) -> int | None:
    """Return an amount of a link in smallest units, None for what is none of this currency."""
    if not _PLAIN.fullmatch(amount):
        return None
    exact = Decimal(amount).scaleb(offering.money.exponent)
    return int(exact) if exact == exact.to_integral_value() else None
