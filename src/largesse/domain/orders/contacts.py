"""Read e-mail addresses and telephone numbers as people write them."""

from functools import cache, lru_cache

import phonenumbers
from babel.core import get_global
from email_validator import EmailNotValidError, validate_email

from largesse.kernel.errors import InvalidInput


class EmailInvalid(InvalidInput):
    """A text is no e-mail address."""

    code = "email.invalid"
    message = "That is not an e-mail address. Write it like name@example.com."


class PhoneInvalid(InvalidInput):
    """A text is no telephone number."""

    code = "phone.invalid"
    message = "That is not a telephone number. Write it with its country code, like +1 212 555 0100, without extension."


@lru_cache(1024)
def read_email(text: str) -> str:
    """Return an address in its normal form. Remembered: a form's way from draft to order asks several times.

    Whether mail arrives there is not asked: that needs the network.

    Raises:
        EmailInvalid: it is no address.
    """
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise EmailInvalid from error


def read_phone(text: str, *, region: str | None) -> str:
    """Return a number in full as E.164, `+12125550100`; `region` (ISO 3166) is for those without country code.

    A number of the right length is enough: numbering plans grow faster than libraries, and old orders outlive them.

    Raises:
        PhoneInvalid: it is no number, cannot be dialled from abroad, or has an extension, which E.164 cannot carry.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise PhoneInvalid from error
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or number.extension:
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_as_read(phone: str) -> str:
    """Write a telephone number, stored as E.164, in the groups it is read and dialled in: `+1 212-555-0100`."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@cache
def region_of_zone(time_zone: str) -> str | None:
    """Return the country (ISO 3166) that an IANA time zone lies in, None for one such as UTC."""
    found: str | None = get_global("zone_territories").get(time_zone)
    return found
