"""The offline book as bytes: what is written is read, what broke off is refused, and changes make the whole."""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.offline import (
    MAC_BYTES,
    TAG_BYTES,
    BookEntry,
    BrokenBook,
    book_end,
    book_entries,
    book_head,
    mac_of,
    read_book,
    updated,
)
from largesse.kernel.money import MINOR_MAX
from largesse.kernel.numbers import in_groups, make_number

AS_OF = datetime(2026, 11, 22, 15, 0, 0, 123456, tzinfo=UTC)
tags = st.binary(min_size=TAG_BYTES, max_size=TAG_BYTES).filter(lambda tag: tag != b"\xff" * TAG_BYTES)
amounts = st.integers(0, MINOR_MAX)
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
days = st.none() | st.dates(date(2000, 1, 1), date(9999, 12, 31))
entries = st.builds(BookEntry, tags, days, amounts, amounts, st.just("")) | st.builds(
    BookEntry, tags, st.none(), amounts, amounts, codes
)
books = st.lists(entries, max_size=30)


def _written(found: list[BookEntry], *, whole: bool = True, as_of: datetime = AS_OF) -> bytes:
    return book_head(whole=whole, as_of=as_of) + book_entries(found) + book_end(len(found))


@given(books, st.booleans(), st.integers(0, 2**52))
def test_a_book_is_read_as_it_was_written(found: list[BookEntry], whole: bool, micros: int) -> None:
    as_of = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    assert read_book(_written(found, whole=whole, as_of=as_of)) == (whole, as_of, found)


@given(books, st.data())
def test_a_book_that_broke_off_is_refused(found: list[BookEntry], data: st.DataObject) -> None:
    whole = _written(found)
    with pytest.raises(BrokenBook):
        read_book(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(BrokenBook):
        read_book(book_head(whole=True, as_of=AS_OF) + book_entries(found) + book_end(len(found) + 1))


@given(st.binary(max_size=200))
def test_anything_else_is_refused_and_nothing_worse(data: bytes) -> None:
    with pytest.raises(BrokenBook):
        read_book(data)


@given(st.dictionaries(tags, st.tuples(amounts, amounts)), st.dictionaries(tags, st.tuples(amounts, amounts)))
def test_a_book_and_its_changes_make_the_next_one(
    before: dict[bytes, tuple[int, int]], after: dict[bytes, tuple[int, int]]
) -> None:
    def book(of: dict[bytes, tuple[int, int]]) -> dict[bytes, BookEntry]:
        return {tag: BookEntry(tag, None, *left) for tag, left in of.items() if any(left)}

    changes = [BookEntry(tag, None, *after.get(tag, (0, 0))) for tag in before.keys() | after.keys()]
    assert updated(book(before), changes) == book(after)
    assert updated(updated(book(before), changes), changes) == book(after), "said twice, it is the same"


def test_an_entry_of_a_usual_certificate_takes_18_bytes() -> None:
    assert len(book_entries([BookEntry(bytes(12), date(2027, 11, 22), 10_000, 2_000)])) == 18


@given(st.binary(min_size=32, max_size=32))
def test_a_tag_is_that_of_the_number_however_it_is_written(key: bytes) -> None:
    number = make_number("SPA")
    folded = number.replace("O", "0").replace("I", "1").replace("L", "1")
    expected = hmac.new(key, b"offline-book/1/" + folded.encode(), hashlib.sha256).digest()
    assert mac_of(key, number) == expected[:MAC_BYTES]
    assert mac_of(key, in_groups(number).lower()) == expected[:MAC_BYTES]
    assert mac_of(key, make_number("SPA")) != expected[:MAC_BYTES]


def test_moments_are_kept_to_the_microsecond() -> None:
    later = AS_OF + timedelta(microseconds=1)
    assert read_book(_written([], as_of=later))[1] == later
