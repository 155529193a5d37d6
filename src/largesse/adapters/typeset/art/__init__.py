"""The drawings of the certificate designs, vector art of our own: one file per design, in millimetres on A5.

They are code rather than files because each is redrawn in the merchant's colour, and because curves such as an
engraver's are better said as a formula than as ten thousand points. A drawing is pure: the same palette gives the same
bytes.
"""

from collections.abc import Callable
from functools import lru_cache

from largesse.adapters.typeset.art import botanical, engraved, geometric, letterpress, winter
from largesse.adapters.typeset.palette import Palette
from largesse.domain.catalog import Design

_DRAWN: dict[Design, Callable[[Palette], str]] = {
    Design.ENGRAVED: engraved.draw,
    Design.BOTANICAL: botanical.draw,
    Design.GEOMETRIC: geometric.draw,
    Design.LETTERPRESS: letterpress.draw,
    Design.WINTER: winter.draw,
}


@lru_cache(maxsize=64)
def draw(design: Design, palette: Palette) -> str:
    """Return the art of `design` as an SVG of 210 by 148 mm."""
    return _DRAWN[design](palette)
