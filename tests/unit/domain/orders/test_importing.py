"""Every fault of every field has its code."""

from datetime import UTC, datetime

import pytest

from largesse.domain.orders import ImportRules, RowRefused, read_order
from largesse.kernel.clock import zone
from largesse.kernel.currency import currency
from tests.builders.orders import a_row

RULES = ImportRules(
    vendor_number="1001",
    currency=currency("USD"),
    zone=zone("America/New_York"),
    region="US",
    customs=frozenset({("phrase", "")}),
    now=datetime(2026, 11, 22, 15, 0, tzinfo=UTC),
)


def _faults(**given: str) -> list[tuple[str, str]]:
    with pytest.raises(RowRefused) as refusal:
        read_order(a_row(**given), line=2, rules=RULES)
    return [(fault.field, fault.code) for fault in refusal.value.fields]


@pytest.mark.parametrize(
    "field, value, code",
    [
        ("giftcafe_vendornum", "1002", "vendornum.mismatch"),
        ("giftcafe_vendornum", "", "vendornum.mismatch"),
        ("order_number", "x" * 14, "text.too_long"),
        ("order_number", "A B", "order_number.characters"),
        ("order_number", "É1", "order_number.characters"),
        ("order_timestamp", "", "order_timestamp.invalid"),
        ("order_timestamp", "2026-02-30 10:00:00", "order_timestamp.invalid"),
        ("order_timestamp", "2026-11-20T10:00:00", "order_timestamp.invalid"),
        ("order_timestamp", "0000-00-00 00:00:00", "order_timestamp.invalid"),
        ("order_timestamp", "2026-03-08 02:30:00", "order_timestamp.skipped"),
        ("order_timestamp", "2026-11-22 10:00:01", "order_timestamp.out_of_range"),
        ("order_timestamp", "1969-01-01 00:00:00", "order_timestamp.out_of_range"),
        ("recipient_first_name", "x" * 61, "text.too_long"),
        ("recipient_email", "nobody", "email.invalid"),
        ("recipient_email", "a@b@example.com", "email.invalid"),
        ("gift_description", "x" * 121, "text.too_long"),
        ("gift_to_message", "x" * 31, "text.too_long"),
        ("gift_from_message", "x" * 31, "text.too_long"),
        ("gift_message", "x" * 201, "text.too_long"),
        ("gift_message", "a\x00b", "text.control"),
        ("gift_message", "a\x1bb", "text.control"),
        ("gift_to_message", "two\nlines", "text.control"),
        ("gift_message", "half \ud83c", "text.control"),
        ("recipient_first_name", "Ada\u202e", "text.control"),
        ("gift_amount", "", "amount.invalid"),
        ("gift_amount", "1e400", "amount.invalid"),
        ("gift_amount", "NaN", "amount.invalid"),
        ("gift_amount", "25.001", "amount.decimals"),
        ("gift_amount", "-25.00", "amount.negative"),
        ("gift_amount", "1,000.00", "amount.invalid"),
        ("gift_amount", "1.000", "amount.decimals"),
        ("gift_total", "1000.000", "amount.decimals"),
        ("gift_tip", "$5", "amount.invalid"),
        ("gift_tax", "-1", "amount.negative"),
        ("gift_total", "112.98", "total.mismatch"),
        ("gift_total", "", "amount.invalid"),
        ("billing_email", "=cmd()", "email.invalid"),
        ("billing_phone", "call me", "phone.invalid"),
        ("billing_phone", "12", "phone.invalid"),
        ("billing_phone", "212-555-0100 x5", "phone.invalid"),
        ("billing_zip", "x" * 21, "text.too_long"),
        ("custom1", "x", "custom.unknown"),
        ("custom2", "x", "custom.unknown"),
        ("custom1", "x" * 56, "text.too_long"),
    ],
)
def test_a_bad_value_is_named_by_field_and_code(field: str, value: str, code: str) -> None:
    assert (field, code) in _faults(**{field: value})


@pytest.mark.parametrize(
    "field, value",
    [
        ("order_number", "1.23457E+12"),
        ("order_number", "1,23457E+12"),
        ("order_number", "#REF!"),
        ("order_number", "#¡REF!"),
        ("order_number", "#BEZUG!"),
        ("order_number", "Nov-26"),
        ("order_number", "2-Nov"),
        ("gift_description", "#NAME?"),
        ("recipient_first_name", "#N/A"),
        ("recipient_last_name", "#DIV/0!"),
        ("recipient_email", "#VALUE!"),
        ("gift_message", "Err:502"),
        ("gift_amount", "1E+02"),
        ("order_timestamp", "########"),
        ("billing_phone", "1.21256E+10"),
        ("billing_zip", "#NV"),
    ],
)
def test_what_a_spreadsheet_left_in_place_of_a_value_is_refused_once_with_advice(field: str, value: str) -> None:
    with pytest.raises(RowRefused) as refusal:
        read_order(a_row(**{field: value}), line=2, rules=RULES)
    [fault] = [fault for fault in refusal.value.fields if fault.field == field]
    assert fault.code == "cell.spreadsheet"
    assert "Format the column as text" in fault.message


@pytest.mark.parametrize("number", ["1E10", "E+12", "A#1", "NOV-2026", "#12", "##", "12-34"])
def test_numbers_that_only_look_odd_are_taken(number: str) -> None:
    assert read_order(a_row(order_number=number), line=2, rules=RULES).order_number == number


def test_nothing_can_be_given_away_or_discounted_below_zero() -> None:
    assert ("gift_amount", "amount.too_small") in _faults(gift_amount="0.00", gift_discount="0", gift_total="22.99")
    assert ("gift_discount", "discount.too_large") in _faults(gift_discount="100.01", gift_total="22.98")


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert len(_faults(giftcafe_vendornum="9", recipient_email="x", gift_tip="x", order_timestamp="x")) == 4


def test_text_that_looks_like_a_formula_is_text() -> None:
    order = read_order(a_row(gift_message='=HYPERLINK("http://example.com")', billing_city="-"), line=2, rules=RULES)

    assert order.message == '=HYPERLINK("http://example.com")'
    assert order.billing.city == "-"


def test_an_hour_that_the_clocks_showed_twice_is_the_first() -> None:
    order = read_order(a_row(order_timestamp="2026-11-01 01:30:00"), line=2, rules=RULES)

    assert order.placed_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written, stored",
    [
        ("212-555-0100", "+12125550100"),
        ("+44 20 7183 8750", "+442071838750"),
        ("(212) 555 0100", "+12125550100"),
        ("", ""),
    ],
)
def test_phones_are_stored_in_full(written: str, stored: str) -> None:
    assert read_order(a_row(billing_phone=written), line=2, rules=RULES).billing.phone == stored


def test_the_constants_of_an_endpoint_are_accepted() -> None:
    assert read_order(a_row(custom1="phrase"), line=2, rules=RULES).order_number == "CAFE-1"


def test_limits_count_characters_not_bytes() -> None:
    assert read_order(a_row(gift_to_message="漢" * 30, gift_message="🎁" * 200), line=2, rules=RULES).to_message
