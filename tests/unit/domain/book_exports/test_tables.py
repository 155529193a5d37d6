"""CSV for Xero, QuickBooks and everybody else, and workbooks, read by other readers than their writers."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from largesse.domain.book_exports import BookFormat, BookLine
from largesse.domain.book_exports.tables import PLAIN_COLUMNS
from largesse.domain.book_exports.workbook import WorkbookWriter
from largesse.kernel.formulas import FORMULA_STARTS, unguard
from largesse.ledger import Account
from tests.builders.book_exports import FACTS, a_head, a_line, line_lists, mapped, moved, written


def read(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def cents(text: str) -> int:
    return int(Decimal(text or 0) * 100)


def without_zeros(sums: Counter[str]) -> Counter[str]:
    return Counter({code: total for code, total in sums.items() if total})


@settings(max_examples=15)
@given(line_lists())
def test_xero_reads_journals_that_balance_in_files_of_300_lines(lines: list[BookLine]) -> None:
    many = [replace(line, number=number) for number, line in enumerate(lines * 40, 1)]
    many.sort(key=lambda line: line.day)
    files = written(BookFormat.XERO, many, at_once=50)
    sums, journals = Counter[str](), defaultdict[tuple[str, str], Decimal](Decimal)
    held = defaultdict[tuple[str, str], set[str]](set)
    for name, data in files.items():
        rows = read(data)
        assert len(rows) + 1 <= 300
        for row in rows:
            sums[row["*AccountCode"]] += cents(row["*Amount"])
            journals[row["*Narration"], row["*Date"]] += Decimal(row["*Amount"])
            held[row["*Narration"], row["*Date"]].add(name)
    assert set(journals.values()) <= {0}
    assert all(len(names) == 1 for names in held.values()), "a journal is in one file"
    assert without_zeros(sums) == moved(many)


def test_xero_is_told_days_tax_and_locations_as_it_wants_them() -> None:
    line = a_line(location="Bar", credit=replace(mapped(Account.REDEEMED), tax_code="20% (VAT on Income)"))
    late = a_line(2, late_for=date(2026, 10, 31))
    facts = replace(FACTS, by_location=True, xero_tax="No VAT", xero_tracking="Place")
    files = written(BookFormat.XERO, [line, late], a_head(line, late, facts=facts))
    assert list(files) == ["largesse-12-xero-001.csv"]
    assert files["largesse-12-xero-001.csv"].decode().splitlines() == [
        "*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount,TrackingName1,TrackingOption1",
        '"Largesse 12, 2026-11-30",30/11/2026,Issued,1360,No VAT,100.00,Place,Bar',
        '"Largesse 12, 2026-11-30",30/11/2026,Issued,8200,20% (VAT on Income),-100.00,Place,Bar',
        '"Largesse 12, 2026-11-30, late for 2026-10-31",30/11/2026,Issued,1360,No VAT,100.00,,',
        '"Largesse 12, 2026-11-30, late for 2026-10-31",30/11/2026,Issued,1700,No VAT,-100.00,,',
    ]


@pytest.mark.parametrize(
    "wanted, columns",
    [
        (BookFormat.QUICKBOOKS_DESKTOP, ("RefNumber", "Account", "DR", "CR", "Date")),
        (BookFormat.QUICKBOOKS_ONLINE, ("Journal No", "Account", "Debits", "Credits", "Journal Date")),
    ],
)
@given(lines=line_lists())
def test_quickbooks_reads_journals_that_balance(
    wanted: BookFormat, columns: tuple[str, ...], lines: list[BookLine]
) -> None:
    number, account, debit, credit, day = columns
    [data] = written(wanted, lines).values()
    sums, journals, days = Counter[str](), Counter[str](), defaultdict[str, set[str]](set)
    for row in read(data):
        amount = cents(row[debit]) - cents(row[credit])
        assert (row[debit] == "") != (row[credit] == "")
        assert len(row[number]) <= 11
        sums[row[account]] += amount
        journals[row[number]] += amount
        days[row[number]].add(row[day])
    assert without_zeros(journals) == {}
    assert all(len(found) == 1 for found in days.values())
    assert without_zeros(sums) == moved(lines)


def test_the_columns_of_quickbooks_online_are_the_merchants_to_order() -> None:
    facts = replace(FACTS, quickbooks_columns="Journal Date,Journal No,Account,Credits,Debits")
    [data] = written(BookFormat.QUICKBOOKS_ONLINE, [a_line()], a_head(facts=facts)).values()
    assert data.decode().splitlines() == [
        "Journal Date,Journal No,Account,Credits,Debits",
        "11/30/2026,12-1,1360,,100.00",
        "11/30/2026,12-1,1700,100.00,",
    ]


@given(line_lists())
def test_the_plain_table_has_every_line_and_no_cell_that_a_spreadsheet_runs(lines: list[BookLine]) -> None:
    [data] = written(BookFormat.CSV, lines).values()
    rows = read(data)
    assert tuple(rows[0]) == PLAIN_COLUMNS
    assert [(row["debit"], row["credit"], cents(row["amount"])) for row in rows] == [
        (line.debit.code, line.credit.code, line.amount) for line in lines
    ]
    for row, line in zip(rows, lines, strict=True):
        assert (unguard(row["text"]), unguard(row["location"])) == (line.text, line.location)
        assert not (row["text"] + " ").startswith(tuple(FORMULA_STARTS))
        assert row["late"] == ("yes" if line.late_for else "")


FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.mark.parametrize("wanted", [BookFormat.XERO, BookFormat.QUICKBOOKS_DESKTOP, BookFormat.QUICKBOOKS_ONLINE])
def test_a_location_that_is_a_formula_is_text_in_every_table(wanted: BookFormat) -> None:
    line = a_line(location=FORMULA, text=FORMULA)
    [data] = written(wanted, [line], a_head(line, facts=replace(FACTS, by_location=True))).values()
    assert not [cell for row in read(data) for cell in row.values() if cell.startswith("=")]
    assert "'=HYPERLINK" in data.decode()


@settings(max_examples=8)
@given(line_lists())
def test_a_workbook_has_numbers_days_and_texts_and_further_sheets(lines: list[BookLine]) -> None:
    head = a_head(*lines)
    writer = WorkbookWriter(head, sheet_rows_max=5)
    safe = [replace(line, text=FORMULA, location="") for line in lines]
    pieces = [*writer.add(safe), *writer.end()]
    assert {piece.file for piece in pieces} == {"largesse-12.xlsx"}
    book = openpyxl.load_workbook(io.BytesIO(b"".join(piece.data for piece in pieces)))
    cells = [row for sheet in book for row in sheet.iter_rows(min_row=2)]
    place = {name: number for number, name in enumerate(PLAIN_COLUMNS)}
    assert len(cells) == len(lines)
    assert len(book.worksheets) == -(-len(lines) // 4)
    for row, line in zip(cells, safe, strict=True):
        assert row[place["amount"]].value == pytest.approx(line.amount / 100)
        assert row[place["text"]].data_type == "s"
        assert row[place["text"]].value == FORMULA
        found = row[place["day"]].value
        assert isinstance(found, datetime)
        assert found.date() == line.day


def test_a_set_whose_lines_move_nothing_there_is_a_file_of_headings() -> None:
    same = a_line(credit=mapped(Account.CASH_IN_TRANSIT))
    assert same.debit.code == same.credit.code
    for wanted in (BookFormat.XERO, BookFormat.QUICKBOOKS_DESKTOP, BookFormat.DATEV):
        [data] = written(wanted, [same]).values()
        assert len(data.decode("cp1252").splitlines()) == (2 if wanted is BookFormat.DATEV else 1)
    [data] = written(BookFormat.CSV, [same]).values()
    assert len(read(data)) == 1
