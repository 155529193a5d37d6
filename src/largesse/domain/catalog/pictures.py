"""Pictures as they are kept: taken apart to pixels and put together anew, so that nothing of an upload is served.

What was uploaded may hold where and when it was taken, a thumbnail of what was cut away, or an attack. Only its pixels
survive: turned upright, in sRGB, in a few widths, as WebP with a JPEG (or PNG, where something is transparent) for
those who do not read it. CPU work: call it in a thread.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec
from PIL import Image, ImageCms, ImageOps

from largesse.kernel.errors import InvalidInput

UPLOAD_BYTES_MAX: Final = 12 * 1024 * 1024
SIDE_MAX: Final = 12_000
PIXELS_MAX: Final = 50_000_000  # what telephones take; as RGB it is 150 MB for a moment
SIDE_MIN: Final = 16
ALT_MAX: Final = 200
WIDTHS: Final = (320, 640, 1280)
WIDTHS_TRANSPARENT: Final = (160, 320, 640)
WIDE_MAX: Final = 10  # times its height
TALL_MAX: Final = 3  # times its width

# Changes whenever pictures come out otherwise, so that an address that may be kept for ever never means two things.
RECIPE: Final = "1"

_SIGNATURES: Final = (
    ("JPEG", b"\xff\xd8\xff", 0),
    ("PNG", b"\x89PNG\r\n\x1a\n", 0),
    ("GIF", b"GIF8", 0),
    ("WEBP", b"WEBP", 8),
)
_BROKEN: Final = (
    OSError,
    SyntaxError,  # what Pillow says of broken chunks
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


class PictureFormat(StrEnum):
    """The formats that pictures are kept in."""

    WEBP = "webp"
    JPEG = "jpeg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """Return the media type to serve it as."""
        return f"image/{self.value}"


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """A picture's bytes in one width and format."""

    width: int
    format: PictureFormat
    content: bytes


class EncodedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload: the size of its largest rendition, and all of them."""

    width: int
    height: int
    fallback: PictureFormat
    renditions: tuple[Rendition, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Return the widths it is kept in, narrow to wide."""
        return tuple(sorted({one.width for one in self.renditions}))


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a picture that is kept, without its bytes. `alt` is what somebody who cannot see it is told."""

    merchant_id: UUID
    picture_id: UUID
    alt: str
    width: int
    height: int
    fallback: PictureFormat
    widths: tuple[int, ...]


class Crop(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a picture, by its sides in whole per cent of the picture's width and height.

    Raises:
        PictureShape: there is nothing between the sides.
    """

    left: int = 0
    top: int = 0
    right: int = 100
    bottom: int = 100

    def __post_init__(self) -> None:
        if not (0 <= self.left < self.right <= 100 and 0 <= self.top < self.bottom <= 100):
            raise PictureShape


class HungPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture with where it is shown: with which offerings, by their slugs, and whether as the logo."""

    picture: Picture
    created_at: datetime
    offerings: tuple[str, ...] = ()
    is_logo: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """Return where it is shown, in words; nowhere when nobody would miss it."""
        return (*(f"offering {slug}" for slug in self.offerings), *(["the theme's logo"] if self.is_logo else []))


class PictureRefused(InvalidInput):
    """Refuse an upload."""

    code = "picture.refused"
    message = "This picture cannot be used. Save it as a JPEG or PNG and upload that."


class PictureAnotherKind(PictureRefused):
    """Refuse a file that is no JPEG, PNG, WebP or GIF."""

    code = "picture.kind"
    message = "This file is not a JPEG, PNG, WebP or GIF. Save the picture as one of those and upload that."


class PictureNotRead(PictureRefused):
    """Refuse a file that is damaged, or only begins like a picture."""

    code = "picture.unreadable"
    message = "This picture is damaged and cannot be read. Save it anew and upload that."


class PictureTooLarge(PictureRefused):
    """Refuse a file of too many bytes or pixels."""

    code = "picture.too_large"
    message = (
        f"This picture is too large. Upload one of at most {UPLOAD_BYTES_MAX // 1024 // 1024} MB, {SIDE_MAX} pixels a "
        f"side and {PIXELS_MAX // 1_000_000} million pixels in all."
    )


class PictureShape(PictureRefused):
    """Refuse a picture that no page has a place for."""

    code = "picture.shape"
    message = (
        f"This picture is too small or too narrow. Upload one of at least {SIDE_MIN} pixels a side, at most {WIDE_MAX} "
        f"times as wide as high and at most {TALL_MAX} times as high as wide."
    )


def encode(upload: bytes) -> EncodedPicture:
    """Return an upload's pixels in every width and format it is kept in. Of an animation, the first frame.

    Raises:
        PictureTooLarge: it has too many bytes or pixels; they are counted before anything is unpacked.
        PictureAnotherKind: it is no JPEG, PNG, WebP or GIF.
        PictureShape: it is too small or too narrow.
        PictureNotRead: it is damaged.
    """
    if len(upload) > UPLOAD_BYTES_MAX:
        raise PictureTooLarge
    kind = _kind(upload)
    try:
        return _encoded(_pixels(upload, kind))
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:  # Pillow's own bound, above ours, stands before the header is ours
        raise PictureTooLarge from error
    except _BROKEN as error:
        raise PictureNotRead from error


def cut_out(content: bytes, kind: PictureFormat, crop: Crop) -> EncodedPicture:
    """Return a part of a picture that is kept, from its widest rendition, in every width and format.

    Raises:
        PictureShape: what is left is too small or too narrow.
        PictureNotRead: it is damaged.
    """
    try:
        whole = _pixels(content, kind.value.upper())
        width, height = whole.size
        sides = (crop.left * width, crop.top * height, crop.right * width, crop.bottom * height)
        part = whole.crop((sides[0] // 100, sides[1] // 100, -(-sides[2] // 100), -(-sides[3] // 100)))
        _check_size(part.width, part.height)
        return _encoded(part)
    except PictureRefused:
        raise
    except _BROKEN as error:
        raise PictureNotRead from error


def _kind(upload: bytes) -> str:
    for kind, signature, offset in _SIGNATURES:
        if upload[offset : offset + len(signature)] == signature:
            return kind
    raise PictureAnotherKind


def _pixels(upload: bytes, kind: str) -> Image.Image:
    """Return the first frame, upright, as RGB or RGBA in sRGB."""
    # `formats` keeps a file from choosing its own decoder; the header tells the size before any pixel is unpacked.
    with Image.open(io.BytesIO(upload), formats=[kind]) as opened:
        _check_size(opened.width, opened.height)
        opened.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1] * TALL_MAX))  # a large JPEG is unpacked small
        profile = opened.info.get("icc_profile")
        opened.load()
        upright = ImageOps.exif_transpose(opened)
    alpha = _alpha(upright)
    colours = _in_srgb(upright, profile if isinstance(profile, bytes) else None)
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _check_size(width: int, height: int) -> None:
    if max(width, height) > SIDE_MAX or width * height > PIXELS_MAX:
        raise PictureTooLarge
    if min(width, height) < SIDE_MIN or width > WIDE_MAX * height or height > TALL_MAX * width:
        raise PictureShape


def _alpha(image: Image.Image) -> Image.Image | None:
    """Return what is transparent, None when nothing is."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    lowest = alpha.getextrema()[0]
    return alpha if isinstance(lowest, int | float) and lowest < 255 else None


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the colours as sRGB: they would shift if the profile were only thrown away."""
    if profile is not None and image.mode in {"RGB", "L", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            turned = None  # a broken profile: the plain colours are the better guess
        if turned is not None:
            return _bare(turned)
    return _bare(image.convert("RGBA").convert("RGB") if image.mode in {"P", "PA"} else image.convert("RGB"))


def _bare(image: Image.Image) -> Image.Image:
    """Return the pixels alone, without anything Pillow carries along and might write again."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare


def _encoded(image: Image.Image) -> EncodedPicture:
    fallback, wanted = (PictureFormat.JPEG, WIDTHS) if image.mode == "RGB" else (PictureFormat.PNG, WIDTHS_TRANSPARENT)
    widths = [width for width in wanted if width < image.width] + [min(image.width, wanted[-1])]
    renditions, height = list[Rendition](), 0
    for width in sorted(set(widths)):
        scaled = _scaled(image, width)
        height = scaled.height
        renditions += _renditions(scaled, fallback)
    return EncodedPicture(width=max(widths), height=height, fallback=fallback, renditions=tuple(renditions))


def _scaled(image: Image.Image, width: int) -> Image.Image:
    if width == image.width:
        return image
    return image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)


def _renditions(image: Image.Image, fallback: PictureFormat) -> Iterator[Rendition]:
    options: dict[PictureFormat, dict[str, object]] = {
        PictureFormat.WEBP: {"quality": 80, "method": 4},
        PictureFormat.JPEG: {"quality": 82, "optimize": True, "progressive": True},
        PictureFormat.PNG: {"optimize": True},
    }
    for kind in (PictureFormat.WEBP, fallback):
        out = io.BytesIO()
        image.save(out, kind.value, **options[kind])
        yield Rendition(width=image.width, format=kind, content=out.getvalue())
