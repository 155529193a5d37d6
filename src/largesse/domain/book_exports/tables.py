"""Comma-separated files: Xero's manual journals, QuickBooks' journals, and a plain table of every line."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from largesse.domain.book_exports.journals import BookJournal, Journals
from largesse.domain.book_exports.lines import BookHead, BookLine, Piece
from largesse.domain.book_exports.model import MappedAccount
from largesse.kernel.formulas import guard

XERO_FILE_LINES: Final = 300
"""How many lines Xero reads of a file, its headings among them."""
_XERO_PAIRS: Final = (XERO_FILE_LINES - 1) // 2
_QUICKBOOKS_PAIRS: Final = 400
_REFERENCE_MAX: Final = 11
_PPM_OF_PERCENT: Final = 10_000

PLAIN_COLUMNS: Final = (
    "export", "line", "repeat", "day", "late", "tax_day", "imported", "kind", "text", "debit", "debit_name",
    "debit_account", "credit", "credit_name", "credit_account", "currency", "amount", "class_of_value", "location",
    "tax_kind", "tax_country", "tax_rate", "taxable", "tax", "rows", "subject_id", "seq",
)  # fmt: skip
"""The columns of the plain table; `debit_account` and `credit_account` are the ledger's own."""

QUICKBOOKS_ONLINE: Final = ("Journal No", "Journal Date", "Account", "Debits", "Credits", "Description", "Name")
"""What the journal template of QuickBooks Online has; in which order is not verified, so merchants may change it."""
_DESKTOP: Final = ("Date", "RefNumber", "Memo", "Account", "DR", "CR", "Class", "Currency")


def csv_line(cells: Sequence[str]) -> bytes:
    """Return a record of RFC 4180 in UTF-8."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().encode()


class XeroWriter:
    """Xero's manual journals: lines of equal narration and date are one journal; debits above zero, credits below."""

    def __init__(self, head: BookHead) -> None:
        self._head = head
        self._journals = Journals(_XERO_PAIRS)
        self._file = 0
        self._written = XERO_FILE_LINES

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        for journal in self._journals.add(lines):
            yield from self._write(journal)

    def end(self) -> Iterator[Piece]:
        """Write what waits; a set whose lines move nothing is a file of headings."""
        for journal in self._journals.end():
            yield from self._write(journal)
        if not self._file:
            yield self._begin()

    def _write(self, journal: BookJournal) -> Iterator[Piece]:
        if self._written + 2 * len(journal.lines) > XERO_FILE_LINES:
            yield self._begin()
        self._written += 2 * len(journal.lines)
        narration = f"Largesse {self._head.set_number}, {journal.day}"
        narration += f", late for {journal.late_for}" if journal.late_for else ""
        narration += f" ({journal.part})" if journal.part > 1 else ""
        data = b"".join(self._pair(narration, line) for line in journal.lines)
        yield Piece(self._name, data)

    def _pair(self, narration: str, line: BookLine) -> bytes:
        amount = self._head.plain(line.amount)
        return self._side(narration, line, line.debit, amount) + self._side(narration, line, line.credit, f"-{amount}")

    def _side(self, narration: str, line: BookLine, side: MappedAccount, amount: str) -> bytes:
        facts = self._head.facts
        cells = [narration, f"{line.day:%d/%m/%Y}", guard(line.text), side.code]
        cells += [guard(side.tax_code or facts.xero_tax), amount]
        if facts.by_location:
            cells += [guard(facts.xero_tracking) if line.location else "", guard(line.location)]
        return csv_line(cells)

    def _begin(self) -> Piece:
        self._file += 1
        self._written = 1
        headings = ["*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"]
        headings += ["TrackingName1", "TrackingOption1"] if self._head.facts.by_location else []
        return Piece(self._name, csv_line(headings))

    @property
    def _name(self) -> str:
        return f"{self._head.name}-xero-{self._file:03}.csv"


class QuickBooksWriter:
    """QuickBooks' journals: each balances, and has a number of its own."""

    def __init__(self, head: BookHead, *, online: bool) -> None:
        self._head, self._online = head, online
        self._journals = Journals(_QUICKBOOKS_PAIRS)
        self._columns = tuple(head.facts.quickbooks_columns.split(",")) if online else _DESKTOP
        self._count = 0
        self._begun = False

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        for journal in self._journals.add(lines):
            yield from self._write(journal)

    def end(self) -> Iterator[Piece]:
        """Write what waits."""
        yield from self._begin()
        for journal in self._journals.end():
            yield from self._write(journal)

    def _write(self, journal: BookJournal) -> Iterator[Piece]:
        yield from self._begin()
        self._count += 1
        number = f"{self._head.set_number}-{self._count}"
        if len(number) > _REFERENCE_MAX:
            number = f"{self._head.set_number:x}-{self._count:x}"
        for line in journal.lines:
            amount = self._head.plain(line.amount)
            told = {
                "Date": f"{line.day:%m/%d/%Y}", "Journal Date": f"{line.day:%m/%d/%Y}",
                "RefNumber": number, "Journal No": number,
                "Memo": guard(line.text), "Description": guard(line.text), "Name": "",
                "Class": guard(line.location) if self._head.facts.by_location else "",
                "Currency": self._head.currency.code,
            }  # fmt: skip
            for side, debit, credit in ((line.debit, amount, ""), (line.credit, "", amount)):
                cells = told | {"Account": side.code, "DR": debit, "Debits": debit, "CR": credit, "Credits": credit}
                yield Piece(self._name, csv_line([cells[column] for column in self._columns]))

    def _begin(self) -> Iterator[Piece]:
        if not self._begun:
            self._begun = True
            yield Piece(self._name, csv_line(self._columns))

    @property
    def _name(self) -> str:
        return f"{self._head.name}-quickbooks-{'online' if self._online else 'desktop'}.csv"


class PlainWriter:
    """Every line with all that is known of it, those that move nothing there among them."""

    def __init__(self, head: BookHead) -> None:
        self._head = head
        self._begun = False

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines."""
        yield from self._begin()
        for line in lines:
            cells = [_text(value) for value in plain_cells(self._head, line)]
            yield Piece(self._name, csv_line(cells))

    def end(self) -> Iterator[Piece]:
        """Write the headings of a set without lines."""
        yield from self._begin()

    def _begin(self) -> Iterator[Piece]:
        if not self._begun:
            self._begun = True
            yield Piece(self._name, csv_line(PLAIN_COLUMNS))

    @property
    def _name(self) -> str:
        return f"{self._head.name}.csv"


def plain_cells(head: BookHead, line: BookLine) -> list[object]:
    """Return the cells of a line in the order of PLAIN_COLUMNS: numbers, days and texts as themselves."""

    def money(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(head.plain(minor))

    rate = None if line.rate_ppm is None else Decimal(line.rate_ppm) / _PPM_OF_PERCENT
    subject, seq = line.row if line.row is not None else (None, None)
    return [
        head.set_number, line.number, head.repeat or None, line.day, "yes" if line.late_for else "", line.late_for,
        "yes" if line.imported else "", line.kind, line.text, line.debit.code, line.debit.name,
        line.debit.account.value, line.credit.code, line.credit.name, line.credit.account.value, head.currency.code,
        money(line.amount), line.class_of_value, line.location, line.tax_kind, line.tax_country, rate,
        money(line.taxable), money(line.tax), line.rows, None if subject is None else str(subject), seq,
    ]  # fmt: skip


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}"
        case str():
            return guard(value)
        case _:
            return str(value)
