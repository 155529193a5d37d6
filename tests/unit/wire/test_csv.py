"""Tables people bring, and cells that spreadsheets must not run."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.formulas import FORMULA_STARTS, guard, unguard
from largesse.wire.csv import BadHeader, BadTable, BadTableEncoding, read_table
from largesse.wire.errors import TooLarge

COLUMNS = ("a", "b")


def _cells(data: bytes) -> list[dict[str, str]]:
    return [row.cells for row in read_table(data, columns=COLUMNS, size_max=10_000).rows]


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\r\n1,2\r\n",
        b"a,b\n1,2",
        b"\xef\xbb\xbfa,b\n1,2\n",
        b"b,a\n2,1\n",
        b"a,b\n\n1,2\n\n",
        b'"a","b"\r\n"1","2"\r\n',
        b"a;b\r\n1;2\r\n",
        b"a\tb\n1\t2\n",
        b"sep=;\r\na;b\r\n1;2\r\n",
        b"\xef\xbb\xbfsep=,\na,b\n1,2\n",
        b"a,b\n,\n1,2\n , \n,,,,\n",
        b"a;b\n;\n1;2\n;;;\n",
        b"a,b,,\n1,2,,\n",
        b"a,b\n1,2,,\n",
    ],
)
def test_the_ways_of_writing_the_same_table_read_alike(data: bytes) -> None:
    assert _cells(data) == [{"a": "1", "b": "2"}]


def test_lines_are_counted_behind_a_line_that_names_the_separator() -> None:
    table = read_table(b"sep=;\na;b\n;\n1;2\n1\n", columns=COLUMNS, size_max=1_000)

    assert [row.line for row in table.rows] == [4]
    assert [fault.field for fault in table.faults] == ["line 5"]


def test_a_workbook_is_told_to_be_one() -> None:
    with pytest.raises(BadTableEncoding, match="workbook"):
        _cells(b"PK\x03\x04whatever")


def test_another_file_is_told_of_in_one_sentence() -> None:
    with pytest.raises(BadHeader) as refusal:
        _cells(b"Name|Amount\nAda|5\n")

    assert refusal.value.fields == ()
    assert "commas, semicolons or tabs" in refusal.value.message


def test_quoted_newlines_and_quotes_are_data_and_lines_are_counted_through_them() -> None:
    table = read_table(b'a,b\n"1\n""x""",2\n3,4\n', columns=COLUMNS, size_max=1_000)

    assert [(row.line, row.cells["a"]) for row in table.rows] == [(2, '1\n"x"'), (4, "3")]


@pytest.mark.parametrize(
    "header, codes",
    [
        (b"a", {"csv.column.missing"}),
        (b"a,b,c", {"csv.column.unknown"}),
        (b"a,a,b", {"csv.column.repeated"}),
        (b"a;b;c", {"csv.column.unknown"}),
        (b"x;y", set()),
        (b'"x,y"', set()),
        (b"", {"csv.column.missing"}),
    ],
)
def test_a_header_is_exactly_the_columns(header: bytes, codes: set[str]) -> None:
    with pytest.raises(BadHeader) as refusal:
        _cells(header + b"\n1,2\n")

    assert {fault.code for fault in refusal.value.fields} == codes


@pytest.mark.parametrize(
    "data, line",
    [(b"a,b\nx,caf\xe9\n", "Line 2"), (b"a,b\nx,y\nx,\xed\xa0\x80\n", "Line 3"), ("a,b\n".encode("utf-16"), "UTF-16")],
)
def test_another_encoding_is_named_with_its_line(data: bytes, line: str) -> None:
    with pytest.raises(BadTableEncoding, match=line):
        _cells(data)


@pytest.mark.parametrize("data", [b'a,b\n"1,2\n', b'a,b\n"1"x,2\n'])
def test_broken_quotes_are_named_with_their_line(data: bytes) -> None:
    with pytest.raises(BadTable, match="Line 2"):
        _cells(data)


def test_a_row_of_another_width_is_a_fault_and_the_reading_goes_on() -> None:
    table = read_table(b"a,b\n1\n1,2\n1,2,3\n", columns=COLUMNS, size_max=1_000)

    assert [(fault.field, fault.code) for fault in table.faults] == [("line 2", "csv.cells"), ("line 4", "csv.cells")]
    assert len(table.rows) == 1


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        read_table(bytes(11), columns=COLUMNS, size_max=10)


@given(st.text())
def test_a_guarded_cell_is_no_formula_and_reads_as_what_it_was(text: str) -> None:
    assert guard(text)[:1] not in set(FORMULA_STARTS)
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("ending", [";", "\t", "\n", "\r\n", "\r", "; ", "\n  "])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_nothing_behind_the_end_of_a_cell_is_a_formula(ending: str, sign: str) -> None:
    text = f"A{ending}{sign}1+2"

    assert guard(text) == f"A{ending}'{sign}1+2"
    assert unguard(guard(text)) == text
    assert guard(f"A{ending}'{sign}1") == f"A{ending}''{sign}1"


@given(st.text(alphabet="A;\t\r\n '=-"))
def test_no_part_that_another_separator_makes_of_a_cell_is_a_formula(text: str) -> None:
    for part in re.split("[;\t\r\n]", guard(text)):
        assert not part.lstrip(" ").startswith(tuple("=+-@＝＋－＠"))
    assert unguard(guard(text)) == text
