"""The drawings of the certificate designs, vector art of our own: one file per design, in millimetres on A5.

Each names its colours as `${accent_ink}`, since it is shown in the merchant's. The engraver's curves are code: they are
better said as a formula than as ten thousand points. The same palette gives the same bytes.

A thumbnail is the same drawing on its paper, told in tenths of a millimetre: it is shown as wide as a thumb.
"""

import re
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Final

import msgspec

from largesse.adapters.typeset.art import engraved
from largesse.adapters.typeset.palette import Inks
from largesse.domain.catalog import Design

_ORNAMENT: Final = re.compile(r'<g id="ornament">(?:<g[^>]*>(?:<(?:path|circle)[^>]*/>)*</g>)*</g>')
_OUTLINE: Final = re.compile(r'(?<= d=")[^"]*(?=")')
_PLACE: Final = re.compile(r'(?<= c[xy]=")\d+\.\d{2,}(?=")')
_PIECE: Final = re.compile(r"[A-Za-z]|-?(?:\d+(?:\.\d+)?|\.\d+)")


@lru_cache(maxsize=64)
def draw(design: Design, palette: Inks, *, beside_logo: bool = False) -> str:
    """Return the art of `design` as an SVG of 210 by 148 mm; `beside_logo`, a logo takes the place of its ornament."""
    if design is Design.ENGRAVED:
        return engraved.draw(palette)
    drawn = Template(files(__package__).joinpath(f"{design.value}.svg").read_text(encoding="utf-8"))
    whole = drawn.substitute(msgspec.structs.asdict(palette)).replace("\n", "")
    return _ORNAMENT.sub("", whole) if beside_logo else whole


@lru_cache(maxsize=64)
def thumbnail(design: Design, palette: Inks) -> str:
    """Return the art of `design` on its paper, without a word or a code, as light as something so small may be."""
    opening, rest = draw(design, palette).split(">", 1)
    drawn = _OUTLINE.sub(lambda found: _in_tenths(found[0]), rest)
    drawn = _PLACE.sub(lambda found: _tenths(found[0]), drawn)
    return f'{opening}><rect width="210" height="148" fill="{palette.paper}"/>{drawn}'


def _in_tenths(outline: str) -> str:
    """Return an outline in tenths, with only the separators that SVG needs."""
    written = ""
    for piece in _PIECE.findall(outline):
        text = piece if piece.isalpha() else _tenths(piece)
        separated = not written or text.isalpha() or written[-1].isalpha() or text.startswith("-")
        written += text if separated else f" {text}"
    return written


def _tenths(number: str) -> str:
    text = f"{float(number):.1f}".removesuffix(".0")
    return "0" if text == "-0" else text
