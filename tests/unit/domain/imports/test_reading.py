"""Files of other systems: what they bring, what has to be asked, and every way in which they are wrong."""

import random
import string
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from largesse.domain.imports import (
    Ask,
    Brought,
    CardColumn,
    ChoiceInvalid,
    Choices,
    DayOrder,
    FileReading,
    LastDay,
    Left,
    PresetRefused,
    PresetUnknown,
    detect,
    find_preset,
    presets,
    read_table,
)
from largesse.kernel.errors import InvalidInput
from largesse.kernel.numbers import fold_number
from largesse.wire.loose_tables import read_loose_table
from tests.builders.import_files import FILES, text, workbook

CUT_OVER = date(2026, 11, 30)
PLAIN = Choices(preset="plain")


def reading(data: bytes, choices: Choices = PLAIN, currency: str = "EUR", encoding: str = "") -> FileReading:
    table = read_loose_table(data, size_max=1 << 24, encoding=encoding)
    return read_table(table, choices, currency=currency, zone_day=CUT_OVER)


def brought(data: bytes, choices: Choices = PLAIN, currency: str = "EUR") -> Brought:
    found = reading(data, choices, currency).brought
    assert found is not None
    return found


def faults(data: bytes, choices: Choices = PLAIN) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in brought(data, choices).faults]


def test_every_preset_has_a_file() -> None:
    assert FILES.keys() | {"saleor"} == presets().keys()


@pytest.mark.parametrize("name", FILES)
def test_a_file_as_the_system_writes_it_is_known_by_its_header_and_read_whole(name: str) -> None:
    file = FILES[name]
    found = reading(file.data, file.choices, encoding=file.encoding)

    assert found.preset == name
    assert found.questions == ()
    assert found.brought is not None
    assert found.brought.faults == ()
    assert len(found.brought.rows) == file.rows
    assert sum(one.value for one in found.brought.rows) == file.value
    assert {one.currency for one in found.brought.rows} == {file.currency}
    assert sum(one.count for one in found.brought.left_out) == file.left


def test_a_file_of_codes_alone_is_refused_with_what_to_bring_instead() -> None:
    with pytest.raises(PresetRefused, match="current balance") as refused:
        reading(text(["code", "ABCDEFGH"]), Choices())
    assert refused.value.code == "import.preset.refused"


def test_a_preset_that_nobody_knows_is_refused() -> None:
    with pytest.raises(PresetUnknown) as refused:
        find_preset("nobody")
    assert refused.value.code == "import.preset.unknown"


@pytest.mark.parametrize("choices", [Choices(decimal="'"), Choices(decimal="..")])
def test_an_answer_that_is_none_is_refused(choices: Choices) -> None:
    with pytest.raises(ChoiceInvalid) as refused:
        reading(text(["a,b"]), choices)
    assert refused.value.code == "import.choice"


def test_shopifys_day_of_expiry_is_the_first_on_which_the_card_is_no_longer_good() -> None:
    [first, _] = brought(FILES["shopify"].data, Choices()).rows
    assert first.good_through == date(2077, 12, 31)


def test_a_file_without_a_header_is_asked_about_with_the_likely_system_first() -> None:
    for data, first in ((FILES["toast"].data, "toast"), (FILES["toast_inactive"].data, "toast_inactive")):
        [question] = reading(data, Choices()).questions
        assert question.ask is Ask.PRESET
        assert question.answers[0][0] == first


def test_a_header_of_nobody_is_asked_about_and_then_mapped() -> None:
    data = text(["Karte,Rest", "KARTE-1234,12.50"])
    assert reading(data, Choices()).questions[0].ask is Ask.PRESET
    assert reading(data).questions[0].ask is Ask.COLUMNS

    [row] = brought(data, Choices(preset="plain", columns={CardColumn.NUMBER: 0, CardColumn.BALANCE: 1})).rows
    assert (row.number, row.value) == ("KARTE-1234", 1250)


@pytest.mark.parametrize(
    "columns",
    [
        {CardColumn.NUMBER: 0, CardColumn.BALANCE: 7},
        {CardColumn.NUMBER: 0, CardColumn.BALANCE: 0},
        {CardColumn.NUMBER: -1, CardColumn.BALANCE: 0},
        {CardColumn.BALANCE: 1},
    ],
)
def test_columns_that_cannot_be_are_asked_for_again(columns: dict[CardColumn, int]) -> None:
    found = reading(text(["Karte,Rest", "KARTE-1234,12.50"]), Choices(preset="plain", columns=columns))
    assert [one.ask for one in found.questions] == [Ask.COLUMNS]


