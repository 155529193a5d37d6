"""The drawings of the certificate designs, vector art of our own: one file per design, in millimetres on A5.

Each names its colours as `${accent_ink}`, since it is shown in the merchant's. The engraver's curves are code: they are
better said as a formula than as ten thousand points. The same palette gives the same bytes.
"""

from functools import lru_cache
from importlib.resources import files
from string import Template

import msgspec

from largesse.adapters.typeset.art import engraved
from largesse.adapters.typeset.palette import Inks
from largesse.domain.catalog import Design


@lru_cache(maxsize=64)
def draw(design: Design, palette: Inks) -> str:
    """Return the art of `design` as an SVG of 210 by 148 mm."""
    if design is Design.ENGRAVED:
        return engraved.draw(palette)
    drawn = Template(files(__package__).joinpath(f"{design.value}.svg").read_text(encoding="utf-8"))
    return drawn.substitute(msgspec.structs.asdict(palette)).replace("\n", "")
