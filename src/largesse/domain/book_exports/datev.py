"""DATEV's format EXTF: a header of 31 fields, the names of 125 columns, and a line for each posting.

Windows-1252, semicolons, decimal commas. An amount has no sign: S says that the account is debited, and the contra
account credited. What takes something back is told as its original with the mark of a reversal (column 118), which
lowers the sums of both sides instead of raising the others'.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from largesse.domain.book_exports.datev_columns import DATEV_COLUMNS
from largesse.domain.book_exports.lines import BookHead, BookLine, Piece
from largesse.kernel.normal_form import ascii_of

DATEV_LINES_MAX: Final = 99_999
"""How many lines one file may have."""
AMOUNT_MAX: Final = 999_999_999_999
"""Ten digits before the comma; what is more becomes several lines."""
_HEADER_FIELDS: Final = 31
_TEXT_MAX: Final = 60
_TITLE_MAX: Final = 30
_COST_CENTRE_MAX: Final = 36
_STROKES: Final = str.maketrans("ŁłĐđĦħŦŧı", "LlDdHhTti")
"""Letters with a stroke, which Unicode does not take apart."""
_PLACE: Final = {name: place for place, name in enumerate(DATEV_COLUMNS)}
_DECIMALS: Final = 2


class DatevWriter:
    """One file for each fiscal year, since a line says no year; a further one when it is full."""

    def __init__(self, head: BookHead) -> None:
        self._head = head
        self._year: date | None = None
        self._file = 0
        self._written = 0

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        for line in lines:
            if line.moves:
                for amount in _within(line.amount * 10 ** (_DECIMALS - self._head.currency.exponent)):
                    yield from self._write(line, amount)

    def end(self) -> Iterator[Piece]:
        """Write the header of a set whose lines move nothing."""
        if not self._file:
            yield self._begin(self._head.first_day)

    def _write(self, line: BookLine, amount: int) -> Iterator[Piece]:
        if year_of(line.day, self._head.facts.datev_year_begins) != self._year or self._written == DATEV_LINES_MAX:
            yield self._begin(line.day)
        self._written += 1
        first, other = (line.credit, line.debit) if line.undoes else (line.debit, line.credit)
        cells = [""] * len(DATEV_COLUMNS)

        def fill(column: str, written: str) -> None:
            cells[_PLACE[column]] = written

        whole, fraction = divmod(amount, 10**_DECIMALS)
        fill("Umsatz (ohne Soll/Haben-Kz)", f"{whole},{fraction:02}")
        fill("Soll/Haben-Kennzeichen", quoted("S"))
        fill("WKZ Umsatz", quoted(self._head.currency.code))
        fill("Konto", first.code)
        fill("Gegenkonto (ohne BU-Schlüssel)", other.code)
        if key := other.tax_code or first.tax_code:
            fill("BU-Schlüssel", quoted(key))
        fill("Belegdatum", f"{line.day:%d%m}")
        fill("Belegfeld 1", quoted(f"LG{self._head.set_number}"[:12]))
        fill("Belegfeld 2", quoted(str(line.number)[:12]))
        fill("Buchungstext", quoted(line.text, most=_TEXT_MAX))
        if self._head.facts.by_location and line.location:
            fill("KOST1 - Kostenstelle", quoted(line.location, most=_COST_CENTRE_MAX))
        if line.late_for is not None:
            fill("Leistungsdatum", f"{line.late_for:%d%m%Y}")
            fill("Datum Zuord. Steuerperiode", f"{line.late_for:%d%m%Y}")
        if line.undoes:
            fill("Generalumkehr (GU)", quoted("1"))
        yield Piece(self._name, _record(cells))

    def _begin(self, day: date) -> Piece:
        head, facts = self._head, self._head.facts
        self._file += 1
        self._written = 0
        self._year = began = year_of(day, facts.datev_year_begins)
        ends = date(began.year + 1, began.month, 1) - timedelta(days=1)
        title = f"Largesse {head.set_number}" + (f" Wiederholung {head.repeat}" if head.repeat else "")
        cells = [""] * _HEADER_FIELDS
        for place, written in {
            1: quoted("EXTF"), 2: "700", 3: "21", 4: quoted("Buchungsstapel"), 5: "13",
            6: f"{head.made_at:%Y%m%d%H%M%S}{head.made_at.microsecond // 1000:03}",
            8: quoted("LG"), 9: quoted("Largesse"), 10: quoted(""),
            11: facts.datev_consultant, 12: facts.datev_client, 13: f"{began:%Y%m%d}",
            14: str(facts.datev_account_length),
            15: f"{max(head.first_day, began):%Y%m%d}", 16: f"{min(head.last_day, ends):%Y%m%d}",
            17: quoted(title, most=_TITLE_MAX), 18: quoted(""), 19: "1", 20: "0", 21: "0",
            22: quoted(head.currency.code), 24: quoted(""),
            27: quoted(facts.datev_chart), 30: quoted(""), 31: quoted(""),
        }.items():  # fmt: skip
            cells[place - 1] = written
        return Piece(self._name, _record(cells) + _record(list(DATEV_COLUMNS)))

    @property
    def _name(self) -> str:
        return f"EXTF_Buchungsstapel_{self._head.name}-{self._file:02}.csv"


def year_of(day: date, begins: int) -> date:
    """Return the first day of the fiscal year that a day lies in; `begins` is the month that it begins with."""
    return date(day.year if day.month >= begins else day.year - 1, begins, 1)


def quoted(text: str, *, most: int = 255) -> str:
    """Return a text field: in quotes, on one line, in characters that Windows-1252 has."""
    known = "".join(_known(one) for one in " ".join(text.split()).translate(_STROKES))
    return '"' + known[:most].replace('"', '""') + '"'


def _known(character: str) -> str:
    """Return a character as Windows-1252 has it: without what stands above or below it, or a question mark."""
    for form in (character, ascii_of(character)):
        try:
            form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        return (form if form.isprintable() else " ") or "?"
    return "?"


def _within(amount: int) -> Iterator[int]:
    while amount > AMOUNT_MAX:
        yield AMOUNT_MAX
        amount -= AMOUNT_MAX
    yield amount


def _record(cells: list[str]) -> bytes:
    return (";".join(cells) + "\r\n").encode("cp1252")
