"""What was scanned or typed at a counter, read as what it can be: a number of ours, another form, or nothing at all.

A keyboard scanner types. It may put characters before and after what it reads (AIM's identifier of the kind of code,
STX, a letter that somebody chose) and ends with CR or TAB; and where it speaks as an American keyboard to a computer
that expects another, Y comes as Z, a dash as ß, a digit as a letter with an accent. People type in any case, with
spaces and dashes, O for 0, I and L for 1 (`kernel.numbers`). All of that is undone here, and nothing is looked up.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import msgspec

from largesse.kernel.numbers import (
    ALPHABET,
    BODY_LENGTH,
    FOREIGN_MAX,
    InvalidNumber,
    check_symbol,
    fold_number,
    fold_prefix,
    fold_symbols,
    folded_prefix_of,
    number_in,
    read_number,
)

LONGEST: Final = 2048
LONGEST_NUMBER: Final = FOREIGN_MAX
"""Numbers that were taken over may be far longer than ours."""
_LONGEST_OURS: Final = 64
"""How much may stand where a number of ours is looked for, with its separators and what a scanner adds."""
_AROUND_MAX: Final = 4
"""How many characters a scanner puts before or after what it reads, at most."""

_AIM_IDENTIFIER: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_UNPRINTED: Final = re.compile(r"[\x00-\x1f\x7f]")
_SYMBOL: Final = re.compile("[0-9A-Z]")


class ReadAs(StrEnum):
    """What a text can be."""

    NUMBER = "number"
    """A number of this merchant's, whose check symbol is right."""
    OTHER = "other"
    """Perhaps a number of another form, which this merchant has taken over; only the database knows."""
    NOTHING = "nothing"
    """No number of any form."""


class Misread(StrEnum):
    """Why a text is no number of this merchant's."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    MISTYPED = "mistyped"
    """It has prefix and length, and the check symbol says that some symbol of it is wrong."""
    SHORT = "short"
    """It begins as one, and symbols are missing."""
    LONG = "long"
    """It begins as one, and goes on for too long."""
    NOT_OURS = "not_ours"


class KeyboardLayout(StrEnum):
    """The keyboard that a computer expected while a scanner spoke as an American one."""

    GERMAN = "german"
    FRENCH = "french"


class ReadText(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it was read.

    `candidates` are the forms to look up, the likeliest first: as written, then folded. `why` says what keeps it from
    being a number of ours, `by` how many symbols are missing or too many; `layout` which keyboard garbled it.
    """

    kind: ReadAs
    candidates: tuple[str, ...] = ()
    why: Misread | None = None
    by: int = 0
    layout: KeyboardLayout | None = None

    def __repr__(self) -> str:
        """Leave out what was read: it may be a bearer secret."""
        return f"ReadText({self.kind.value})"


_GERMAN: Final = dict(zip("zyZYß´`-_?Öö/", "yzYZ-=+/?_:;&", strict=True))
_FRENCH: Final = dict(zip("aqAQzwZW,?;mM&é\"'(-è_çà)!§:", "qaQAwzWZmM,;:1234567890-/?.", strict=True))
_TRANSLATIONS: Final[Mapping[KeyboardLayout, Mapping[int, str]]] = MappingProxyType(
    {KeyboardLayout.GERMAN: str.maketrans(_GERMAN), KeyboardLayout.FRENCH: str.maketrans(_FRENCH)}
)


def read_text(text: str, prefix: str, *, imported_like_ours: bool = False) -> ReadText:
    """Return what was scanned or typed at a counter of the merchant whose numbers begin with `prefix`. Pure.

    The check symbol refuses what has prefix and length of ours, unless numbers that were taken over look like that
    (`imported_like_ours`).
    """
    if len(text) > LONGEST:
        return ReadText(kind=ReadAs.NOTHING, why=Misread.TOO_LONG)
    written = _bare(text)
    if not written:
        return ReadText(kind=ReadAs.NOTHING, why=Misread.EMPTY)
    ours = fold_prefix(prefix)
    # Several wrong symbols may by chance fit the check symbol: what another keyboard makes of it is looked up as well.
    readings: dict[str, KeyboardLayout | None] = {}
    for layout, meant in ((None, written), *_as_meant(written)):
        number = _our_number(meant, ours)
        if number is not None:
            readings.setdefault(number, layout)
    if readings:
        # By chance a number that was taken over holds what looks like one of ours: what was written is looked up, too.
        is_other = fold_number(written) not in {"", *readings} and len(written) <= LONGEST_NUMBER
        candidates = (*readings, written) if is_other else tuple(readings)
        return ReadText(kind=ReadAs.NUMBER, candidates=candidates, layout=next(iter(readings.values())))
    return _other(written, ours, imported_like_ours=imported_like_ours)


