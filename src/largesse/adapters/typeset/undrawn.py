"""What no face on this machine can draw: read from typst's complaints, and a box put in its place."""

import re
from collections.abc import Collection
from typing import Final

from largesse.kernel import free_text

_SUBSTITUTE: Final = "\u25a1"  # an empty box: here stood something that no face on this machine can draw
_UNDRAWN: Final = re.compile(r'the text `"(?P<text>(?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED: Final = re.compile(r"\\(?:u\{(?P<code>[0-9a-f]+)\}|(?P<plain>.))", re.DOTALL)


def undrawn(diagnostic: str) -> set[str]:
    """Read from typst's complaints which texts no face could draw; they are quoted as Rust quotes strings."""
    return {
        _ESCAPED.sub(lambda part: chr(int(part["code"], 16)) if part["code"] else part["plain"], found["text"])
        for found in _UNDRAWN.finditer(diagnostic)
    }


def boxed(text: str, unknown: Collection[str]) -> str:
    """Return `text` with a box for each of the texts in `unknown`; nothing for one that is not seen anyway."""
    # Longest first: a cluster that cannot be drawn makes one box, not one for each of its parts.
    for missing in sorted(unknown, key=len, reverse=True):
        text = text.replace(missing, "" if free_text.holds_unseen(missing) else _SUBSTITUTE)
    return text
