"""Reading what scanners and people type: every way in leads to the same number, and no way out invents one."""

import random
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from largesse.kernel.numbers import ALPHABET, check_symbol, fold_prefix, in_groups, make_number, read_bare_number
from largesse.services.counter.reading import KeyboardLayout, Misread, ReadAs, ReadText, read_text

PREFIX = "GL"
NUMBER = "GL7K2M9QXR4T8WHB3Z"
US_KEYS = "`1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./"
GERMAN_KEYS = "^1234567890ß´qwertzuiopü+asdfghjklöäyxcvbnm,.-"
FRENCH_KEYS = "²&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!"
US_SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>?'
GERMAN_SHIFTED = '°!"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄYXCVBNM;:_'
FRENCH_SHIFTED = "~1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§"


@pytest.fixture
def number() -> str:
    """One that no other keyboard makes a number of by chance, as it does of one in about ninety."""
    return NUMBER


def german(text: str) -> str:
    return text.translate(str.maketrans(US_KEYS + US_SHIFTED, GERMAN_KEYS + GERMAN_SHIFTED))


def french(text: str) -> str:
    return text.translate(str.maketrans(US_KEYS + US_SHIFTED, FRENCH_KEYS + FRENCH_SHIFTED))


def is_number(read: ReadText, number: str) -> bool:
    """Whether it is the first thing to look up; rarely, what a keyboard garbled fits the check symbol by chance."""
    meant = read_bare_number(number)
    return read.kind is ReadAs.NUMBER and (read.candidates[0] == meant or meant in read.candidates[1:2])


def _seeded(seed: int) -> str:
    body = "".join(random.Random(seed).choices(ALPHABET, k=15))
    return f"{PREFIX}{body}{check_symbol(fold_prefix(PREFIX) + body)}"


numbers = st.builds(_seeded, st.integers(0, 2**63))


@given(numbers)
def test_a_number_is_read_in_any_case_and_grouping(number: str) -> None:
    for written in (number, number.lower(), in_groups(number), in_groups(number).lower().replace("-", " ")):
        assert is_number(read_text(written, PREFIX), number)


@given(numbers)
def test_letters_that_look_like_digits_are_read_as_digits(number: str) -> None:
    written = number[:2] + number[2:].replace("0", "O").replace("1", "l")
    assert is_number(read_text(written, PREFIX), number)


@pytest.mark.parametrize("before", ["", "\x02", "]Q3", "]C0", "X", "*", "~~", "\x02]Q3"])
@pytest.mark.parametrize("after", ["", "\r", "\r\n", "\t", "\x03", "Z", "*", "#\r"])
def test_what_a_scanner_puts_around_a_number_is_taken_off(number: str, before: str, after: str) -> None:
    assert is_number(read_text(f"{before}{number}{after}", PREFIX), number)


def test_the_address_of_a_qr_code_is_read_as_the_number_in_it(number: str) -> None:
    address = f"https://gifts.example.com/gifts/redeem.html?code={number}"
    assert is_number(read_text(address, PREFIX), number)
    assert is_number(read_text(f"]Q1{address}\r", PREFIX), number)


@given(numbers)
def test_a_scanner_that_speaks_american_to_a_german_computer_is_understood(number: str) -> None:
    for written in (number, in_groups(number), number.lower()):
        read = read_text(german(written), PREFIX)
        assert is_number(read, number)
        assert read.layout in {None, KeyboardLayout.GERMAN}


def test_the_keyboard_that_garbled_a_number_is_told() -> None:
    number = next(one for one in map(_seeded, range(500)) if {"Y", "Z"} <= set(one))
    assert read_text(german(number), PREFIX).layout is KeyboardLayout.GERMAN
    assert read_text(french(number), PREFIX).layout is KeyboardLayout.FRENCH
    assert read_text(number, PREFIX).layout is None


@given(numbers)
def test_a_scanner_that_speaks_american_to_a_french_computer_is_understood(number: str) -> None:
    assert is_number(read_text(french(number), PREFIX), number)
    assert is_number(read_text(french(number.lower()), PREFIX), number)


