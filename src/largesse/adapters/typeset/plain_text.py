r"""What people typed, made fit to print: always shown as text, never able to rearrange the page.

Nothing here is about markup: text reaches typst as data, so `#`, `$`, `\` and `<b>` are just characters. What acts on
its surroundings is taken out by the rule for all text (`kernel.free_text`); here lines are counted, and words without
end are given places to break at.
"""

import re
import unicodedata
from typing import Final

from largesse.kernel import free_text

LINES_MAX: Final = 6
_UNBROKEN_MAX: Final = 16
_SPACE: Final = "\u200b"

_RTL: Final = frozenset({"R", "AL"})
_KANA: Final = re.compile("[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\uac00-\ud7af]")


def one_line(text: str) -> str:
    """Return `text` as one line that can be printed."""
    return _breakable(free_text.one_line(text))


def paragraph(text: str) -> str:
    """Return `text` with its own line ends, when there are few enough to be meant; else they become spaces."""
    kept = free_text.lines(text)
    return _breakable(kept if kept.count("\n") < LINES_MAX else free_text.one_line(kept))


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
