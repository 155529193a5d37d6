"""The order form: the 26 fields of the order post, in the order and with the limits of the source.

Nothing is ever cut: what does not fit is refused, here as the last place and in the doors as the first.
"""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import urlencode

import phonenumbers
from babel.core import get_global

from largesse.kernel.errors import FieldError, InvalidInput

CONTENT_TYPE = "application/x-www-form-urlencoded; charset=UTF-8"
PHONE_MAX = 12

# Every name in the order in which it is posted, with the most characters that the source (order-post-integration.txt)
# allows it; None: it sets no limit.
FIELDS: dict[str, int | None] = {
    "giftcafe_vendornum": 11,
    "order_number": 13,
    "order_timestamp": None,
    "recipient_first_name": None,
    "recipient_last_name": None,
    "recipient_email": None,
    "gift_description": None,
    "gift_to_message": 30,
    "gift_from_message": 30,
    "gift_message": 200,
    "gift_amount": None,
    "gift_tip": None,
    "gift_discount": None,
    "gift_tax": None,
    "gift_total": None,
    "billing_first_name": None,
    "billing_last_name": None,
    "billing_email": None,
    "billing_phone": PHONE_MAX,
    "billing_address": None,
    "billing_address2": None,
    "billing_city": None,
    "billing_state": None,
    "billing_zip": None,
    "custom1": 55,
    "custom2": 55,
}


class FormInvalid(InvalidInput):
    """Which fields of an order form are missing, unknown or too long."""

    code = "order_form.invalid"
    message = "This order does not fit the order form. Correct the fields listed."


def encode_order_form(values: Mapping[str, str]) -> bytes:
    """Write the 26 fields as `application/x-www-form-urlencoded` in UTF-8.

    Raises:
        FormInvalid: a field is missing, unknown, or longer than the source allows.
    """
    wrong = [
        FieldError(field=name, code="order_form.field.missing", message=f"Give {name}; it may be empty.")
        for name in FIELDS
        if name not in values
    ]
    wrong += [
        FieldError(field=name, code="order_form.field.unknown", message=f"{name} is not one of the 26 fields.")
        for name in values
        if name not in FIELDS
    ]
    wrong += [
        _too_long(name, values[name], most)
        for name, most in FIELDS.items()
        if most and len(values.get(name, "")) > most
    ]
    if wrong:
        raise FormInvalid(fields=wrong)
    return urlencode([(name, values[name]) for name in FIELDS], encoding="utf-8").encode("ascii")


def _too_long(name: str, value: str, most: int) -> FieldError:
    over = len(value) - most
    message = f"{name} has {len(value)} of {most} characters; take out {over}."
    return FieldError(field=name, code="order_form.field.too_long", message=message)


def form_amount(decimal: str) -> str:
    """Return a decimal text with at least two decimals, `0.00`: yen gain two zeros, dinars keep their three."""
    whole, _, fraction = decimal.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def form_phone(e164: str, *, time_zone: str) -> str:
    """Return a phone number in at most 12 characters, in a form that a receiver who lives in `time_zone` can dial.

    The first of these that fits (docs/decisions/0021-phones-in-twelve-characters.md): international with the plus; as
    dialled inside its country, where the receiver lives there; international without the plus; as dialled inside its
    country, where that begins with a 0 and so cannot be taken for an international one. Where none fits the field is
    empty: a number that is cut reaches a stranger.
    """
    if len(e164) <= PHONE_MAX:
        return e164
    return _shortened(e164, time_zone)


@lru_cache(maxsize=4096)
def _shortened(e164: str, time_zone: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    region = phonenumbers.region_code_for_number(number) or ""
    national = _national(number, region)
    digits = e164.removeprefix("+")
    if national and region == get_global("zone_territories").get(time_zone):
        return national
    if len(digits) <= PHONE_MAX:
        return digits
    return national if national.startswith("0") else ""


def _national(number: phonenumbers.PhoneNumber, region: str) -> str:
    """Return the digits dialled inside `region`, nothing where they do not fit or do not lead back to the number."""
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = phonenumbers.normalize_digits_only(text)
    if not region or not 0 < len(digits) <= PHONE_MAX:
        return ""
    try:
        reached = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return ""
    return digits if _e164(reached) == _e164(number) else ""


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
