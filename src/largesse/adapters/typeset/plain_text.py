r"""What people typed, made fit to print: always shown as text, never able to rearrange the page.

Nothing here is about markup: text reaches typst as data, so `#`, `$`, `\` and `<b>` are just characters. It is about
Unicode that acts on its surroundings: directional overrides that make a name read backwards, invisible characters,
towers of combining marks, words without end.
"""

import re
import unicodedata
from typing import Final

from largesse.kernel.normal_form import nfc

LINES_MAX: Final = 6
_MARKS_MAX: Final = 4  # what the written languages need on one letter; Tibetan and pointed Hebrew come near
_UNBROKEN_MAX: Final = 16
_SPACE: Final = "\u200b"

# Embeddings, overrides and isolates (they change the order of what follows), and what is not seen at all. The joiners
# U+200C and U+200D stay: Persian, Indic scripts and emoji are wrong without them.
_UNSEEN: Final = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2065\u206a-\u206f\ufeff\u00ad\ufff9-\ufffc\ufffe\uffff]"
)
_LINE_END: Final = re.compile("\r\n|[\r\n\u000b\u000c\u0085\u2028\u2029]")
_SPACES: Final = re.compile(r"[^\S\n]{2,}|\t")  # one no-break space is meant: dates and French use it
_RTL: Final = frozenset({"R", "AL"})
_KANA: Final = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\uac00-\ud7af]")


def one_line(text: str) -> str:
    """Return `text` as one line that can be printed."""
    return _breakable(_seen(text).replace("\n", " ").strip())


def paragraph(text: str) -> str:
    """Return `text` with its own line ends, when there are few enough to be meant; else they become spaces."""
    lines = [line.strip() for line in _seen(text).split("\n")]
    kept = "\n".join(lines).strip("\n")
    if kept.count("\n") >= LINES_MAX:
        kept = " ".join(line for line in lines if line)
    return _breakable(kept)


def direction(text: str) -> str:
    """Return `rtl` or `ltr`, by the first letter that has a direction (Unicode's rule P2)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in _RTL:
            return "rtl"
    return "ltr"


def cjk_region(text: str) -> str:
    """Return whose forms of the Han characters `text` asks for: `JP` if it has kana, `KR` if Hangul, else `SC`."""
    if _KANA.search(text):
        return "JP"
    return "KR" if _HANGUL.search(text) else "SC"


def _seen(text: str) -> str:
    """Drop what cannot be seen and tame what climbs out of its line."""
    text = _LINE_END.sub("\n", nfc(_UNSEEN.sub("", text)))
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} and not _selects_variant(character) else 0
        if marks > _MARKS_MAX or (category in {"Cs", "Co", "Cn"}):
            continue
        kept.append(" " if category == "Cc" and character != "\n" else character)
    return _SPACES.sub(" ", "".join(kept))


def _selects_variant(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f"


def _breakable(text: str) -> str:
    """Let a word without end break: an invisible space where more than a line's worth of letters stand together."""
    out: list[str] = []
    run = 0
    for character in text:
        if character.isspace() or _breaks_anyway(character):
            run = 0
        elif run >= _UNBROKEN_MAX and unicodedata.category(character)[0] in "LNPS" and out[-1] != "\u200d":
            out.append(_SPACE)
            run = 0
        out.append(character)
        run += 1
    return "".join(out)


def _breaks_anyway(character: str) -> bool:
    """Return whether a line may end at `character` without our help: the scripts written without spaces, and emoji."""
    return unicodedata.east_asian_width(character) in "WF"
