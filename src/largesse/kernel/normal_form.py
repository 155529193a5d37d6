"""Unicode's normal forms, in time that grows with the length of a text alone.

Normalizing puts marks that follow one another into order, which takes the square of their number; and a text of nothing
but marks is quickly sent. So no more than 30 in a row are kept, the bound of the Stream-Safe Text Format (UAX #15 §13):
no word of any language has as many.
"""

import unicodedata
from typing import Final

MARKS_MAX: Final = 30
# No marks themselves, and they become some when they are taken apart.
_BECOME_MARKS: Final = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")


def nfc(text: str) -> str:
    """Return a text in its composed form, for showing it."""
    return text if text.isascii() else unicodedata.normalize("NFC", _bounded(text))


def nfkc(text: str) -> str:
    """Return a text in its composed form without differences of shape, for comparing it."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _bounded(text))


def ascii_of(text: str) -> str:
    """Return a text's letters without their marks, as far as ASCII has them: `Größe` is `Grosse`. For addresses."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", _bounded(text.replace("ß", "ss")))
    return apart.encode("ascii", "ignore").decode()


def _bounded(text: str) -> str:
    kept, in_a_row = list[str](), 0
    for symbol in text:
        if unicodedata.combining(symbol) or symbol in _BECOME_MARKS:
            in_a_row += len(unicodedata.normalize("NFKD", symbol))
            if in_a_row > MARKS_MAX:
                continue
        else:
            in_a_row = 0
        kept.append(symbol)
    return "".join(kept)
