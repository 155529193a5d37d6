"""What a partner may write in an order, read from plain values (sources/partner-order-api.txt, PRODUCT "Partner door").

Every fault is found at once. Codes are stable; the names of the fields are the source's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import ParamSpec, TypeVar

import msgspec

from largesse.domain.partners.errors import OrderInvalid
from largesse.domain.partners.model import Agreement
from largesse.kernel.clock import add_years
from largesse.kernel.currency import Currency, UnknownCurrency, currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.money import parse, plain
from largesse.ledger.commands import fingerprint
from largesse.wire.plain import Literal

FIELDS = ("refcode", "thirdPartyIdentifier", "amount", "currencyCode", "expirationDate")
REFCODE_MAX = 20
THIRD_PARTY_IDENTIFIER_MAX = 64
CURRENCY = "USD"
YEARS = 1
YEARS_MAX = 2

P = ParamSpec("P")
T = TypeVar("T")

_CODES = {
    "thirdPartyIdentifier": "third_party_identifier",
    "currencyCode": "currency",
    "expirationDate": "expiration_date",
}
_INTEGER = re.compile(r"-?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Reads any amount while its currency is not known.
_UNKNOWN = Currency("It", 4)


class OrderWanted(msgspec.Struct, frozen=True, kw_only=True):
    """An order that reads well: `amount` in the currency's smallest unit, `good_through` the last good day."""

    refcode: str
    third_party_identifier: str | None
    amount: int
    currency: Currency
    good_through: date


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read of an order: all of it (`wanted`), or the faults and what the agreement may add to."""

    wanted: OrderWanted | None = None
    faults: tuple[FieldError, ...] = ()
    currency: Currency | None = None
    amount: int | None = None

    def invalid(self, agreement: Agreement) -> OrderInvalid:
        """Return the error with all faults, those that the agreement sees included."""
        return order_invalid([*self.faults, *faults_under(agreement, self.currency, self.amount)])


def read_order(given: Mapping[str, object], *, today: date) -> Reading:
    """Read an order given on `today`, the day in the merchant's zone. Names it does not know are passed over."""
    faults: list[FieldError] = []

    refcode = _noted(faults, _refcode, given.get("refcode"))
    identifier = _noted(faults, _identifier, given.get("thirdPartyIdentifier"))
    money = _noted(faults, _currency, given.get("currencyCode"))
    amount = _noted(faults, _amount, given.get("amount"), money or _UNKNOWN)
    good_through = _noted(faults, _good_through, given.get("expirationDate"), today)
    if faults or refcode is None or money is None or amount is None or good_through is None:
        return Reading(faults=tuple(faults), currency=money, amount=amount)
    wanted = OrderWanted(
        refcode=refcode,
        third_party_identifier=identifier,
        amount=amount,
        currency=money,
        good_through=good_through,
    )
    return Reading(wanted=wanted, currency=money, amount=amount)


def faults_under(agreement: Agreement, money: Currency | None, amount: int | None) -> list[FieldError]:
    """Return what the agreement has against a currency and an amount in it."""
    if money is None:
        return []
    terms = agreement.terms.get(money.code)
    if terms is None:
        named = ", ".join(agreement.terms) or "none yet"
        message = f"Your agreement does not name {money}. Currencies it names: {named}."
        return [FieldError("currencyCode", "currency.not_agreed", message)]
    if amount is not None and amount > terms.amount_max:
        message = f"One order may be at most {plain(terms.amount_max, money)} {money}. Split it, or ask for more."
        return [FieldError("amount", "amount.too_large", message)]
    return []


def order_invalid(faults: Iterable[FieldError]) -> OrderInvalid:
    """Return the error with `faults` in the order in which the source lists its fields."""
    return OrderInvalid(fields=sorted(faults, key=lambda fault: FIELDS.index(fault.field)))


def fingerprint_of_order(given: Mapping[str, object]) -> bytes:
    """Return the 16 bytes that tell what was asked for, whatever format it came in and whether or not it reads well."""
    values = [given.get(field) for field in FIELDS]
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
        raise _Fault(field, f"{_code(field)}.type", "Send this as text.")
    if not isinstance(value, str):
        raise _Fault(field, f"{_code(field)}.type", "Send this as text, not as a list, an object or a truth value.")
    return str(value)


def _code(field: str) -> str:
    return _CODES.get(field, field)


def _refcode(value: object) -> str:
    text = (_text("refcode", value) or "").strip()
    if not text:
        raise _Fault("refcode", "refcode.required", "Name the batch that this order is invoiced with.")
    if len(text) > REFCODE_MAX:
        message = f"The refcode has {len(text)} of at most {REFCODE_MAX} characters. Shorten it."
        raise _Fault("refcode", "refcode.too_long", message)
    if not text.isprintable():
        raise _Fault("refcode", "refcode.characters", "Use characters that can be printed, without line breaks.")
    return text


def _identifier(value: object) -> str | None:
    text = _text("thirdPartyIdentifier", value)
    if text is not None and len(text) > THIRD_PARTY_IDENTIFIER_MAX:
        message = f"The identifier has {len(text)} of at most {THIRD_PARTY_IDENTIFIER_MAX} characters. Shorten it."
        raise _Fault("thirdPartyIdentifier", "third_party_identifier.too_long", message)
    return text


def _currency(value: object) -> Currency:
    text = (_text("currencyCode", value) or CURRENCY).strip()
    try:
        return currency(text)
    except UnknownCurrency as error:
        raise _Fault("currencyCode", error.code, error.message) from error


def _amount(value: object, money: Currency) -> int:
    if value is None or value == "":
        raise _Fault("amount", "amount.required", "Say how much the certificate is worth, such as 25.00.")
    if not isinstance(value, str):
        raise _Fault("amount", "amount.invalid", "Write the amount as a plain number with a point, such as 25.00.")
    try:
        amount = parse(value.strip(), money).minor
    except InvalidInput as error:
        raise _Fault("amount", error.code, error.message) from error
    if amount <= money.units:
        raise _Fault("amount", "amount.too_small", "The amount must be greater than one.")
    return amount


def _good_through(value: object, today: date) -> date:
    text = (_text("expirationDate", value) or "").strip()
    if not text:
        return add_years(today, YEARS)
    day = _day(text)
    last = add_years(today, YEARS_MAX)
    if day <= today:
        message = "The certificate must be good for longer than today. Choose a later day."
        raise _Fault("expirationDate", "expiration_date.too_early", message)
    if day > last:
        message = f"The certificate may be good for two years at most. Choose {last.isoformat()} or an earlier day."
        raise _Fault("expirationDate", "expiration_date.too_late", message)
    return day


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that its month does not have is told of like any other text that is no day
    message = "Write a day that exists as YYYY-MM-DD, such as 2027-12-31."
    raise _Fault("expirationDate", "expiration_date.invalid", message)
