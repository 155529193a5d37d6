"""The offline book as bytes. Pure.

Version 2 begins with `LGB2`, one byte that is 0 for a whole book and 1 for what has changed, and the moment that it is
as of (microseconds since 1970, 8 bytes). An entry is the first 12 bytes of an HMAC-SHA-256 of a certificate's number
under the key of the enrolment, then three numbers of 7 bits a byte, the lowest first: its last good day, counted from
1 January 2000 as 1, 0 where it is good for ever; the value that is available, and the gratuity. Nothing of either: it
is no longer in the book. One in another currency than the merchant's is told and not taken: its first number is the
currency instead, 2**24 and the three letters as digits of 26. Version 1 had no such entries. The end is an entry of
12 bytes 0xFF with the count of those before it (8 bytes), so that one that broke off is not taken for whole.

The device answers with the same HMAC, of which it found 12 bytes in its book: the 16 bytes that follow show that it
was given the number.
"""

import hmac
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from largesse.kernel.numbers import fold_number

TAG_BYTES: Final = 12
PROOF_BYTES: Final = 16
MAC_BYTES: Final = TAG_BYTES + PROOF_BYTES
_MAGIC: Final = b"LGB2"
_END: Final = b"\xff" * TAG_BYTES
_HEAD_BYTES: Final = len(_MAGIC) + 1 + 8
_DAY_ONE: Final = date(2000, 1, 1).toordinal() - 1
_FOREIGN: Final = 1 << 24
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CONTEXT: Final = b"offline-book/1/"


class BookEntry(NamedTuple):
    """What a book says of one number; nothing of value and gratuity: it is no longer in it.

    `currency` is empty for the merchant's own; of another one, the last good day is not kept.
    """

    tag: bytes
    good_through: date | None
    value: int
    gratuity: int
    currency: str = ""


class BrokenBook(ValueError):
    """These bytes are no whole book."""


def mac_of(key: bytes, number: str) -> bytes:
    """Return the tag of a number in the book of a key, and the proof that whoever has it was given the number."""
    return hmac.digest(key, _CONTEXT + fold_number(number).encode(), "sha256")[:MAC_BYTES]


def book_head(*, whole: bool, as_of: datetime) -> bytes:
    """Return what a book begins with."""
    micros = (as_of - _EPOCH) // timedelta(microseconds=1)
    return _MAGIC + bytes([0 if whole else 1]) + micros.to_bytes(8, "big")


def book_entries(entries: Iterable[BookEntry]) -> bytes:
    """Return entries as they stand in a book."""
    out = bytearray()
    for tag, good_through, value, gratuity, code in entries:
        out += tag
        day = 0 if good_through is None else good_through.toordinal() - _DAY_ONE
        for number in (_FOREIGN + _packed(code) if code else day, value, gratuity):
            left = number
            while left > 0x7F:
                out.append(left & 0x7F | 0x80)
                left >>= 7
            out.append(left)
    return bytes(out)


def book_end(count: int) -> bytes:
    """Return what a book ends with."""
    return _END + count.to_bytes(8, "big")


def read_book(data: bytes) -> tuple[bool, datetime, list[BookEntry]]:
    """Return whether a book is whole, as of when it is, and its entries.

    Raises:
        BrokenBook: it is none, or broke off.
    """
    if len(data) < _HEAD_BYTES or not data.startswith(_MAGIC) or data[len(_MAGIC)] > 1:
        raise BrokenBook
    as_of = _EPOCH + timedelta(microseconds=int.from_bytes(data[len(_MAGIC) + 1 : _HEAD_BYTES], "big"))
    entries, at = list[BookEntry](), _HEAD_BYTES
    while (tag := data[at : at + TAG_BYTES]) != _END:
        at += TAG_BYTES
        numbers = []
        for _ in range(3):
            number, at = _number(data, at)
            numbers.append(number)
        if numbers[0] >= _FOREIGN:
            entries.append(BookEntry(tag, None, numbers[1], numbers[2], _unpacked(numbers[0] - _FOREIGN)))
            continue
        day = _day(numbers[0])
        entries.append(BookEntry(tag, day, numbers[1], numbers[2]))
    if data[at + TAG_BYTES :] != len(entries).to_bytes(8, "big"):
        raise BrokenBook
    return data[len(_MAGIC)] == 0, as_of, entries


def _day(number: int) -> date | None:
    try:
        return date.fromordinal(number + _DAY_ONE) if number else None
    except ValueError:
        raise BrokenBook from None


def _packed(code: str) -> int:
    """Return the three letters of a currency as a number."""
    first, second, third = (ord(letter) - ord("A") for letter in code)
    return (first * 26 + second) * 26 + third


def _unpacked(number: int) -> str:
    if number >= 26**3:
        raise BrokenBook
    return "".join(chr(ord("A") + number // 26**place % 26) for place in (2, 1, 0))


def updated(book: dict[bytes, BookEntry], changes: Iterable[BookEntry]) -> dict[bytes, BookEntry]:
    """Return a book by tag as it is with changes."""
    after = dict(book)
    for entry in changes:
        if entry.value or entry.gratuity:
            after[entry.tag] = entry
        else:
            after.pop(entry.tag, None)
    return after


def _number(data: bytes, at: int) -> tuple[int, int]:
    found, shift = 0, 0
    for place in range(at, min(at + 10, len(data))):
        found |= (data[place] & 0x7F) << shift
        if not data[place] & 0x80:
            return found, place + 1
        shift += 7
    raise BrokenBook
