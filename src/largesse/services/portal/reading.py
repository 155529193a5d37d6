"""What somebody wants to order, read from a table as people write it: every fault by line and column. Pure.

The limits are those of the partner API: an amount greater than one, good for longer than today and for two years at
most, a year where nothing is said. A column that is not known is refused, for whoever filled it means it to count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

import msgspec

from largesse.domain.partners import REFCODE_MAX, THIRD_PARTY_IDENTIFIER_MAX, Terms
from largesse.domain.portal import BatchDelivery, BatchLine
from largesse.kernel import free_text
from largesse.kernel.amounts import read_amount
from largesse.kernel.clock import add_years
from largesse.kernel.currency import Currency
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.mail import read_email
from largesse.kernel.money import Money
from largesse.kernel.spreadsheets import is_damaged
from largesse.kernel.text_tables import TextRow, TextTable

_Value = TypeVar("_Value")

LINES_MAX: Final = 100_000
NAME_PART_MAX: Final = 60
MESSAGE_MAX: Final = 200
YEARS: Final = 1
YEARS_MAX: Final = 2
_COLUMN_SHOWN: Final = 40
COLUMNS: Final = ("amount", "email", "name", "identifier", "message", "good_through")
"""The columns, in the order in which they are read where the first line does not name them."""
_NAMES: Final[Mapping[str, str]] = {
    **{name: name for name in COLUMNS},
    **dict.fromkeys(("betrag", "wert", "montant", "importe", "value", "gift_amount"), "amount"),
    **dict.fromkeys(
        ("e-mail", "mail", "recipient_email", "e-mail address", "e-mail-adresse", "adresse", "courriel", "correo"),
        "email",
    ),
    **dict.fromkeys(("recipient", "recipient_name", "empfänger", "nom", "nombre", "destinataire"), "name"),
    **dict.fromkeys(("thirdpartyidentifier", "third_party_identifier", "reference", "id", "referenz"), "identifier"),
    **dict.fromkeys(("nachricht", "gift_message", "mensaje", "text"), "message"),
    **dict.fromkeys(("expirationdate", "expiration_date", "good through", "gültig bis"), "good_through"),
}


class PortalOrderAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for all lines of an order: its refcode and currency, how it is delivered, and what lines leave out."""

    refcode: str
    currency: Currency
    delivery: BatchDelivery
    amount: str = ""
    good_through: str = ""
    language: str = "en"


