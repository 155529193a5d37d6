"""Who pays for what is sold on behalf: name, address, telephone and postal address, none of which has to be known."""

from collections.abc import Sequence
from typing import Final

from largesse.domain.merchants import Merchant
from largesse.domain.orders import (
    ADDRESS_MAX,
    CITY_MAX,
    COUNTRIES,
    NAME_MAX,
    STATE_MAX,
    ZIP_MAX,
    Billing,
    PhoneInvalid,
    read_phone,
)
from largesse.interfaces.admin.reading import FormReader
from largesse.kernel.zones import region_of_zone
from largesse.ui import Voice

BUYER_FIELDS: Final = ("first", "last", "buyer", "phone", "address", "address2", "zip", "city", "state", "country")
_LONGEST: Final = {
    "first": NAME_MAX,
    "last": NAME_MAX,
    "address": ADDRESS_MAX,
    "address2": ADDRESS_MAX,
    "zip": ZIP_MAX,
    "city": CITY_MAX,
    "state": STATE_MAX,
}


def read_told_buyer(form: FormReader, merchant: Merchant, voice: Voice) -> Billing:
    """Return who pays, as far as they said; `form.faults` says what cannot stand. The e-mail address is not checked.

    A country alone is no address: it stood in the form, and nobody said it.
    """
    for name, most in _LONGEST.items():
        if len(form.line(name)) > most:
            form.faults[name] = voice.t("This is too long. Take some of it out.")
    phone, text = "", form.line("phone")
    if text:
        try:
            phone = read_phone(text[:40], region=region_of_zone(merchant.time_zone))
        except PhoneInvalid:
            form.faults["phone"] = voice.t("Write the telephone number with its country code, such as +1 212 555 0100.")
    country = form.choice("country", ("", *COUNTRIES), "")
    parts = {name: form.line(name) for name in ("address", "address2", "zip", "city", "state")}
    return Billing(
        first_name=form.line("first"),
        last_name=form.line("last"),
        email=form.line("buyer"),
        phone=phone,
        country=country if any(parts.values()) else "",
        **parts,
    )


def country_choices(voice: Voice) -> Sequence[tuple[str, str]]:
    """Return the countries by their names, with none chosen at the top."""
    return [("", ""), *sorted(((code, voice.country(code)) for code in COUNTRIES), key=lambda one: one[1])]
