"""Pictures of a certificate, read for its code: a frame of a camera, or a photograph. Nothing of them is kept."""

import asyncio
import io
from typing import Final, cast

import zxingcpp
from PIL import Image, ImageOps

from largesse.services.counter.errors import PictureUnfit

FRAME_BYTES_MAX: Final = 60 * 1024
PHOTO_BYTES_MAX: Final = 8 * 1024 * 1024
PIXELS_MAX: Final = 24_000_000
_SIDE_MAX: Final = 2_000
"""What a reader needs at most: a larger photograph is made smaller before it is looked at."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
# It takes a list as well, of which its types do not know.
_CODES: Final = cast(
    zxingcpp.BarcodeFormats,
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.Code39],
)
_AT_ONCE: Final = 2

_turns = asyncio.Semaphore(_AT_ONCE)


async def read_picture(content: bytes, *, most: int = PHOTO_BYTES_MAX) -> str | None:
    """Return the text of the code in a picture, None where no code is seen.

    Raises:
        PictureUnfit: it is no picture, of another kind, or too large.
    """
    if not content or len(content) > most:
        raise PictureUnfit
    async with _turns:
        return await asyncio.to_thread(_read, content)


def _read(content: bytes) -> str | None:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise PictureUnfit
            picture.draft("L", (_SIDE_MAX, _SIDE_MAX))  # a JPEG is made smaller while it is unpacked
            grey = ImageOps.exif_transpose(picture).convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureUnfit from error
    grey.thumbnail((_SIDE_MAX, _SIDE_MAX))
    found = [one for one in zxingcpp.read_barcodes(grey, formats=_CODES) if one.valid and one.text]
    found.sort(key=lambda one: one.format != zxingcpp.BarcodeFormat.QRCode)
    return found[0].text if found else None
