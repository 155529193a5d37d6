"""A receipt as it is read: every word and amount said already, so that screen and paper show the same."""

from enum import Enum
from typing import Final

import msgspec

MARGIN_MM: Final = {58: 5, 80: 4, 210: 45, 216: 48}
"""What is left white on either side: a roll's printer prints 48 of 58 mm, and 72 of 80; a sheet reads as a column."""
_WIDTH_MM: Final = {"58": 58, "80": 80, "a4": 210, "us-letter": 216}
_HEIGHT_MM: Final = {"a4": 297, "us-letter": 279}


class Roll(Enum):
    """What a receipt is printed on: a roll of paper by its width, or a sheet where the printer is an office's."""

    NARROW = "58"
    WIDE = "80"
    A4 = "a4"
    LETTER = "us-letter"

    @property
    def width_mm(self) -> int:
        """Return how wide the paper is."""
        return _WIDTH_MM[self.value]

    @property
    def height_mm(self) -> int | None:
        """Return how high the paper is; None for a roll, which is cut where the receipt ends."""
        return _HEIGHT_MM.get(self.value)

    @property
    def margin_mm(self) -> int:
        """Return how much of it is left white on either side."""
        return MARGIN_MM[self.width_mm]


def roll_of(name: str) -> Roll | None:
    """Return the paper that the name of a file stands for, as `80.pdf`; None where it is none."""
    return {f"{one.value}.pdf": one for one in Roll}.get(name)


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: words, and what stands at its end, such as an amount. `strong` for what a reader looks for first."""

    words: str
    amount: str = ""
    strong: bool = False


class ReceiptGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that belong together, perhaps under a heading."""

    lines: tuple[ReceiptLine, ...]
    heading: str = ""


class ReceiptFace(msgspec.Struct, frozen=True, kw_only=True):
    """One receipt.

    `stamp` is printed large where it is no first print, or undone. `code` is drawn as a QR code, which `code_words` say
    in words; `number` is what it holds, written for people.
    """

    language: str
    merchant: str
    address: tuple[str, ...] = ()
    title: str
    stamp: str = ""
    groups: tuple[ReceiptGroup, ...] = ()
    notes: tuple[str, ...] = ()
    code: str = ""
    code_words: str = ""
    number: str = ""
    closing: str = ""

    def __repr__(self) -> str:
        """Leave out the number and the code: they may be a bearer secret."""
        return f"ReceiptFace(title={self.title!r})"
