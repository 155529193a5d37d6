"""Row by row: what each brings, why it stays behind, or everything that is wrong with it, by line and column."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from largesse.domain.imports.days import read_day
from largesse.domain.imports.model import Brought, DayOrder, Left, LeftOut, OldCertificate
from largesse.domain.imports.presets import AmountForm, CardColumn, LastDay, Preset
from largesse.domain.imports.strength import strengths
from largesse.kernel.amounts import read_written_amount
from largesse.kernel.currency import Currency
from largesse.kernel.currency import currency as currency_of
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.free_text import one_line
from largesse.kernel.mail import read_email
from largesse.kernel.money import MINOR_MAX, InvalidAmount
from largesse.kernel.numbers import fold_number
from largesse.kernel.spreadsheets import is_damaged
from largesse.kernel.text_tables import TextRow

Value = TypeVar("Value")

_SHORTEST: Final = 4
_NAME_MAX: Final = 60
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]{2,4})?")
_EARLIEST: Final = date(1970, 1, 1)
_NUMBERS: Final = (CardColumn.NUMBER, CardColumn.ALIAS)
_YES: Final = frozenset({"1", "true", "yes", "y", "x", "ja", "sí", "si", "oui", "test", "wahr", "vrai"})
_ACTIVE: Final = frozenset(
    {"", "active", "activated", "enabled", "open", "valid", "redeemable", "partially redeemed", "partially used"}
    | {"publish", "published", "issued", "sold", "yes", "true", "1"}
)


class StatusUnreadable(InvalidInput):
    """A status is no word that is known."""

    code = "import.status"
    message = "This status is not known. Write “active”, “inactive” (not sold yet) or “void” (not to be brought over)."


class AmountNotWhole(InvalidAmount):
    """An amount in the smallest unit has decimals."""

    code = "import.amount.minor"
    message = "This system writes amounts in the smallest unit, without decimals. Check which preset the file is of."


class CardNotGoodYet(InvalidInput):
    """A card may not be used before a day to come."""

    code = "import.valid_from"
    message = "This card is not good yet, and a certificate of ours is good at once. Bring it over later."


class IssuedOutOfRange(InvalidInput):
    """A card was issued when none can have been."""

    code = "import.issued"
    message = "A card cannot have been issued before 1970 or after the cut-over."


class RowRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of one file mean. `short` are lines whose number may have lost zeros, with the usual length."""

    preset: Preset
    columns: Mapping[CardColumn, int]
    header: tuple[str, ...]
    currency: str
    decimal: str
    day_order: DayOrder
    last_day: LastDay
    zone_day: date
    short: Mapping[int, int]

    def named(self, column: CardColumn) -> str:
        """Return how a column is called in the file, or which it is."""
        place = self.columns[column]
        return self.header[place].strip()[:40] if self.header and self.header[place].strip() else f"column {place + 1}"


def bring(rows: Sequence[TextRow], rules: RowRules, faults: Sequence[FieldError]) -> Brought:
    """Return what rows bring: nothing of it counts while there is a fault."""
    reader = _Reader(rules, faults)
    taken = [one for row in rows if (one := reader.read(row)) is not None]
    reader.find_repeated(taken)
    bits = strengths([one.folded for one in taken])
    aliased = [place for place, one in enumerate(taken) if one.alias_folded]
    for place, strength in zip(aliased, strengths([taken[place].alias_folded for place in aliased]), strict=True):
        bits[place] = min(bits[place], strength)
    left = [
        LeftOut(why=why, currency=code, count=count, value=value)
        for (why, code), (count, value) in sorted(reader.left.items())
    ]
    return Brought(
        rows=tuple(replace(one, bits=strength) for one, strength in zip(taken, bits, strict=True)),
        left_out=tuple(left),
        faults=tuple(reader.faults),
        unaddressed=reader.unaddressed,
    )


