"""DATEV files, read by a parser that shares nothing with the writer: fields, columns, sums."""

import csv
import io
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from largesse.domain.book_exports import BookFactsMissing, BookFormat, BookFormatUnfit, BookLine
from largesse.domain.book_exports.datev import DATEV_LINES_MAX, DatevWriter, year_of
from largesse.kernel.currency import currency
from largesse.ledger import Account
from tests.builders.book_exports import FACTS, a_head, a_line, line_lists, mapped, moved, written

# Where the columns stand, counted from 1 as DATEV's description does.
AMOUNT, SIDE, CURRENCY, ACCOUNT, CONTRA, KEY, DAY, FIELD_1, FIELD_2, TEXT = 1, 2, 3, 7, 8, 9, 10, 11, 12, 14
COST_CENTRE, PERFORMED, TAX_PERIOD, REVERSAL = 37, 115, 116, 118
NAMES = {
    1: "Umsatz (ohne Soll/Haben-Kz)", 2: "Soll/Haben-Kennzeichen", 7: "Konto", 8: "Gegenkonto (ohne BU-Schlüssel)",
    9: "BU-Schlüssel", 10: "Belegdatum", 11: "Belegfeld 1", 14: "Buchungstext", 37: "KOST1 - Kostenstelle",
    47: "BU 49 Funktionsergänzung", 48: "Zusatzinformation - Art 1", 88: "Stück", 114: "Festschreibung",
    115: "Leistungsdatum", 116: "Datum Zuord. Steuerperiode", 118: "Generalumkehr (GU)", 125: "Abw. Skontokonto",
}  # fmt: skip


class Batch:
    """A file as somebody else would read it."""

    def __init__(self, data: bytes) -> None:
        text = data.decode("cp1252")
        assert text.endswith("\r\n")
        assert not re.search(r"(?<!\r)\n|\r(?!\n)", text)
        self.header, self.names, *self.rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
        self.raw = text.split("\r\n")[:-1]

    def days(self) -> tuple[date, date]:
        return date.fromisoformat(self.header[14]), date.fromisoformat(self.header[15])

    def day_of(self, row: list[str]) -> date:
        """A line says day and month; the year is the one within the header's days."""
        since, through = self.days()
        day, month = int(row[DAY - 1][:2]), int(row[DAY - 1][2:])
        [found] = {
            when
            for year in {since.year, through.year}
            if (month, day) != (2, 29) or year % 4 == 0
            if since <= (when := date(year, month, day)) <= through
        }
        return found

    def sums(self) -> Counter[str]:
        found = Counter[str]()
        for row in self.rows:
            assert re.fullmatch(r"\d{1,10},\d\d", row[AMOUNT - 1])
            amount = int(row[AMOUNT - 1].replace(",", ""))
            sign = {"S": 1, "H": -1}[row[SIDE - 1]] * (-1 if row[REVERSAL - 1] == "1" else 1)
            found[row[ACCOUNT - 1]] += sign * amount
            found[row[CONTRA - 1]] -= sign * amount
        return Counter({code: total for code, total in found.items() if total})


def batches(lines: list[BookLine], **given: Any) -> list[Batch]:
    files = written(BookFormat.DATEV, lines, a_head(*lines, **given))
    assert all(re.fullmatch(r"EXTF_[\w-]+\.csv", name) for name in files)
    return [Batch(data) for data in files.values()]


@given(line_lists())
def test_any_lines_come_to_the_same_on_every_account_in_125_columns(lines: list[BookLine]) -> None:
    found = batches(lines)
    total = Counter[str]()
    for one in found:
        total.update(one.sums())
        assert len(one.header) == 31
        assert len(one.names) == 125
        assert {len(row) for row in one.rows} <= {125}
        assert len(one.raw) == len(one.rows) + 2, "no field breaks a line"
        since, through = one.days()
        assert year_of(since, 1) == year_of(through, 1) == date.fromisoformat(one.header[12])
        assert all(since <= one.day_of(row) <= through for row in one.rows)
        assert all(len(row[TEXT - 1]) <= 60 and len(row[FIELD_1 - 1]) <= 12 for row in one.rows)
    assert Counter({code: sum_ for code, sum_ in total.items() if sum_}) == moved(lines)


