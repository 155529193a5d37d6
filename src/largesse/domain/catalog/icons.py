"""A merchant's sign as browsers and telephones show it beside a page's name: a small square made of its logo.

CPU work: call it in a thread.
"""

import io
from typing import Final

from PIL import Image, ImageColor, ImageDraw

ICON_SIDES: Final = (32, 180)
_PAPER: Final = "#fffdf9"
_MARGIN: Final = 0.08
_FINE: Final = 4
_GRID: Final = 32
_GIFT: Final = ((6, 13, 26, 13, 26, 26, 6, 26, 6, 13), (4.5, 9, 27.5, 9, 27.5, 13, 4.5, 13, 4.5, 9), (16, 9, 16, 26))
_BOWS: Final = ((9, 3.5, 16, 9.5), (16, 3.5, 23, 9.5))


def icon_png(logo: bytes | None, *, accent: str, side: int) -> bytes:
    """Return a square PNG of `side` pixels: the logo on paper, or, where there is none, a gift on the accent."""
    return _written(_of_logo(logo, side) if logo is not None else _of_gift(accent, side), "PNG")


def icon_ico(logo: bytes | None, *, accent: str) -> bytes:
    """Return the same as an ICO, for those who ask for `/favicon.ico` whatever a page says."""
    side = ICON_SIDES[0]
    return _written(_of_logo(logo, side) if logo is not None else _of_gift(accent, side), "ICO")


def _of_logo(logo: bytes, side: int) -> Image.Image:
    with Image.open(io.BytesIO(logo)) as opened:
        shown = opened.convert("RGBA")
    inner = round(side * (1 - 2 * _MARGIN))
    part = min(inner / shown.width, inner / shown.height)
    shown = shown.resize(
        (max(1, round(shown.width * part)), max(1, round(shown.height * part))), Image.Resampling.LANCZOS
    )
    square = Image.new("RGBA", (side, side), ImageColor.getrgb(_PAPER))
    square.alpha_composite(shown, ((side - shown.width) // 2, (side - shown.height) // 2))
    return square.convert("RGB")


def _of_gift(accent: str, side: int) -> Image.Image:
    from_grid = side * _FINE / _GRID
    fine = Image.new("RGB", (side * _FINE, side * _FINE), ImageColor.getrgb(accent))
    pen, width = ImageDraw.Draw(fine), round(1.8 * from_grid)
    ink = ImageColor.getrgb(_PAPER)
    for line in _GIFT:
        numbers = [number * from_grid for number in line]
        pen.line(numbers, fill=ink, width=width, joint="curve")
    for bow in _BOWS:
        pen.ellipse([edge * from_grid for edge in bow], outline=ink, width=width)
    return fine.resize((side, side), Image.Resampling.LANCZOS)


def _written(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **({"sizes": [picture.size]} if kind == "ICO" else {"optimize": True}))
    return out.getvalue()