class _Reader:
    """Read rows, gathering faults and what stays behind."""

    def __init__(self, rules: RowRules, faults: Sequence[FieldError]) -> None:
        self.rules = rules
        self.faults = list(faults)
        self.left = defaultdict[tuple[Left, str], tuple[int, int]](lambda: (0, 0))
        self.currencies: dict[str, Currency] = {}
        self.row = TextRow(line=0, cells=())
        self.column = CardColumn.NUMBER
        self.unaddressed = 0

    def read(self, row: TextRow) -> OldCertificate | None:
        """Return what a row brings, None where it stays behind or is wrong."""
        self.row, before = row, len(self.faults)
        if self.says_yes(CardColumn.TEST):
            self.leave(Left.TEST, self.rules.currency, 0)
            return None
        numbers = [self.take(self.number, column) or ("", "") for column in _NUMBERS]
        money = self.take(self.currency, CardColumn.CURRENCY) or self.known(self.rules.currency)
        value = self.take(lambda text: self.amount(text, money), CardColumn.BALANCE) or 0
        gratuity = self.take(lambda text: self.amount(text, money), CardColumn.GRATUITY) or 0
        issued = self.take(self.issued, CardColumn.ISSUED)
        through = self.take(self.through, CardColumn.EXPIRES)
        self.take(self.valid_from, CardColumn.VALID_FROM)
        status = self.take(self.status, CardColumn.STATUS) or "active"
        if len(self.faults) > before:
            return None
        inactive = status == "inactive" or CardColumn.BALANCE not in self.rules.columns
        why = self.why_left(status, value, through, inactive=inactive)
        if why is not None:
            self.leave(why, money.code, value + gratuity)
            return None
        if inactive and (value or gratuity):
            message = "A number that is not sold yet cannot have a balance. Set it to zero, or the status to active."
            self.refuse(CardColumn.BALANCE, "import.inactive.balance", message)
            return None
        (number, folded), (alias, alias_folded) = numbers
        email, name, language = self.recipient()
        return OldCertificate(
            line=row.line,
            number=number,
            folded=folded,
            alias="" if alias_folded == folded else alias,
            alias_folded="" if alias_folded == folded else alias_folded,
            currency=money.code,
            value=value,
            gratuity=gratuity,
            is_inactive=inactive,
            issued=issued,
            good_through=through,
            email=email,
            name=name,
            language=language,
        )

    def recipient(self) -> tuple[str, str, str]:
        """Return address, name and language of whom a card is for; one nobody could write to keeps no money back."""
        text = self.cell(CardColumn.EMAIL)
        if not text:
            return "", "", ""
        try:
            email = read_email(text)
        except InvalidInput:
            self.unaddressed += 1
            return "", "", ""
        language = _LANGUAGE.fullmatch(self.cell(CardColumn.LANGUAGE))
        return email, one_line(self.cell(CardColumn.NAME))[:_NAME_MAX], language[1].lower() if language else ""

    def why_left(self, status: str, value: int, through: date | None, *, inactive: bool) -> Left | None:
        """Return why a row that is in order stays behind."""
        if status == "left_out":
            return Left.STATUS
        if through is not None and through < self.rules.zone_day:
            return Left.EXPIRED
        return Left.EMPTY if not value and not inactive else None

    def leave(self, why: Left, code: str, value: int) -> None:
        """Count a row that stays behind."""
        count, total = self.left[why, code]
        self.left[why, code] = (count + 1, total + value)

    def refuse(self, column: CardColumn, code: str, message: str, *, line: int | None = None) -> None:
        """Note what is wrong with a cell."""
        where = f"line {line or self.row.line}, {self.rules.named(column)}"
        self.faults.append(FieldError(where, code, message))

    def cell(self, column: CardColumn) -> str:
        """Return the cell of a column, empty where the file has no such column."""
        place = self.rules.columns.get(column)
        return "" if place is None else self.row.cells[place].strip()

    def says_yes(self, column: CardColumn) -> bool:
        """Return whether a cell says yes."""
        return self.cell(column).casefold() in _YES

    def take(self, reader: Callable[[str], Value], column: CardColumn) -> Value | None:
        """Return what a cell says, None where it says nothing, or where it cannot be read and that is noted."""
        if column not in self.rules.columns:
            return None
        text = self.cell(column)
        if is_damaged(text, number=True):
            message = (
                f"A spreadsheet has put {text[:20]!r} in place of what stood here, and what it was cannot be told. "
                "Take the file as the other system gave it, or format the column as text before you open it."
            )
            self.refuse(column, "cell.spreadsheet", message)
            return None
        if not text and column is not CardColumn.NUMBER:
            return None
        self.column = column
        try:
            return reader(text)
        except InvalidInput as error:
            self.refuse(column, error.code, error.message)
            return None

    def number(self, text: str) -> tuple[str, str]:
        """Return a number as it was written, and folded; a fault is noted beside it."""
        folded, column = fold_number(text), self.column
        usual = self.rules.short.get(self.row.line)
        if not folded:
            self.refuse(column, "import.number.missing", "There is no number here, or more than 255 symbols.")
        elif usual is not None and column is CardColumn.NUMBER:
            message = (
                f"This number has {len(folded)} digits and most have {usual}: a spreadsheet may have taken zeros off "
                "its front. Format the column as text and write the number in full; or say that lengths differ."
            )
            self.refuse(column, "import.number.zeros", message)
        elif len(folded) < _SHORTEST:
            message = f"A number needs {_SHORTEST} symbols at least: anybody would guess this one."
            self.refuse(column, "import.number.short", message)
        return text, folded

    def known(self, code: str) -> Currency:
        """Return a currency by its code."""
        if code not in self.currencies:
            self.currencies[code] = currency_of(code)
        return self.currencies[code]

    def currency(self, text: str) -> Currency:
        """Return the currency that a cell names."""
        return self.known(text.upper())

    def amount(self, text: str, money: Currency) -> int:
        """Return an amount in the smallest unit."""
        if text.lstrip("'").startswith(("-", "−", "(")):
            raise InvalidAmount("A balance below zero cannot be brought over. Settle it in the other system first.")
        if self.rules.preset.amounts is AmountForm.MINOR:
            if not text.isdecimal() or not text.isascii():
                raise AmountNotWhole
            minor = int(text[:20])
        else:
            counted = self.rules.columns[self.column] in self.row.numbers  # which we have written with a point
            decimal = "." if counted else self.rules.decimal
            minor = read_written_amount(text, money, decimal_sign=decimal).minor
        if minor > MINOR_MAX:
            raise InvalidAmount("This is more than a certificate can hold.")
        return minor

    def issued(self, text: str) -> date:
        """Return the day of issue."""
        day = read_day(text, order=self.rules.day_order)
        if not _EARLIEST <= day <= self.rules.zone_day + timedelta(days=1):
            raise IssuedOutOfRange
        return day

    def through(self, text: str) -> date:
        """Return the last good day."""
        day = read_day(text, order=self.rules.day_order)
        return day - timedelta(days=1) if self.rules.last_day is LastDay.EXCLUDED else day

    def valid_from(self, text: str) -> None:
        """Refuse what cannot be used yet."""
        if read_day(text, order=self.rules.day_order) > self.rules.zone_day:
            raise CardNotGoodYet

    def status(self, text: str) -> str:
        """Return whether a card is active, inactive or left out."""
        word = text.casefold()
        if word in self.rules.preset.left_out:
            return "left_out"
        if word in self.rules.preset.inactive:
            return "inactive"
        if word not in _ACTIVE:
            raise StatusUnreadable
        return "active"

    def find_repeated(self, taken: Sequence[OldCertificate]) -> None:
        """Note numbers that stand in the file twice, or that two cards could be found by."""
        seen = dict[str, tuple[int, str]]()
        for one in taken:
            for folded, written, column in _numbers_of(one):
                line, before = seen.setdefault(folded, (one.line, written))
                if line == one.line:
                    continue
                same = written == before
                why = "the same number" if same else "a number that reads the same (O and 0, I, L and 1 are one)"
                code = "import.number.repeated" if same else "import.number.alike"
                self.refuse(column, code, f"Line {line} has {why}. Correct whichever is wrong.", line=one.line)


def _numbers_of(one: OldCertificate) -> Iterator[tuple[str, str, CardColumn]]:
    yield one.folded, one.number, CardColumn.NUMBER
    if one.alias_folded:
        yield one.alias_folded, one.alias, CardColumn.ALIAS