@given(numbers)
def test_a_garbled_address_is_read_as_the_number_in_it(number: str) -> None:
    address = f"https://gifts.example.com/gifts/redeem.html?code={number}"
    assert is_number(read_text(german(address), PREFIX), number)
    assert is_number(read_text(french(address), PREFIX), number)


@given(numbers, st.integers(2, 17), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_refused_before_anything_is_looked_up(number: str, place: int, symbol: str) -> None:
    wrong = number[:place] + symbol + number[place + 1 :]
    if wrong == number:
        return
    read = read_text(wrong, PREFIX)
    # Where Y and Z are mixed up, the keyboard is a better explanation than the finger.
    assert read.why is Misread.MISTYPED or read.layout is not None


@given(numbers)
def test_a_wrong_check_symbol_may_stand_where_numbers_taken_over_look_like_ours(number: str) -> None:
    wrong = number[:-1] + ("0" if number[-1] != "0" else "2")
    read = read_text(wrong, PREFIX)
    # Where Y and Z are mixed up, or another layout's keys fit by chance, the keyboard is the explanation.
    assume(read.layout is None)
    assert read.kind is ReadAs.NOTHING
    assert read_text(wrong, PREFIX, imported_like_ours=True).kind is ReadAs.OTHER


@pytest.mark.parametrize("cut, why", [(-1, Misread.SHORT), (-5, Misread.SHORT)])
def test_missing_symbols_are_counted(cut: int, why: Misread) -> None:
    read = read_text(NUMBER[:cut], PREFIX)
    assert (read.why, read.by) == (why, -cut)


def test_too_many_symbols_are_counted() -> None:
    read = read_text(NUMBER + "7" * 9, PREFIX)
    assert (read.kind, read.why, read.by) == (ReadAs.OTHER, Misread.LONG, 9)


@pytest.mark.parametrize("text", ["", "   ", "\r\n\t", "\x00"])
def test_nothing_is_nothing(text: str) -> None:
    assert read_text(text, PREFIX).why is Misread.EMPTY


@pytest.mark.parametrize("text", ["-", "…", "?!", "x" * 256, "x" * 5000])
def test_what_no_number_can_be_is_told_without_asking_the_database(text: str) -> None:
    assert read_text(text, PREFIX).kind is ReadAs.NOTHING


def test_another_form_is_looked_up_as_written_and_then_folded() -> None:
    assert read_text("abc-O01-x", PREFIX).candidates == ("abc-O01-x", "ABC001X")
    assert read_text("6012345", PREFIX).candidates == ("6012345",)
    assert read_text("x" * 255, PREFIX).candidates == ("x" * 255, "X" * 255)
    assert read_text("https://old.example/see?page=1&code=ab-12", PREFIX).candidates == ("ab-12", "AB12")


def test_another_form_that_holds_a_number_of_ours_is_looked_up_as_written_too() -> None:
    assert read_text(NUMBER.lower(), PREFIX).candidates == (read_bare_number(NUMBER),)
    assert read_text(f"77{NUMBER}", PREFIX).candidates == (read_bare_number(NUMBER), f"77{NUMBER}")


def test_a_number_of_another_merchant_is_another_form() -> None:
    read = read_text(make_number("XY"), PREFIX)
    assert (read.kind, read.why) == (ReadAs.OTHER, Misread.NOT_OURS)


@given(st.text(max_size=80))
def test_any_text_is_read_as_something(text: str) -> None:
    read = read_text(text, PREFIX)
    assert (read.kind is ReadAs.NOTHING) == (not read.candidates)
    assert all(len(one) <= 255 for one in read.candidates)


@given(st.text(alphabet=string.printable, max_size=40))
def test_what_is_read_is_not_told(text: str) -> None:
    assert repr(read_text(text, PREFIX)) in {f"ReadText({kind.value})" for kind in ReadAs}
