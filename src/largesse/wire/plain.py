"""What every encoding reads into and writes from: nested dicts of text, numbers as they were written, and nothing.

Numbers stay the text that the sender wrote (`Literal`). An amount never passes through a float on its way in, and
`1e400` or `25.001` reach the rule that can say what is wrong with them.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from largesse.kernel.carried_text import is_carried
from largesse.wire.errors import UnsupportedText


class Literal(str):
    """A number exactly as it was written: `25.10`, `-0`, `1e400`."""

    __slots__ = ()


Plain: TypeAlias = "str | Literal | bool | int | Sequence[Plain] | Mapping[str, Plain] | None"

DEPTH_MAX = 16


def supported(text: str) -> str:
    """Return `text`, which every encoding can carry: what XML cannot hold is refused in JSON too.

    Raises:
        UnsupportedText: it holds a NUL, another control character, or half of a surrogate pair.
    """
    if not is_carried(text):
        raise UnsupportedText
    return text
