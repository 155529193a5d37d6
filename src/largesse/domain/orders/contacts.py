"""Telephone numbers as people write them."""

import phonenumbers

from largesse.kernel.errors import InvalidInput


class PhoneInvalid(InvalidInput):
    """A text is no telephone number."""

    code = "phone.invalid"
    message = "That is not a telephone number. Write it with its country code, like +1 212 555 0100, without extension."


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
