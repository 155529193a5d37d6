"""The one rule for text that people type and others read: it is text, shown as it was meant, and nothing else.

What acts on its surroundings without being seen is taken out: control characters, directional overrides, zero-width
spaces, tags, towers of accents. What shapes the letters beside it stays: joiners (Persian, Indic scripts, families of
emoji), variation selectors (Japanese names, emoji, Mongolian). What is seen is never taken out: a text that is too long
comes back to whoever typed it.

`one_line` and `lines` clean; `holds_unseen` and `holds_controls` only look, for those who refuse;
`for_terminals` shows what was sent, whatever it was. Each takes time in proportion to the text.
"""

import re
import unicodedata
from typing import Final

from largesse.kernel.normal_form import nfc

# Embeddings, overrides and isolates: they change the order of what follows.
_DIRECTIONS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS: Final = "\u0000-\u0009\u000b-\u001f\u007f-\u009f\ud800-\udfff"  # all but the line feed
_BLANKS: Final = (
    "\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\uffff"
)
_UNSEEN: Final = re.compile(f"[{_DIRECTIONS}{_CONTROLS}{_BLANKS}\u00ad]")
_NO_CHARACTER: Final = (
    "[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
_FLAG: Final = "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)"  # of England, Scotland and Wales
_TAG: Final = "[\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
_TAGS: Final = re.compile(f"{_FLAG}|{_TAG}|{_NO_CHARACTER}")

_LINE_END: Final = re.compile("\r\n|[\r\n\u000b\u000c\u0085\u2028\u2029]")
_SPACES: Final = re.compile(r"[^\S\n\u00a0\u202f]+")  # the no-break spaces are meant: French uses them
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_JOINERS: Final = re.compile("[\u200c\u200d]+")
_JOINING_FROM: Final = "\u0590"  # Hebrew and after; Latin, Greek, Cyrillic and Armenian letters stand before it
_ACCENT: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
# Selectors of a letter's form belong behind the letters of their scripts; elsewhere they are only unseen.
_VARIANT: Final = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VARIED: Final = re.compile(
    "[\u1800-\u180a\u1810-\u18af][\u180b-\u180f]"
    "|[^\\s\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f]"
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef]"
)

_ACCENTS_MAX: Final = 4  # on one letter: what languages need
_MARKS_MAX: Final = 8  # the same, of scripts that stack more: Tibetan, pointed Hebrew

_REFUSED_CONTROLS: Final = re.compile(f"[{_CONTROLS}\u202a-\u202e\u2066-\u2069]")
_REPLACED: Final = re.compile(f"[{_DIRECTIONS}\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff\u2028\u2029]")


def one_line(text: str) -> str:
    """Return `text` as one line without what cannot be seen: NFC, single spaces, none around it."""
    return _SPACES.sub(" ", _cleaned(text).replace("\n", " ")).strip()


def lines(text: str) -> str:
    """Return `text` with its line breaks, as one line feed each, and at most one blank line between others."""
    kept = "\n".join(_SPACES.sub(" ", line).strip() for line in _cleaned(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", kept).strip("\n")


def holds_unseen(text: str, *, several_lines: bool = False) -> bool:
    """Whether `text` holds what `one_line` would take out; soft hyphens pass: whoever refuses means the rest."""
    seen = text.replace("\u00ad", "")
    if several_lines:
        seen = seen.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    if _LINE_END.search(seen) or _UNSEEN.search(seen):
        return True
    return any(found["flag"] is None for found in _TAGS.finditer(seen))


def holds_controls(text: str, *, several_lines: bool = False) -> bool:
    """Whether `text` holds control characters, halves of pairs, or what turns the direction of reading."""
    return _REFUSED_CONTROLS.search(text) is not None or (not several_lines and "\n" in text)


def for_terminals(text: str) -> str:
    """Return `text` with `�` for whatever would command a terminal or turn the line around."""
    return _REPLACED.sub("�", text)


def shortened(text: str, length_max: int) -> str:
    """Return at most `length_max` code points of `text`, never a part of what is read as one letter or one emoji."""
    if len(text) <= length_max:
        return text
    end = length_max
    while end > 0 and _goes_on(text, end):
        end -= 1
    return text[:end].rstrip()


def _cleaned(text: str) -> str:
    text = _LINE_END.sub("\n", text).replace("\t", " ")
    if text.isascii():
        return _UNSEEN.sub("", text)
    text = _TAGS.sub(lambda found: found["flag"] or "", _UNSEEN.sub("", text))
    return _JOINERS.sub(_joining, _without_towers(nfc(_VARIANT.sub(_varying, text))))


def _joining(found: re.Match[str]) -> str:
    """Return joiners within a word, or at the edge of one whose script has letters that join; others do nothing."""
    before = found.string[found.start() - 1 : found.start()] if found.start() else ""
    after = found.string[found.end() : found.end() + 1]
    ends = [one for one in (before, after) if one and not one.isspace()]
    return found[0] if len(ends) == 2 or any(one >= _JOINING_FROM for one in ends) else ""


def _varying(found: re.Match[str]) -> str:
    """Return a variation selector where it selects: behind a letter of its script, and not behind another."""
    return found[0] if _VARIED.fullmatch(found.string, max(found.start() - 1, 0), found.end()) else ""


def _without_towers(text: str) -> str:
    """Return `text` with so many marks on one letter at most."""
    kept: list[str] = []
    accents = marks = 0
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me"} or unicodedata.combining(character):
            is_selector = _VARIANT.match(character) is not None
            marks += not is_selector
            accents += _ACCENT.match(character) is not None
            if not is_selector and (marks > _MARKS_MAX or accents > _ACCENTS_MAX):
                continue
        else:
            accents = marks = 0
        kept.append(character)
    return "".join(kept)


def _goes_on(text: str, place: int) -> bool:
    """Whether what stands at `place` belongs to the same letter or emoji as what stands before it."""
    after, before = text[place], text[place - 1]
    if before in "\u200d\u034f" or after in "\u200c\u200d" or _VARIANT.match(after):
        return True
    if unicodedata.category(after) in {"Mn", "Me", "Mc"} or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if "\U000e0020" <= after <= "\U000e007f":
        return True
    is_letter_of_flag = "\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff"
    return is_letter_of_flag and _letters_of_flags_before(text, place) % 2 == 1


def _letters_of_flags_before(text: str, place: int) -> int:
    count = 0
    while count < place and "\U0001f1e6" <= text[place - 1 - count] <= "\U0001f1ff":
        count += 1
    return count
