"""Amounts as people type them: read as they were meant, or not at all."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.amounts import OtherCurrency, read_amount, read_plain_amount
from largesse.kernel.currency import Currency, currencies, currency
from largesse.kernel.money import InvalidAmount, Money, TooManyDecimals
from largesse.ui import LANGUAGES, speak

languages = st.sampled_from(LANGUAGES)


def _minor(typed: str, code: str, language: str = "en") -> int:
    return read_amount(typed, currency(code), language=language).minor


@pytest.mark.parametrize(
    "typed, code, language, minor",
    [
        ("25", "USD", "en", 2500),
        ("25.5", "USD", "en", 2550),
        ("25,50", "EUR", "en", 2550),
        ("$1,250", "USD", "en", 125_000),
        ("1.250,50 €", "EUR", "de", 125_050),
        ("1.250,50 €", "EUR", "en", 125_050),
        ("1,250.50", "USD", "de", 125_050),
        ("CHF 1'250.-", "CHF", "de", 125_000),
        ("Fr. 25.–", "CHF", "de", 2_500),
        ("1 250,00", "EUR", "fr", 125_000),
        ("1\u202f250,00\u00a0€", "EUR", "fr", 125_000),
        ("1.000.000", "EUR", "en", 100_000_000),
        ("1.000", "EUR", "de", 100_000),
        ("1.000", "EUR", "en", 100_000),
        ("1,000", "EUR", "en", 100_000),
        ("USD 75", "USD", "en", 7500),
        ("75 usd", "USD", "en", 7500),
        ("1,200", "JPY", "en", 1200),
        ("1.200", "JPY", "de", 1200),
        ("¥1,200", "JPY", "en", 1200),
        ("￥１２００", "JPY", "en", 1200),
        ("1.250", "BHD", "en", 1250),
        ("0,500", "BHD", "en", 500),
        ("12,5", "BHD", "en", 12_500),
        ("1.250", "BHD", "de", 1_250_000),
        ("US$ 20", "USD", "en", 2000),
        ("$20", "CAD", "en", 2000),
        ("CA$20", "CAD", "en", 2000),
        ("kr 100", "SEK", "en", 10_000),
        ("₹1,00,000", "INR", "en", 10_000_000),
        ("12,34,567.50", "INR", "en", 123_456_750),
        ("100,000", "INR", "en", 10_000_000),
        ("0.50", "USD", "en", 50),
    ],
)
def test_people_write_amounts_in_many_ways(typed: str, code: str, language: str, minor: int) -> None:
    assert _minor(typed, code, language) == minor


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "ten",
            "-5",
            "+5",
            "1e3",
            "25.5050",
            "٢٥",
            "5²",
            "½",
            "1..5",
            "0x10",
            "NaN",
            "9" * 30,
            ".",
            ",50",
            "5.",
            "5,",
        ),
        *(
            "1/2",
            "0,500",
            "0.500",
            "5.0.0",
            "1000.000",
            "1000,000",
            "10,0,0",
            "5 0 0",
            "1 00",
            "1'00",
            "00,500",
            "0 500",
        ),
        *("1,00,000", "1.00.000", "1,2,3", "1.000,5.0", "1,000.000", "1,000,00", "1.000.00", "1 000.000", "1,000'000"),
        *("1,000 000", "25  00", "1.234,567", "12,34,567", "1.5,0", "5€0", "25 25", "0" * 41, "1" + " " * 40),
    ],
)
def test_what_is_no_amount_or_could_be_two_is_refused(typed: str, language: str) -> None:
    with pytest.raises(InvalidAmount):
        read_amount(typed, currency("EUR"), language=language)


@pytest.mark.parametrize("typed", ["1.5", "1,50", "1.00", "1000.000", "0,500", "10,00"])
def test_yen_have_no_decimals(typed: str) -> None:
    with pytest.raises(InvalidAmount):
        read_amount(typed, currency("JPY"), language="en")


@pytest.mark.parametrize("typed, language", [("12.345", "en"), ("12,345", "de"), ("25.501", "en"), ("1,250", "fr")])
def test_a_third_decimal_is_said_to_be_one(typed: str, language: str) -> None:
    with pytest.raises(TooManyDecimals):
        read_amount(typed, currency("USD" if language == "en" else "EUR"), language=language)


@pytest.mark.parametrize(
    "typed, code",
    [
        ("$5", "EUR"),
        ("5 USD", "EUR"),
        ("12 EUR", "USD"),
        ("€5", "USD"),
        ("US$ 20", "CAD"),
        ("£20", "EUR"),
        ("¥5", "KRW"),
        ("CHF 5", "EUR"),
        ("5 kr", "EUR"),
        ("R$ 5", "USD"),
        ("5 usd", "GBP"),
    ],
)  # fmt: skip - a table reads better
def test_the_sign_or_code_of_another_currency_is_refused(typed: str, code: str) -> None:
    with pytest.raises(OtherCurrency):
        read_amount(typed, currency(code), language="en")


@given(st.integers(1, 10**9), st.sampled_from(currencies()), languages)
def test_what_a_page_writes_can_be_typed_back(minor: int, kind: Currency, language: str) -> None:
    amount = Money(minor, kind)
    voice = speak(language)
    assert read_amount(voice.bare_amount(amount), amount.currency, language=language) == amount
    assert read_amount(voice.money(amount), amount.currency, language=language) == amount


@given(st.text(alphabet="0123456789., '", max_size=14), st.sampled_from(["EUR", "USD", "JPY", "BHD", "INR"]), languages)
def test_whatever_is_read_has_groups_of_three_and_no_more_decimals_than_its_currency(
    typed: str, code: str, language: str
) -> None:
    kind = currency(code)
    try:
        amount = read_amount(typed, kind, language=language)
    except InvalidAmount:
        return
    digits = re.sub(r"[^0-9]", "", typed)
    # Every digit that was typed counts, in its place: the marks only say where the decimals begin.
    assert any(
        Decimal(amount.minor).scaleb(-kind.exponent) == Decimal(digits).scaleb(-places)
        for places in range(kind.exponent + 1)
    )
    pieces = re.split(r"[., ']", typed.strip())
    if len(pieces) > 2:
        assert all(len(piece) in ({2, 3} if code == "INR" else {3}) for piece in pieces[1:-1])
        assert re.fullmatch(r"[1-9][0-9]{0,2}", pieces[0])


@pytest.mark.parametrize(
    "typed, code, minor", [("25", "USD", 2500), ("25.5", "USD", 2550), ("1.234", "BHD", 1234), ("7", "JPY", 7)]
)
def test_the_plain_form_is_read(typed: str, code: str, minor: int) -> None:
    assert read_plain_amount(typed, currency(code)).minor == minor


@pytest.mark.parametrize(
    "typed, code",
    [("1.000", "EUR"), ("1000.000", "EUR"), ("25.0000", "USD"), ("7.0", "JPY"), ("1,000", "EUR"), ("$5", "USD")],
)
def test_the_plain_form_has_no_marks_between_thousands_and_no_zeros_too_many(typed: str, code: str) -> None:
    with pytest.raises(InvalidAmount):
        read_plain_amount(typed, currency(code))
