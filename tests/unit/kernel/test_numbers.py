"""Certificate numbers survive people: any case, separators, confused letters; and notice mistakes."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from largesse.kernel.numbers import (
    ALPHABET,
    BODY_LENGTH,
    InvalidNumber,
    check_symbol,
    fold_prefix,
    folded_prefix_of,
    in_groups,
    is_sample,
    last_four,
    make_number,
    make_sample_number,
    read_bare_number,
    read_number,
)

prefixes = st.from_regex(r"[A-Z]{1,4}", fullmatch=True)
bodies = st.text(ALPHABET, min_size=BODY_LENGTH - 1, max_size=BODY_LENGTH - 1)
# The same numbers as `make_number` makes, from hypothesis' randomness instead of the system's.
numbers = st.builds(lambda prefix, body: prefix + body + check_symbol(fold_prefix(prefix) + body), prefixes, bodies)
separators = st.sampled_from(["", "-", " ", "–", "\u00a0", " - "])


@given(prefixes)
def test_a_fresh_number_reads_as_its_own_folded_form(prefix: str) -> None:
    number = make_number(prefix)
    assert number.startswith(prefix)
    assert len(number) == len(prefix) + BODY_LENGTH
    assert read_number(number) == fold_prefix(prefix) + number[len(prefix) :]
    assert folded_prefix_of(read_number(number)) == fold_prefix(prefix)
    assert not is_sample(read_number(number))


@given(prefixes)
def test_a_sample_number_reads_and_says_that_it_is_one(prefix: str) -> None:
    assert is_sample(read_number(make_sample_number(prefix)))


@given(numbers, st.data())
def test_a_number_is_read_however_it_is_typed(number: str, data: st.DataObject) -> None:
    typed = []
    for symbol in number:
        alike = {"0": "0oO", "1": "1iIlL", "O": "0oO", "I": "1iIlL", "L": "1iIlL"}.get(symbol, symbol + symbol.lower())
        typed.append(data.draw(st.sampled_from(alike)) + data.draw(separators))
    text = "".join(typed)
    assume(len(text) <= 64)
    assert read_number(text) == read_number(number)


@given(numbers)
def test_groups_read_back(number: str) -> None:
    grouped = in_groups(number)
    assert re.fullmatch(r"[A-Z]{1,4}(-[0-9A-Z]{4}){4}", grouped)
    assert read_number(grouped) == read_number(number)
    assert last_four(number) == grouped[-4:]


@given(numbers, st.data())
def test_every_single_wrong_symbol_is_noticed(number: str, data: st.DataObject) -> None:
    folded = read_number(number)
    place = data.draw(st.integers(len(folded) - BODY_LENGTH, len(folded) - 1))
    wrong = data.draw(st.sampled_from(ALPHABET.replace(folded[place], "")))
    with pytest.raises(InvalidNumber):
        read_number(folded[:place] + wrong + folded[place + 1 :])


@given(numbers, st.data())
def test_every_swap_of_two_neighbours_is_noticed(number: str, data: st.DataObject) -> None:
    folded = read_number(number)
    place = data.draw(st.integers(len(folded) - BODY_LENGTH, len(folded) - 2))
    assume(folded[place] != folded[place + 1])
    with pytest.raises(InvalidNumber):
        read_number(folded[:place] + folded[place + 1] + folded[place] + folded[place + 2 :])


@given(st.text(max_size=100))
def test_any_other_text_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidNumber) as refusal:
        read_number(f"{text}?")
    assert f"{text}?" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", " ", "GL", "GL" + "0" * 15, "TOOLONG" + "0" * 16, "G\x00" + "0" * 16, "0" * 65])
def test_what_cannot_be_a_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidNumber):
        read_number(text)


def test_numbers_do_not_repeat() -> None:
    assert len({make_number("GL") for _ in range(2000)}) == 2000


@pytest.mark.parametrize(
    "between", ["\t", "\u00ad", "\u200b", "\u2003", "\u2007", "\u2010", "\u2014", "\u202f", "\u2212", "\u3000"]
)
def test_whatever_stands_between_the_groups_is_passed_over(between: str) -> None:
    number = make_number("GL")
    assert read_number(between.join([number[:2], number[2:6], number[6:]])) == read_number(number)


def test_a_number_typed_in_full_width_letters_is_read() -> None:
    number = make_number("GL")
    assert read_number("".join(chr(ord(symbol) + 0xFEE0) for symbol in number)) == read_number(number)


@pytest.mark.parametrize(
    "address",
    [
        "https://gifts.example.com/gifts/redeem.html?code={number}",
        "HTTPS://GIFTS.EXAMPLE.COM/GIFTS/REDEEM.HTML?CODE={number}",
        "gifts.example.com/gifts/redeem.html?code={number}",
        "  https://gifts.example.com/gifts/redeem.html?code={number}\r\n",
        "https://gifts.example.com/gifts/redeem.html?code={grouped}",
        "https://gifts.example.com/gifts/redeem.html?shop=spa&code={number}&paper=a4#till",
        "https%3A%2F%2Fgifts.example.com%2Fgifts%2Fredeem.html%3Fcode%3D{number}",
        "https://" + "a" * 200 + ".example.com/gifts/redeem.html?code={spaced}",
    ],
)
def test_the_redeem_url_is_read_as_the_number_in_it(address: str) -> None:
    number = make_number("GL")
    grouped = in_groups(number)
    typed = address.format(number=number, grouped=grouped, spaced=grouped.replace("-", "%20").lower())
    assert read_number(typed) == read_number(number)
    with pytest.raises(InvalidNumber):
        read_bare_number(typed)


@pytest.mark.parametrize(
    "text",
    ["https://gifts.example.com/gifts/redeem.html", "?code=", "https://x.example/?code=GL123", "code=", "?" * 3000],
)
def test_an_address_without_a_number_is_none(text: str) -> None:
    with pytest.raises(InvalidNumber):
        read_number(text)
