"""Reading what a partner orders: by named columns or without, none of which is dropped."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.partners import Terms
from largesse.domain.portal import BatchDelivery
from largesse.kernel.currency import currency
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services.portal import COLUMNS, BatchRead, PortalOrderAsked, read_batch

TODAY = date(2026, 7, 1)
TERMS = Terms(amount_max=500_00, credit_limit=10_000_00)
ASKED = PortalOrderAsked(refcode="SPRING", currency=currency("USD"), delivery=BatchDelivery.FILE)
VALUES = {"amount": "25", "email": "ada@example.com", "name": "Ada", "identifier": "E-1", "message": "Hello"}


def read(*rows: tuple[str, ...]) -> BatchRead:
    width = max(map(len, rows))
    padded = [(*row, *[""] * (width - len(row))) for row in rows]
    table = TextTable(rows=tuple(TextRow(line=line, cells=cells) for line, cells in enumerate(padded, start=1)))
    return read_batch(table, ASKED, TERMS, today=TODAY)


def faults(found: BatchRead) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in found.faults}


@given(st.permutations(sorted(VALUES)))
def test_named_columns_are_read_in_any_order(names: list[str]) -> None:
    found = read(tuple(names), tuple(VALUES[name] for name in names))
    assert found.faults == ()
    [line] = found.lines
    assert (line.amount, line.recipient_email, line.recipient_name) == (25_00, "ada@example.com", "Ada")
    assert (line.identifier, line.message) == ("E-1", "Hello")


@pytest.mark.parametrize(
    "rows, told",
    [
        ([("amount", "Cost centre"), ("25", "4711")], {("line 1: Cost centre", "column.unknown")}),
        ([("amount", "Cost centre"), ("25", "")], {("line 1: Cost centre", "column.unknown")}),
        ([("amount", "betrag"), ("25", "26")], {("line 1: betrag", "column.repeated")}),
        ([("amount", ""), ("25", ""), ("25", "x")], {("line 3: 2", "column.unnamed")}),
        ([("amount",), ("25",), ("25", "x")], {("line 3: 2", "column.unnamed")}),
        ([("amount", ""), ("25", " ")], set()),
        ([("25", "", "", "", "", "2027-01-01", "x")], {("line 1: 7", "column.unnamed")}),
        ([("25", "", "", "", "", "2027-01-01", "")], set()),
    ],
)
def test_a_column_that_nobody_knows_is_told(rows: list[tuple[str, ...]], told: set[tuple[str, str]]) -> None:
    assert faults(read(*rows)) == told


def test_without_a_header_columns_stand_in_their_usual_order() -> None:
    [line] = read(tuple({**VALUES, "good_through": "2027-01-01"}[name] for name in COLUMNS)).lines
    assert line.good_through == date(2027, 1, 1)
    assert line.message == "Hello"
