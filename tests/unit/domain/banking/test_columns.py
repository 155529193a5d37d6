"""A bank's CSV is read by what its columns mean: guessed once, and told where it does not fit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.domain.banking import BankColumnsInvalid, ColumnMap, guess, read_columns
from largesse.kernel.text_tables import TextTable
from largesse.wire.loose_tables import read_loose_table
from tests.builders.bank_files import PAYER, a_line, csv_file

LINES = [a_line(1_234_56), a_line(-7_00, place=2, name="Bank", iban="", text="Fee; monthly")]


def table_of(data: bytes) -> TextTable:
    return read_loose_table(data, size_max=1_000_000)


def test_a_csv_of_a_german_bank_is_guessed_and_read() -> None:
    table = table_of(csv_file(LINES))
    columns, names = guess(table)
    assert columns == ColumnMap(
        booked_on="Buchungstag", value_on="Valuta", amount="Betrag", currency="Währung",
        name="Name Zahlungsbeteiligter", iban="IBAN", text="Verwendungszweck", decimal=",", days="dmy",
    )  # fmt: skip
    assert "Betrag" in names
    read = read_columns(table, columns, currency="EUR")
    assert [replace(one, place=0) for one in read.lines] == [replace(one, place=0, entry_reference="") for one in LINES]


@given(
    st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=10),
    st.sampled_from(["dmy", "mdy", "ymd"]),
    st.sampled_from([".", ","]),
)
def test_amounts_and_days_are_read_as_they_were_written(amounts: list[int], days: str, decimal: str) -> None:
    form = {"dmy": "%d.%m.%Y", "mdy": "%m/%d/%Y", "ymd": "%Y-%m-%d"}[days]
    day = date(2026, 11, 7)
    rows = ["Day\tIn\tOut"]
    for amount in amounts:
        text = f"{abs(amount) // 100}{decimal}{abs(amount) % 100:02}"
        rows.append("\t".join([day.strftime(form), *((text, "") if amount > 0 else ("", text))]))
    columns = ColumnMap(booked_on="Day", incoming="In", outgoing="Out", decimal=decimal, days=days)
    read = read_columns(table_of("\n".join(rows).encode()), columns, currency="EUR")
    assert [(one.amount, one.booked_on) for one in read.lines] == [(amount, day) for amount in amounts]


@pytest.mark.parametrize("text, amount", [("-1.50", -150), ("1.50-", -150), ("(1.50)", -150), ("+1.50", 150)])
def test_signs_stand_where_banks_write_them(text: str, amount: int) -> None:
    table = table_of(f"Date,Amount,Memo\n2026-11-20,{text},x\n".encode())
    columns, _ = guess(table)
    assert columns is not None
    assert [one.amount for one in read_columns(table, columns, currency="EUR").lines] == [amount]


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    good = ColumnMap(booked_on="Buchungstag", amount="Betrag", decimal=",", days="dmy")
    table = table_of(csv_file(LINES).replace(b"20.11.2026", b"20.31.2026").replace(b"-7,00", b"-7,0x"))
    with pytest.raises(BankColumnsInvalid) as raised:
        read_columns(table, good, currency="EUR")
    assert {fault.field for fault in raised.value.fields} == {"line 3", "line 4"}
    cases = {
        ColumnMap(booked_on="Buchungstag"): {"amount"},
        replace(good, incoming="Valuta"): {"amount"},
        replace(good, text="Betrag"): {"columns"},
        replace(good, decimal="x", days="xyz"): {"decimal", "days"},
        replace(good, text="Zweck"): {"text"},
    }
    for columns, fields in cases.items():
        with pytest.raises(BankColumnsInvalid) as raised:
            read_columns(table_of(csv_file(LINES)), columns, currency="EUR")
        assert {fault.field for fault in raised.value.fields} == fields


def test_what_is_not_clear_is_not_guessed() -> None:
    assert guess(table_of(b"A,B,C\n1,2,3\n"))[0] is None
    assert guess(table_of(b"Date,B,C\n2026-11-20,2,3\n")) == (None, ("Date", "B", "C"))


def test_a_reference_of_a_creditor_in_the_text_is_found() -> None:
    table = table_of(csv_file([a_line(text="RF18 5390 0754 7034", iban=PAYER)]))
    columns, _ = guess(table)
    assert columns is not None
    [line] = read_columns(table, columns, currency="EUR").lines
    assert line.structured == "RF18539007547034"