def _other(written: str, ours: str, *, imported_like_ours: bool) -> ReadText:
    written = number_in(written)
    if len(written) > LONGEST_NUMBER:
        return ReadText(kind=ReadAs.NOTHING, why=Misread.TOO_LONG)
    folded = fold_number(written)
    if not any(map(_SYMBOL.match, folded)):
        return ReadText(kind=ReadAs.NOTHING, why=Misread.NOT_OURS)
    candidates = tuple(dict.fromkeys(one for one in (written, folded) if len(one) <= LONGEST_NUMBER))
    body = folded.removeprefix(ours)
    if body == folded or not set(body) <= set(ALPHABET):
        return ReadText(kind=ReadAs.OTHER, candidates=candidates, why=Misread.NOT_OURS)
    more = len(body) - BODY_LENGTH
    if more == 0 and not imported_like_ours:
        return ReadText(kind=ReadAs.NOTHING, why=Misread.MISTYPED)
    why = Misread.MISTYPED if more == 0 else Misread.LONG if more > 0 else Misread.SHORT
    return ReadText(kind=ReadAs.OTHER, candidates=candidates, why=why, by=abs(more))


def _as_meant(written: str) -> Iterator[tuple[KeyboardLayout, str]]:
    """Yield what a scanner meant if the computer expected another keyboard."""
    for layout, translation in _TRANSLATIONS.items():
        yield layout, _decomposed(written).translate(translation)


def _bare(text: str) -> str:
    """Return a text without what a scanner says about itself, and without what is not printed."""
    kept = _UNPRINTED.sub(" ", text).strip()
    return _AIM_IDENTIFIER.sub("", kept).strip()


def _our_number(text: str, ours: str) -> str | None:
    """Return the folded number of ours that a text is, or that stands between what a scanner puts around it."""
    try:
        folded = read_number(text)
    except InvalidNumber:
        return next(_within(text, ours), None)
    return folded if folded_prefix_of(folded) == ours else next(_within(text, ours), None)


def _within(text: str, ours: str) -> Iterator[str]:
    """Yield what is a number of ours within a text: after the word `code` of an address, else near its both ends."""
    _, is_address, after = text.lower().rpartition("code")
    part = text[-len(after) :] if is_address and after else text
    if len(part) > _LONGEST_OURS:
        return
    symbols = "".join(one for one in fold_symbols(part) if _SYMBOL.match(one))
    length = len(ours) + BODY_LENGTH
    for start in range(min(_AROUND_MAX, len(symbols) - length) + 1):
        found = symbols[start : start + length]
        if len(symbols) - start - length > _AROUND_MAX or not found.startswith(ours):
            continue
        if set(found[len(ours) :]) <= set(ALPHABET) and check_symbol(found[:-1]) == found[-1]:
            yield found


def _decomposed(text: str) -> str:
    """Return a text with the accents of dead keys apart from the letters that they fell upon.

    Those that a key of its own types stay: é is one of them.
    """
    return "".join(one if one in _FRENCH or one in _GERMAN else _apart(one) for one in text)


def _apart(symbol: str) -> str:
    """Return the letter of a symbol that a dead key put an accent on; any other as it is, a lone accent not at all."""
    parts = unicodedata.decomposition(symbol).split()
    if parts and not parts[0].startswith("<"):
        return chr(int(parts[0], 16))
    return "" if unicodedata.combining(symbol) else symbol
