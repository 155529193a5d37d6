"""A certificate's picture made small enough for a mail, and as sharp as that allows."""

import io
from typing import Final

from PIL import Image

from largesse.domain.catalog import PICTURE_BYTES_MAX

PICTURE_DPI: Final = 110  # 909 pixels wide, where a mail shows 556: sharp on most telephones
_TRIES: Final = ((1.0, 32), (0.82, 32), (0.66, 32), (0.66, 16), (0.5, 16), (0.35, 8))  # part of the width, colours


def within(png: bytes, *, bytes_max: int = PICTURE_BYTES_MAX) -> bytes:
    """Return a picture in fewer colours, and smaller where that does not do, of at most `bytes_max` if it can be."""
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    made = png
    for part, colours in _TRIES:
        made = _written(picture, part, colours)
        if len(made) <= bytes_max:
            break
    return made


def _written(picture: Image.Image, part: float, colours: int) -> bytes:
    size = (round(picture.width * part), round(picture.height * part))
    shown = picture if part == 1 else picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    shown.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
