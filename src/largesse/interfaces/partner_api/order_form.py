"""The fields of an order on account, read into a command with `Money` in it (sources/partner-order-api.txt).

Every fault is found at once. Faults carry the names that the domain uses; `in_source_terms` gives all of them, whoever
found them, the source's names and its order.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final, ParamSpec, TypeVar

import msgspec

from largesse.domain.partners import REFCODE_MAX, THIRD_PARTY_IDENTIFIER_MAX, OrderInvalid, OrderWanted, PartialOrder
from largesse.kernel import free_text
from largesse.kernel.clock import add_years, day_of
from largesse.kernel.currency import Currency, UnknownCurrency, currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.money import Money, parse
from largesse.ledger import fingerprint
from largesse.services.partners import Admitted, OrderRequest
from largesse.wire.plain import Literal

FIELDS: Final = {
    "refcode": "refcode",
    "third_party_identifier": "thirdPartyIdentifier",
    "amount": "amount",
    "currency": "currencyCode",
    "expiration_date": "expirationDate",
}
"""The source's name of each field, in its order."""

CURRENCY: Final = "USD"
YEARS: Final = 1
YEARS_MAX: Final = 2

P = ParamSpec("P")
T = TypeVar("T")

_INTEGER = re.compile(r"-?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Reads any amount while its currency is not known.
_UNKNOWN = Currency("It", 4)


def read_order(given: Mapping[str, object], *, today: date) -> OrderWanted | PartialOrder:
    """Return the order that is given on `today`, the day in the merchant's zone, or its faults.

    Names that are not known are passed over.
    """
    faults: list[FieldError] = []
    refcode = _noted(faults, _refcode, given.get("refcode"))
    identifier = _noted(faults, _identifier, given.get("thirdPartyIdentifier"))
    money = _noted(faults, _currency, given.get("currencyCode"))
    amount = _noted(faults, _amount, given.get("amount"), money or _UNKNOWN)
    good_through = _noted(faults, _good_through, given.get("expirationDate"), today)
    if faults or refcode is None or amount is None or good_through is None:
        return PartialOrder(
            faults=tuple(faults), refcode=refcode, currency=money, amount=None if money is None else amount
        )
    return OrderWanted(refcode=refcode, third_party_identifier=identifier, amount=amount, good_through=good_through)


def request_of(admitted: Admitted, given: Mapping[str, object], *, key: str | None, now: datetime) -> OrderRequest:
    """Return what a partner asks for by the fields of an order; `key` is its Idempotency-Key."""
    return OrderRequest(
        order=read_order(given, today=day_of(now, in_zone=admitted.merchant.zone)),
        fingerprint=fingerprint_of_order(given),
        idempotency_key=key,
    )


def in_source_terms(error: OrderInvalid) -> OrderInvalid:
    """Return the error with its faults in the names and the order of the source."""
    places = list(FIELDS)
    faults = sorted(error.fields, key=lambda fault: places.index(fault.field))
    return OrderInvalid(fields=[msgspec.structs.replace(fault, field=FIELDS[fault.field]) for fault in faults])


def fingerprint_of_order(given: Mapping[str, object]) -> bytes:
    """Return the 16 bytes that tell what was asked for, whatever format it came in and whether or not it reads well."""
    values = [given.get(field) for field in FIELDS.values()]
    # A number and the text that looks like it ask for the same; so do an empty text and none.
    return fingerprint(_ENCODER.encode([str(value) if isinstance(value, str) and value else None for value in values]))


_ENCODER = msgspec.json.Encoder()


class _Fault(Exception):
    """What is wrong with one field to where all faults are gathered."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.found = FieldError(field, code, message)


def _noted(faults: list[FieldError], read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    try:
        return read(*args, **kwargs)
    except _Fault as fault:
        faults.append(fault.found)
        return None


def _text(field: str, value: object) -> str | None:
    """Return a text, or an integer as the text it was written as; None where nothing is given."""
    if value is None or value == "":
        return None
    if isinstance(value, Literal) and not _INTEGER.fullmatch(value):
        raise _Fault(field, f"{field}.type", "Send this as text.")
    if not isinstance(value, str):
        raise _Fault(field, f"{field}.type", "Send this as text, not as a list, an object or a truth value.")
    return str(value)


def _refcode(value: object) -> str:
    text = (_text("refcode", value) or "").strip()
    if not text:
        raise _Fault("refcode", "refcode.required", "Name the batch that this order is invoiced with.")
    if len(text) > REFCODE_MAX:
        message = f"The refcode has {len(text)} of at most {REFCODE_MAX} characters. Shorten it."
        raise _Fault("refcode", "refcode.too_long", message)
    if free_text.holds_unseen(text):
        raise _Fault("refcode", "refcode.characters", "Use characters that can be printed, without line breaks.")
    return text


def _identifier(value: object) -> str | None:
    text = _text("third_party_identifier", value)
    if text is not None and len(text) > THIRD_PARTY_IDENTIFIER_MAX:
        message = f"The identifier has {len(text)} of at most {THIRD_PARTY_IDENTIFIER_MAX} characters. Shorten it."
        raise _Fault("third_party_identifier", "third_party_identifier.too_long", message)
    return text


def _currency(value: object) -> Currency:
    text = (_text("currency", value) or CURRENCY).strip()
    try:
        return currency(text)
    except UnknownCurrency as error:
        raise _Fault("currency", error.code, error.message) from error


def _amount(value: object, money: Currency) -> Money:
    if value is None or value == "":
        raise _Fault("amount", "amount.required", "Say how much the certificate is worth, such as 25.00.")
    if not isinstance(value, str):
        raise _Fault("amount", "amount.invalid", "Write the amount as a plain number with a point, such as 25.00.")
    try:
        amount = parse(value.strip(), money)
    except InvalidInput as error:
        raise _Fault("amount", error.code, error.message) from error
    if amount.minor <= money.units:
        raise _Fault("amount", "amount.too_small", "The amount must be greater than one.")
    return amount


def _good_through(value: object, today: date) -> date:
    text = (_text("expiration_date", value) or "").strip()
    if not text:
        return add_years(today, YEARS)
    day = _day(text)
    last = add_years(today, YEARS_MAX)
    if day <= today:
        message = "The certificate must be good for longer than today. Choose a later day."
        raise _Fault("expiration_date", "expiration_date.too_early", message)
    if day > last:
        message = f"The certificate may be good for two years at most. Choose {last.isoformat()} or an earlier day."
        raise _Fault("expiration_date", "expiration_date.too_late", message)
    return day


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that its month does not have is told of like any other text that is no day
    message = "Write a day that exists as YYYY-MM-DD, such as 2027-12-31."
    raise _Fault("expiration_date", "expiration_date.invalid", message)
