"""The live preview made light, for a phone on a slow line: what no eye sees is left out of typst's SVG.

typst names every glyph by a hash and writes its outline to a ten-thousandth of a point. Short names and tenths of a
point (a thirtieth of a millimetre) look the same at any size a screen shows, and are two fifths less to send.
"""

import io
import re
from functools import lru_cache
from typing import Final

from PIL import Image

# A logo is at most 10 mm high: as sharp as a preview 3,150 pixels wide, which is more than a desk shows.
_LOGO_PX: Final = (720, 150)

_NAME: Final = re.compile(r'(?<=[#"])[a-z][0-9A-F]{32}(?=[")])')
_OUTLINE: Final = re.compile(r'(?<= d=")[^"]*(?=")')
_FINE: Final = re.compile(r"-?(?<!\d)\d+\.\d{2,}")
_LOOSE: Final = re.compile(r" (?=[-A-Za-z])|(?<=[A-Za-z]) ")
_SAID_ANYWAY: Final = (' fill-rule="nonzero"', ' x="0"', ' y="0"')


def slimmed(svg: str) -> str:
    """Return the words of a page, as typst drew them, in fewer bytes that look the same."""
    names: dict[str, str] = {}
    svg = _NAME.sub(lambda found: names.setdefault(found[0], f"{found[0][0]}{len(names):x}"), svg)
    svg = _OUTLINE.sub(lambda found: _outline(found[0]), svg)
    for words in _SAID_ANYWAY:
        svg = svg.replace(words, "")
    return svg


def small_logo(logo: bytes) -> bytes:
    """Return a logo no larger than a preview shows it.

    Raises:
        OSError: it is damaged.
        ValueError: it is damaged in another way.
        SyntaxError: it is a PNG that breaks off.
    """
    with Image.open(io.BytesIO(logo)) as picture:
        if picture.width <= _LOGO_PX[0] and picture.height <= _LOGO_PX[1]:
            return logo
        small = picture.convert("RGBA")
        small.thumbnail(_LOGO_PX)
    written = io.BytesIO()
    small.save(written, "PNG", optimize=True)
    return written.getvalue()


@lru_cache(maxsize=4_096)
def _outline(path: str) -> str:
    """Return an outline in tenths of a point; kept, because the same letters come again in the next preview."""
    return _LOOSE.sub("", _FINE.sub(_in_tenths, path)).strip()


def _in_tenths(number: re.Match[str]) -> str:
    written = f"{float(number[0]):.1f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
