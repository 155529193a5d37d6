"""Telephone numbers as the order post carries them: at most 12 characters, in a form that the receiver can dial.

Nothing is ever cut: a number that is cut reaches a stranger (docs/decisions/0015-phones-in-twelve-characters.md).
"""

import re
from enum import StrEnum
from functools import lru_cache

import phonenumbers

from largesse.kernel.zones import region_of_zone

PHONE_MAX = 12
_NOT_DIGITS = re.compile(r"[^0-9]+")


class PhoneForm(StrEnum):
    """How an endpoint wants telephone numbers."""

    INTERNATIONAL = "international"
    """E.164 with the plus where it fits: `+12125550123`."""
    NATIONAL = "national"
    """As dialled in the merchant's country, with dashes: `212-555-0123`; numbers of other countries as above."""


def posted_phone(e164: str, *, time_zone: str, form: PhoneForm = PhoneForm.INTERNATIONAL) -> str:
    """Return a phone number in at most 12 characters, in a form that a receiver who lives in `time_zone` can dial.

    International form: the first of these that fits. International with the plus; as dialled inside its country, where
    the receiver lives there; international without the plus; as dialled inside its country, where that begins with a 0
    and so cannot be taken for an international one. National form: with dashes, then without, for a number of the
    receiver's own country. Where none fits the field is empty.
    """
    if form is PhoneForm.INTERNATIONAL and len(e164) <= PHONE_MAX:
        return e164
    return _posted(e164, time_zone, form)


@lru_cache(maxsize=4096)
def _posted(e164: str, time_zone: str, form: PhoneForm) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(number) or ""
    at_home = bool(region) and region == region_of_zone(time_zone)
    if form is PhoneForm.NATIONAL and at_home:
        for text in (_dashed(number), _dialled(number)):
            if 0 < len(text) <= PHONE_MAX and _leads_back(text, number, region):
                return text
    return e164 if len(e164) <= PHONE_MAX else _shortened(e164, number, region, at_home=at_home)


def _shortened(e164: str, number: phonenumbers.PhoneNumber, region: str, *, at_home: bool) -> str:
    national = _dialled(number)
    if not (region and 0 < len(national) <= PHONE_MAX and _leads_back(national, number, region)):
        national = ""
    digits = e164.removeprefix("+")
    if national and at_home:
        return national
    if len(digits) <= PHONE_MAX:
        return digits
    return national if national.startswith("0") else ""


def _dialled(number: phonenumbers.PhoneNumber) -> str:
    """Return the digits dialled inside its country."""
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return phonenumbers.normalize_digits_only(text)


def _dashed(number: phonenumbers.PhoneNumber) -> str:
    """Return the same in groups with dashes between them."""
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return _NOT_DIGITS.sub("-", text).strip("-")


def _leads_back(text: str, number: phonenumbers.PhoneNumber, region: str) -> bool:
    try:
        return _e164(phonenumbers.parse(text, region)) == _e164(number)
    except phonenumbers.NumberParseException:
        return False


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
