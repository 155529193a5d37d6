"""What every encoding reads into and writes from: nested dicts of text, numbers as they were written, and nothing.

Numbers stay the text that the sender wrote (`Literal`). An amount never passes through a float on its way in, and
`1e400` or `25.001` reach the rule that can say what is wrong with them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from largesse.wire.errors import UnsupportedText


class Literal(str):
    """A number exactly as it was written: `25.10`, `-0`, `1e400`."""

    __slots__ = ()


Plain: TypeAlias = "str | Literal | bool | int | Sequence[Plain] | Mapping[str, Plain] | None"

DEPTH_MAX = 16

# The characters that XML 1.0 §2.2 has no way to write, not even escaped. Refusing them in JSON too keeps every message
# writable in both.
_UNSUPPORTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def supported(text: str) -> str:
    """Return `text`, which every encoding can carry.

    Raises:
        UnsupportedText: it holds a NUL, another control character, or half of a surrogate pair.
    """
    if _UNSUPPORTED.search(text):
        raise UnsupportedText
    return text