def test_a_decimal_sign_that_nothing_decides_is_asked_for() -> None:
    data = text(["number;balance", "ABCD-1;1.250"])
    [question] = reading(data).questions
    assert (question.ask, question.answers) == (Ask.DECIMAL, ((".", "1.250"), (",", "1.250")))

    assert [one.value for one in brought(data, Choices(preset="plain", decimal=",")).rows] == [125000]
    assert [one.value for one in brought(data, Choices(preset="plain", decimal=".")).rows] == [125]


def test_one_amount_decides_the_decimal_sign_of_all() -> None:
    rows = brought(text(["number;balance", "ABCD-1;1.250", "ABCD-2;7,5"])).rows
    assert [one.value for one in rows] == [125000, 750]


def test_an_order_of_days_that_nothing_decides_is_asked_for() -> None:
    data = text(["number,balance,issued", "ABCD-1,5,03/04/2025", "ABCD-2,5,04/04/2025"])
    assert [one.ask for one in reading(data).questions] == [Ask.DAY_ORDER]

    for order, day in ((DayOrder.DAY_FIRST, date(2025, 4, 3)), (DayOrder.MONTH_FIRST, date(2025, 3, 4))):
        assert brought(data, Choices(preset="plain", day_order=order)).rows[0].issued == day


def test_one_day_decides_the_order_of_all() -> None:
    rows = brought(text(["number,balance,issued", "ABCD-1,5,03/04/2025", "ABCD-2,5,13/04/2025"])).rows
    assert rows[0].issued == date(2025, 4, 3)


def test_what_a_day_of_expiry_means_is_asked_where_no_preset_knows() -> None:
    data = text(["number,balance,expires", "ABCD-1,5,2027-04-03"])
    assert [one.ask for one in reading(data).questions] == [Ask.LAST_DAY]
    for last_day, through in ((LastDay.INCLUDED, date(2027, 4, 3)), (LastDay.EXCLUDED, date(2027, 4, 2))):
        assert brought(data, Choices(preset="plain", last_day=last_day)).rows[0].good_through == through


