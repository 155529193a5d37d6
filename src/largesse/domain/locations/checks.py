"""What legal entities and locations must be like before they are kept, checked all at once."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

import pycountry

from largesse.domain.locations.model import (
    ADDRESS_LENGTHS_MAX,
    CODE_LENGTH_MAX,
    ENTITY_LENGTHS_MAX,
    NAME_LENGTH_MAX,
    RATE_NAME_LENGTH_MAX,
    EntityChange,
    LocationChange,
)
from largesse.kernel import clock, free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.where import TaxRate

Faults = Iterator[FieldError]

_CODE: Final = re.compile(rf"[A-Z0-9](?:[A-Z0-9-]{{0,{CODE_LENGTH_MAX - 2}}}[A-Z0-9])?")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,4})?")


def entity_faults(change: EntityChange) -> list[FieldError]:
    """Return everything that is wrong with a legal entity, field by field; what is None is left alone."""
    return [*_name(change.name), *_details(change, ENTITY_LENGTHS_MAX), *_country(change.country)]


def location_faults(change: LocationChange) -> list[FieldError]:
    """Return everything that is wrong with a location, field by field; what is None is left alone."""
    return list(_location(change))


def read_rate(name: str, percent: str) -> tuple[TaxRate | None, list[FieldError]]:
    """Return a tax rate by its name and its percentage, such as `19` or `8.875`; None with what is wrong with it."""
    faults = []
    if not name.strip() or len(name) > RATE_NAME_LENGTH_MAX or free_text.holds_unseen(name):
        advice = f"Name the tax rate in 1 to {RATE_NAME_LENGTH_MAX} characters on one line, such as standard."
        faults.append(FieldError("default_rate", "rate.name.invalid", advice))
    if not _PERCENT.fullmatch(percent) or Decimal(percent) > 100:
        advice = "Write the tax rate in percent, from 0 to 100 with at most four decimals, such as 19 or 8.875."
        faults.append(FieldError("default_rate", "rate.invalid", advice))
    if faults:
        return None, faults
    return TaxRate(name=name.strip(), rate=Decimal(percent) / 100), []


def _location(change: LocationChange) -> Faults:
    if change.code is not None and not _CODE.fullmatch(change.code):
        advice = f"Write the code with 1 to {CODE_LENGTH_MAX} capital letters, digits and dashes, such as SPA-2."
        yield FieldError("code", "location.code.invalid", advice)
    yield from _name(change.name)
    yield from _details(change, ADDRESS_LENGTHS_MAX)
    yield from _country(change.country)
    if change.time_zone:
        try:
            clock.zone(change.time_zone)
        except ValueError:
            advice = "Name an IANA time zone, such as America/New_York or Europe/Paris."
            yield FieldError("time_zone", "time_zone.unknown", advice)
    if change.cut_off_hour is not None and not 0 <= change.cut_off_hour <= 23:
        advice = "Give the hour at which the business day begins, from 0 to 23."
        yield FieldError("cut_off_hour", "location.cut_off.range", advice)


def _name(name: str | None) -> Faults:
    if name is not None and (not name.strip() or len(name) > NAME_LENGTH_MAX or free_text.holds_unseen(name)):
        yield FieldError("name", "name.length", f"Give a name of 1 to {NAME_LENGTH_MAX} characters on one line.")


def _details(change: EntityChange | LocationChange, lengths: Mapping[str, int]) -> Faults:
    for field, most in lengths.items():
        text = getattr(change, field) or ""
        if len(text) > most or free_text.holds_unseen(text):
            yield FieldError(field, "text.too_long", f"Write at most {most} characters on one line.")


def _country(code: str | None) -> Faults:
    if code and (len(code) != 2 or not code.isupper() or pycountry.countries.get(alpha_2=code) is None):
        yield FieldError("country", "country.invalid", "Write the country as its two letters, such as US.")