class BatchRead(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that read well, and what is wrong with the others; `field` of a fault is `line 3: email`."""

    lines: tuple[BatchLine, ...]
    faults: tuple[FieldError, ...]

    @property
    def total(self) -> int:
        """Return what all lines come to, in smallest units."""
        return sum(one.amount for one in self.lines)


def read_batch(table: TextTable, asked: PortalOrderAsked, terms: Terms | None, *, today: date) -> BatchRead:
    """Return what a table asks for, or what is wrong with it, line by line.

    `terms` are what is agreed in the currency, None where nothing is. `today` is the day in the merchant's zone.
    """
    faults = [*_faults_of_head(asked, terms), *table.faults]
    columns, rows, misnamed = _columns_of(table)
    faults.extend(misnamed)
    if len(rows) > LINES_MAX:
        message = f"There are {len(rows)} lines, and one order has at most {LINES_MAX}. Part it into several."
        return BatchRead(lines=(), faults=(FieldError("lines", "batch.too_many", message),))
    if not rows:
        faults.append(FieldError("lines", "batch.empty", "Give at least one line: an amount, and whom it is for."))
    reader = _LineReader(columns, asked, terms, today)
    lines = [line for place, row in enumerate(rows, start=1) if (line := reader.read(row, place)) is not None]
    return BatchRead(lines=tuple(lines), faults=(*faults, *reader.faults))


def _faults_of_head(asked: PortalOrderAsked, terms: Terms | None) -> list[FieldError]:
    faults, refcode = [], asked.refcode
    if not refcode:
        faults.append(FieldError("refcode", "refcode.required", "Name the batch that this order is invoiced with."))
    elif len(refcode) > REFCODE_MAX or free_text.holds_unseen(refcode):
        message = f"A refcode has at most {REFCODE_MAX} characters that can be printed."
        faults.append(FieldError("refcode", "refcode.too_long", message))
    if terms is None:
        message = f"Your agreement does not name {asked.currency}."
        faults.append(FieldError("currency", "currency.not_agreed", message))
    return faults


def _columns_of(table: TextTable) -> tuple[dict[str, int], Sequence[TextRow], list[FieldError]]:
    """Return where each column stands, the rows below the header, if there is one, and columns that say nothing."""
    if not table.rows:
        return {}, (), []
    head, rows = table.rows[0], table.rows[1:]
    names = [_NAMES.get(cell.strip().casefold(), "") for cell in head.cells]
    if not any(names):
        return {name: place for place, name in enumerate(COLUMNS)}, table.rows, _beyond(table.rows, len(COLUMNS))
    places, faults = dict[str, int](), list[FieldError]()
    for place, (name, cell) in enumerate(zip(names, head.cells, strict=True)):
        if name and name not in places:
            places[name] = place
        elif name:
            faults.append(_misnamed(head, cell, "column.repeated", f"Two columns are called {name}. Keep one."))
        elif cell.strip():
            message = f"No column is called that. There are: {', '.join(COLUMNS)}. Rename it, or take it out."
            faults.append(_misnamed(head, cell, "column.unknown", message))
    unnamed = {place for place, cell in enumerate(head.cells) if not cell.strip()}
    faults.extend(_nameless(row, unnamed) for row in rows if any(row.cells[place].strip() for place in unnamed))
    return places, rows, faults


def _beyond(rows: Sequence[TextRow], width: int) -> list[FieldError]:
    return [
        _nameless(row, range(width, len(row.cells))) for row in rows if any(cell.strip() for cell in row.cells[width:])
    ]


def _nameless(row: TextRow, places: Iterable[int]) -> FieldError:
    place = next(place for place in sorted(places) if row.cells[place].strip())
    message = "This column has no name, so nobody knows what it says. Name it in the first line, or empty it."
    return _misnamed(row, str(place + 1), "column.unnamed", message)


def _misnamed(row: TextRow, column: str, code: str, message: str) -> FieldError:
    return FieldError(f"line {row.line}: {free_text.one_line(column)[:_COLUMN_SHOWN]}", code, message)


class _LineReader:
    """Reads rows; `faults` gathers what is wrong with all of them."""

    def __init__(self, columns: Mapping[str, int], asked: PortalOrderAsked, terms: Terms | None, today: date) -> None:
        self.faults = list[FieldError]()
        self._columns = columns
        self._asked = asked
        self._terms = terms
        self._today = today
        self._last = add_years(today, YEARS_MAX)
        self._seen = dict[str, int]()
        self._bad = False

    def read(self, row: TextRow, place: int) -> BatchLine | None:
        """Return what a row asks for; None where something is wrong with it."""
        self._bad = False
        amount = self._field(row, "amount", self._amount)
        day = self._field(row, "good_through", self._good_through)
        email = self._field(row, "email", self._email)
        name = self._field(row, "name", _name)
        message = self._field(row, "message", _message)
        identifier = self._field(row, "identifier", lambda text: self._identifier(text, row.line))
        if self._bad or amount is None or day is None:
            return None
        return BatchLine(
            place=place,
            line=row.line,
            identifier=identifier or None,
            amount=amount,
            good_through=day,
            recipient_name=name or "",
            recipient_email=email or "",
            message=message or "",
        )

    def _field(self, row: TextRow, column: str, read: Callable[[str], _Value]) -> _Value | None:
        place = self._columns.get(column)
        text = row.cells[place].strip() if place is not None and place < len(row.cells) else ""
        try:
            return read(text)
        except _Fault as fault:
            self._bad = True
            self.faults.append(FieldError(f"line {row.line}: {column}", fault.code, str(fault)))
            return None

    def _amount(self, text: str) -> int:
        text, money = text or self._asked.amount, self._asked.currency
        if not text:
            raise _Fault("amount.required", "Say how much the certificate is worth.")
        try:
            amount = read_amount(text, money, language=self._asked.language)
        except InvalidInput as error:
            raise _Fault(error.code, error.message) from error
        if amount.minor <= money.units:
            raise _Fault("amount.too_small", "The amount must be greater than one.")
        if self._terms is not None and amount.minor > self._terms.amount_max:
            most = Money(self._terms.amount_max, money)
            raise _Fault("amount.too_large", f"One certificate may be worth at most {most} {money.code}.")
        return amount.minor

    def _good_through(self, text: str) -> date:
        text = text or self._asked.good_through
        if not text:
            return add_years(self._today, YEARS)
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            raise _Fault("good_through.invalid", "Write a day that exists as YYYY-MM-DD, such as 2027-12-31.") from None
        if day <= self._today:
            raise _Fault("good_through.too_early", "The certificate must be good for longer than today.")
        if day > self._last:
            raise _Fault(
                "good_through.too_late", f"The certificate may be good until {self._last.isoformat()} at most."
            )
        return day

    def _email(self, text: str) -> str:
        if not text:
            if self._asked.delivery is BatchDelivery.EMAIL:
                raise _Fault("email.required", "Give the address that the certificate is mailed to.")
            return ""
        try:
            return read_email(text)
        except InvalidInput as error:
            raise _Fault(error.code, error.message) from error

    def _identifier(self, text: str, line: int) -> str:
        if len(text) > THIRD_PARTY_IDENTIFIER_MAX or free_text.holds_unseen(text):
            message = f"The identifier has at most {THIRD_PARTY_IDENTIFIER_MAX} characters that can be printed."
            raise _Fault("identifier.too_long", message)
        if text and is_damaged(text, number=True):
            raise _Fault("identifier.damaged", "A spreadsheet changed this. Format the column as text, and try again.")
        if text and (first := self._seen.setdefault(text, line)) != line:
            raise _Fault(
                "identifier.repeated", f"Line {first} has the same identifier. Each certificate needs its own."
            )
        return text


class _Fault(Exception):
    """What is wrong with one cell."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _name(text: str) -> str:
    first, _, last = text.rpartition(" ")
    if max(len(first), len(last)) > NAME_PART_MAX or free_text.holds_unseen(text):
        raise _Fault("name.too_long", f"First and last name have at most {NAME_PART_MAX} characters each.")
    return text


def _message(text: str) -> str:
    if len(text) > MESSAGE_MAX:
        raise _Fault("message.too_long", f"The message has {len(text)} of {MESSAGE_MAX} characters. Shorten it.")
    return free_text.one_line(text)
