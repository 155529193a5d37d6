"""Tables of other programs: what bytes say by themselves, and files that are made to do harm."""

import io
import zipfile
from datetime import UTC, datetime

import pytest

from largesse.kernel.text_tables import TextTable
from largesse.wire.csv import BadTable
from largesse.wire.errors import BadEncoding, ForbiddenMarkup, Malformed, TooLarge
from largesse.wire.loose_tables import (
    ROWS_MAX,
    EncodingUnsure,
    TableEmpty,
    TableTooLong,
    read_loose_table,
)
from largesse.wire.workbooks import WorkbookTooLarge, WorkbookUnreadable, read_workbook
from tests.builders.import_files import workbook


def table(data: bytes, size_max: int = 1 << 24) -> TextTable:
    return read_loose_table(data, size_max=size_max)


def cells(data: bytes) -> list[tuple[str, ...]]:
    return [row.cells for row in table(data).rows]


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\r\n1,2\r\n",
        b"\xef\xbb\xbfa;b\n1;2\n",
        "a\tb\r\n1\t2\r\n".encode("utf-16"),
        b"sep=|\na|b\n1|2\n",
        b"a,b,,\n\n1,2\n,,\n",
        b'[{"a": "1", "b": 2}]',
        b'{"cards": [{"a": 1}, {"b": null}], "cursor": ""}',
    ],
)
def test_the_ways_of_writing_a_table_give_the_same_header(data: bytes) -> None:
    assert cells(data)[0] == ("a", "b")


def test_semicolons_part_cells_whose_amounts_have_commas() -> None:
    assert cells(b"1234;25,00\n1235;30,00\n") == [("1234", "25,00"), ("1235", "30,00")]


def test_objects_in_objects_are_columns_of_their_own() -> None:
    assert cells(b'[{"m": {"amount": 25, "c": "USD"}, "ids": ["x", "y"]}]') == [
        ("m.amount", "m.c", "ids"),
        ("25", "USD", "x y"),
    ]


def test_lines_are_counted_as_the_file_has_them() -> None:
    assert [row.line for row in table(b'a,b\n\n"x\ny",1\nz,2\n').rows] == [1, 3, 5]


def test_an_old_encoding_is_named_never_guessed() -> None:
    with pytest.raises(EncodingUnsure) as unsure:
        table("a,b\nJürgen,1\n".encode("cp1252"))
    assert unsure.value.code == "table.encoding"
    assert unsure.value.readings["windows-1252"] == "Jürgen,1"
    assert read_loose_table("a\nJürgen".encode("cp1252"), size_max=99, encoding="windows-1252").rows[1].cells == (
        "Jürgen",
    )


@pytest.mark.parametrize(
    "data, error",
    [
        (b"\xd0\xcf\x11\xe0" + bytes(50), BadEncoding),
        (b"a\x00b,c\n", BadEncoding),
        (b"", TableEmpty),
        (b"\n \n,,\n", TableEmpty),
        (b'a,b\n"x', BadTable),
        (b"[1, 2]", Malformed),
        (b"PK\x03\x04 and nothing of a zip", WorkbookUnreadable),
        (b"x" * 101, TooLarge),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as refused:
        table(data, size_max=100)
    assert str(refused.value)
    assert refused.value.code in {  # type: ignore[attr-defined]  # each is an error of ours
        *("wire.encoding", "table.empty", "csv.malformed", "wire.malformed", "workbook.unreadable", "wire.too_large")
    }


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(TableTooLong) as refused:
        table(b"1,2\n" * (ROWS_MAX + 2))
    assert refused.value.code == "table.too_long"


def test_a_workbook_keeps_numbers_apart_from_texts_and_writes_days_as_iso() -> None:
    data = workbook(
        [
            ["a", "b", "c"],
            ["007", 7.5, datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)],
            [None, 6012345678901234567, True],
        ]
    )
    rows, faults = read_workbook(data, columns_max=9)
    assert faults == []
    assert [row.cells for row in rows[1:]] == [("007", "7.5", "2026-01-02"), ("", "6.01234567890123E+18", "TRUE")]
    assert [row.numbers for row in rows[1:]] == [frozenset({1}), frozenset({1})]


def test_a_formula_is_a_fault_whatever_it_says() -> None:
    _, [fault] = read_workbook(workbook([["a"], ['=HYPERLINK("http://x")']]), columns_max=9)
    assert (fault.field, fault.code) == ("line 2, column 1", "cell.formula")


def _packed(**parts: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "/") + ".xml", content)
    return into.getvalue()


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    with pytest.raises(WorkbookTooLarge) as refused:
        read_workbook(_packed(xl_sheet=bytes(2_000_000)), columns_max=9, unpacked_max=1_000_000)
    assert refused.value.code == "workbook.too_large"


def test_a_zip_whose_table_lies_about_sizes_is_refused() -> None:
    honest = _packed(xl_sheet=bytes(2_000_000))
    lying = honest.replace((2_000_000).to_bytes(4, "little"), (20).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(WorkbookUnreadable) as refused:
        read_workbook(lying, columns_max=9)
    assert refused.value.code == "workbook.unreadable"


def test_a_document_type_is_refused_wherever_it_stands() -> None:
    with pytest.raises(ForbiddenMarkup):
        read_workbook(_packed(xl_workbook=b" " * ((1 << 20) - 4) + b"<!DOCTYPE x>"), columns_max=9)


def test_what_a_workbook_says_of_its_size_is_not_believed() -> None:
    data = workbook([["a", "b"], ["1", "2"]])
    into = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(into, "w") as after:
        for one in before.infolist():
            content = before.read(one).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
            after.writestr(one, content)
    rows, _ = read_workbook(into.getvalue(), columns_max=9)
    assert [row.cells for row in rows] == [("a", "b"), ("1", "2")]