def test_the_header_and_a_line_stand_as_datev_describes_them() -> None:
    line = a_line(text='Ausgegeben: "Kur & Bad" – Łódź', location="Bad Füssing")
    facts = replace(FACTS, by_location=True)
    [batch] = batches([line], facts=facts)
    assert batch.raw[0] == (
        '"EXTF";700;21;"Buchungsstapel";13;20261201083000250;;"LG";"Largesse";"";29098;55003;20260101;4;20261130;'
        '20261130;"Largesse 12";"";1;0;0;"EUR";;"";;;"03";;;"";""'
    )
    assert {place: batch.names[place - 1] for place in NAMES} == NAMES
    [row] = batch.rows
    filled = {place: cell for place, cell in enumerate(row, 1) if cell}
    assert filled == {
        AMOUNT: "100,00", SIDE: "S", CURRENCY: "EUR", ACCOUNT: "1360", CONTRA: "1700", DAY: "3011", FIELD_1: "LG12",
        FIELD_2: "1", TEXT: 'Ausgegeben: "Kur & Bad" – Lódz', COST_CENTRE: "Bad Füssing",
    }  # fmt: skip


def test_what_came_late_names_its_tax_period_and_what_takes_back_is_marked() -> None:
    sale = a_line(1)
    late = a_line(2, late_for=date(2026, 10, 31))
    back = a_line(3, debit=sale.credit, credit=sale.debit, undoes=True)
    [batch] = batches([sale, late, back])
    assert [row[TAX_PERIOD - 1] for row in batch.rows] == ["", "31102026", ""]
    assert [row[PERFORMED - 1] for row in batch.rows] == ["", "31102026", ""]
    assert [row[REVERSAL - 1] for row in batch.rows] == ["", "", "1"]
    assert batch.rows[2][ACCOUNT - 1 : CONTRA] == batch.rows[0][ACCOUNT - 1 : CONTRA], "told as its original"
    assert batch.sums() == {"1360": 10_000, "1700": -10_000}


def test_a_fiscal_year_has_files_of_its_own_and_a_full_file_is_followed_by_another() -> None:
    facts = replace(FACTS, datev_year_begins=7)
    days = [date(2026, 6, 30), date(2026, 7, 1)]
    first, second = batches([a_line(number, day=day) for number, day in enumerate(days, 1)], facts=facts)
    assert (first.header[12], first.days()) == ("20250701", (days[0], days[0]))
    assert (second.header[12], second.days()) == ("20260701", (days[1], days[1]))
    writer = DatevWriter(a_head(a_line()))
    names = [piece.file for piece in writer.add([a_line(number) for number in range(DATEV_LINES_MAX + 1)])]
    assert sorted(set(names)) == [f"EXTF_Buchungsstapel_largesse-12-{number:02}.csv" for number in (1, 2)]
    assert names.count("EXTF_Buchungsstapel_largesse-12-02.csv") == 2, "its header, and the line too many"


def test_the_key_of_an_account_stands_beside_the_line_and_a_repeat_says_so() -> None:
    keyed = replace(mapped(Account.REDEEMED), tax_code="40")
    [batch] = batches([a_line(credit=keyed)], repeat=2)
    assert batch.rows[0][KEY - 1] == "40"
    assert batch.header[16] == "Largesse 12 Wiederholung 2"


def test_what_datev_cannot_hold_is_refused_before_anything_is_written() -> None:
    with pytest.raises(BookFactsMissing, match="consultant's number and the client's number") as missing:
        written(BookFormat.DATEV, [a_line()], a_head(facts=replace(FACTS, datev_consultant="", datev_client="")))
    assert missing.value.code == "books.facts"
    named = replace(mapped(Account.REDEEMED), code="Sales")
    with pytest.raises(BookFormatUnfit, match="Sales are none") as unfit:
        written(BookFormat.DATEV, [a_line()], a_head(lines=(named,)))
    assert unfit.value.code == "books.format"
    with pytest.raises(BookFormatUnfit, match="two decimals"):
        written(BookFormat.DATEV, [a_line()], a_head(currency=currency("KWD")))


def test_a_currency_without_decimals_has_them_as_zeros() -> None:
    [batch] = batches([a_line(amount=1_234)], currency=currency("JPY"))
    assert Decimal(batch.rows[0][AMOUNT - 1].replace(",", ".")) == 1_234