@pytest.mark.parametrize(
    "cell, where, code",
    [
        ("6.01E+15,5,,", "line 2, number", "cell.spreadsheet"),
        ("6,5,,", "line 2, number", "import.number.short"),
        (",5,,", "line 2, number", "import.number.missing"),
        ("ABCD-1,#REF!,,", "line 2, balance", "cell.spreadsheet"),
        ("ABCD-1,-5,,", "line 2, balance", "amount.invalid"),
        ("ABCD-1,5.001,,", "line 2, balance", "amount.decimals"),
        ("ABCD-1,$5,,", "line 2, balance", "amount.currency"),
        ("ABCD-1,99999999999999999999.00,,", "line 2, balance", "amount.invalid"),
        ("ABCD-1,5,yesterday,", "line 2, issued", "import.day"),
        ("ABCD-1,5,31/02/2025,", "line 2, issued", "import.day"),
        ("ABCD-1,5,2027-01-01,", "line 2, issued", "import.issued"),
        ("ABCD-1,5,,perhaps", "line 2, status", "import.status"),
        ("ABCD-1,5,,inactive", "line 2, balance", "import.inactive.balance"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(cell: str, where: str, code: str) -> None:
    data = text(["number,balance,issued,status", cell, "ABCD-9,10.50,2025-01-01,active"])
    assert faults(data) == [(where, code)]


def test_an_unknown_currency_is_named() -> None:
    assert faults(text(["number,balance,currency", "ABCD-1,5,EURO"])) == [("line 2, currency", "currency.unknown")]


def test_what_is_not_good_yet_is_named() -> None:
    data = text(["Code,Balance,Tip,Valid From", "ABCD-1,5,0,2027-05-05"])
    assert faults(data, Choices()) == [("line 2, Valid From", "import.valid_from")]


def test_an_amount_in_the_smallest_unit_has_no_decimals() -> None:
    data = text(["code,balance_cents,currency_code", "ABCD-1,5.00,EUR"])
    assert faults(data, Choices()) == [("line 2, balance_cents", "import.amount.minor")]


def test_a_number_twice_and_two_that_read_the_same_are_named_with_the_other_line() -> None:
    data = text(["number,balance", "ABCO-1,5", "abc0 i,6", "ABCO-1,7"])
    found = brought(data).faults
    assert [(one.field, one.code) for one in found] == [
        ("line 3, number", "import.number.alike"),
        ("line 4, number", "import.number.repeated"),
    ]
    assert all("Line 2" in one.message for one in found)


def test_an_alias_is_a_number_too() -> None:
    data = text(["number,alias,balance", "ABCD-1,XYZ-1,5", "XYZ-1,,6"])
    assert faults(data) == [("line 3, number", "import.number.repeated")]


def test_a_number_that_may_have_lost_its_zeros_is_refused_until_lengths_are_said_to_differ() -> None:
    data = text(["number,balance", "1234567890,5", "1234567891,5", "1234567892,5", "34567892,5"])
    assert faults(data) == [("line 5, number", "import.number.zeros")]
    assert len(brought(data, Choices(preset="plain", lengths_differ=True)).rows) == 4


def test_what_is_expired_empty_or_void_stays_behind_with_its_sum() -> None:
    data = text(
        [
            "number,balance,good through,status",
            "ABCD-1,5.00,2026-11-29,",
            "ABCD-2,0.00,,",
            "ABCD-3,7.00,,void",
            "ABCD-4,9.00,2026-11-30,active",
        ]
    )
    found = brought(data, Choices(preset="plain", last_day=LastDay.INCLUDED))
    assert [one.number for one in found.rows] == ["ABCD-4"]
    assert {one.why: one.value for one in found.left_out} == {Left.EMPTY: 0, Left.EXPIRED: 500, Left.STATUS: 700}


def test_a_workbook_that_kept_numbers_as_numbers_is_read_or_refused_never_guessed() -> None:
    rows: list[list[object]] = [["number", "balance"], ["ABCD-1", 12.5], [6012345678901234567, 5], ["ABCD-3", "=1+1"]]
    found = brought(workbook(rows))
    assert [(one.field, one.code) for one in found.faults] == [
        ("line 4, column 2", "cell.formula"),
        ("line 3, number", "cell.spreadsheet"),
        ("line 4, balance", "amount.invalid"),
    ]
    assert [one.value for one in found.rows] == [1250]


def test_numbers_are_not_shown_by_accident() -> None:
    [row] = brought(text(["number,balance", "SECRET-77,5"])).rows
    assert "SECRET" not in repr(row)


def test_weak_numbers_are_known_by_what_varies_in_them() -> None:
    counted = text(["number,balance", *(f"GIFT-{100000 + place},5" for place in range(50))])
    drawn = random.Random(7)
    letters = text(
        ["number,balance", *("".join(drawn.choices(string.ascii_uppercase, k=12)) + ",5" for _ in range(50))]
    )
    assert max(one.bits for one in brought(counted).rows) < 20
    assert min(one.bits for one in brought(letters).rows) > 50
    assert brought(text(["number,balance", "AB7C5,5"])).rows[0].bits < 40


def test_a_header_is_known_in_any_case_and_with_underscores() -> None:
    assert detect(["CODE", "BALANCE", "Item_Name", "issued  on"]) == "gift_up"
    assert detect(["something", "else"]) is None


_numbers = st.lists(
    st.text(st.sampled_from(string.ascii_uppercase + string.digits + "-/#"), min_size=8, max_size=40),
    min_size=1,
    max_size=30,
    unique_by=fold_number,
).filter(lambda found: all(len(fold_number(one)) >= 4 and fold_number(one)[0].isalpha() for one in found))


@settings(max_examples=60, deadline=None)
@given(numbers=_numbers, amounts=st.data(), separator=st.sampled_from("\t;|,"), decimal=st.sampled_from(".,"))
def test_whatever_separates_cells_and_decimals_the_same_comes_back(
    numbers: list[str], amounts: st.DataObject, separator: str, decimal: str
) -> None:
    minor = [amounts.draw(st.integers(1, 10**9)) for _ in numbers]
    lines = ["number" + separator + "balance"]
    for number, value in zip(numbers, minor, strict=True):
        lines.append(f'{number}{separator}"{value // 100}{decimal}{value % 100:02}"')

    found = brought(text(lines))

    assert found.faults == ()
    assert [(one.number, one.value) for one in found.rows] == list(zip(numbers, minor, strict=True))


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400))
def test_no_bytes_bring_anything_but_an_answer_or_a_refusal_of_ours(data: bytes) -> None:
    with suppress(InvalidInput):
        reading(data)
