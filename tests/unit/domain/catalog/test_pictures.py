"""Pictures that people upload, and those that somebody uploads to do harm."""

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from largesse.domain.catalog import EncodedPicture, PictureFormat, PictureRefused, encode
from largesse.domain.catalog.pictures import (
    PIXELS_MAX,
    UPLOAD_BYTES_MAX,
    PictureAnotherKind,
    PictureNotRead,
    PictureShape,
    PictureTooLarge,
)
from tests.builders.catalog import a_picture_file

SECRET = b"taken at 40.7128 N 74.0060 W"
ORIENTATION = 0x0112
MAKER_NOTE = 0x927C


def _opened(encoded: EncodedPicture, width: int, kind: PictureFormat) -> Image.Image:
    [content] = [one.content for one in encoded.renditions if (one.width, one.format) == (width, kind)]
    return Image.open(io.BytesIO(content))


def _colour(image: Image.Image, x: int, y: int) -> str:
    red, _, blue = image.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes()
    return "red" if red > 180 > blue else "blue" if blue > 180 > red else "other"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_kept_as_webp_and_jpeg_in_a_few_widths(kind: str) -> None:
    encoded = encode(a_picture_file(1600, 1200, kind=kind))

    assert encoded.widths == (320, 640, 1280)
    assert (encoded.width, encoded.height) == (1280, 960)
    assert encoded.fallback is PictureFormat.JPEG
    for width in encoded.widths:
        for form in (PictureFormat.WEBP, PictureFormat.JPEG):
            image = _opened(encoded, width, form)
            assert (image.format, image.size) == (form.value.upper(), (width, width * 3 // 4))
            assert _colour(image, 10, 10) == "red"
            assert _colour(image, width - 10, 10) == "blue"


def test_a_small_picture_is_not_blown_up() -> None:
    assert encode(a_picture_file(500, 400)).widths == (320, 500)
    assert encode(a_picture_file(100, 80)).widths == (100,)


def test_what_is_transparent_stays_so_with_a_png_beside_it() -> None:
    image = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 200, 200))
    out = io.BytesIO()
    image.save(out, "PNG")

    encoded = encode(out.getvalue())

    assert encoded.fallback is PictureFormat.PNG
    for form in (PictureFormat.WEBP, PictureFormat.PNG):
        shown = _opened(encoded, 320, form)
        assert shown.getchannel("A").getpixel((10, 10)) == 255
        assert shown.getchannel("A").getpixel((310, 10)) == 0


def test_a_picture_that_only_could_be_transparent_becomes_a_jpeg() -> None:
    assert encode(a_picture_file(kind="PNG", mode="RGBA")).fallback is PictureFormat.JPEG


def test_nothing_but_its_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[MAKER_NOTE] = SECRET
    exif[0x010E] = SECRET.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    uploads = [
        a_picture_file(kind="JPEG", exif=exif, icc_profile=profile, comment=SECRET) + SECRET,
        a_picture_file(kind="PNG", exif=exif, pnginfo=text),
        a_picture_file(kind="WEBP", exif=exif, xmp=SECRET, icc_profile=profile),
    ]
    for upload in uploads:
        assert SECRET in upload
        for one in encode(upload).renditions:
            assert SECRET not in one.content
            kept = Image.open(io.BytesIO(one.content))
            assert not kept.getexif()
            assert not {"exif", "icc_profile", "comment", "xmp", "Comment"} & set(kept.info)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_taken_sideways_is_turned_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turned by a quarter

    encoded = encode(a_picture_file(800, 600, kind=kind, exif=exif))

    shown = _opened(encoded, 600, PictureFormat.JPEG)
    assert (encoded.width, encoded.height) == (600, 800)
    assert _colour(shown, 300, 10) == "red"
    assert _colour(shown, 300, 790) == "blue"


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("red", "blue", "green")]
    for kind in ("GIF", "WEBP"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        encoded = encode(out.getvalue())
        for one in encoded.renditions:
            shown = Image.open(io.BytesIO(one.content))
            assert getattr(shown, "n_frames", 1) == 1
            assert _colour(shown, 50, 50) == "red"


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "LA", "I;16"])
def test_pictures_of_every_kind_of_colour_are_read(mode: str) -> None:
    image = Image.new("L", (200, 100), 128).convert(mode) if mode != "I;16" else Image.new(mode, (200, 100), 30_000)
    out = io.BytesIO()
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert encode(out.getvalue()).widths == (200,)


def test_a_broken_colour_profile_does_not_spoil_a_picture() -> None:
    encoded = encode(a_picture_file(icc_profile=b"not a profile" * 20))
    assert _colour(_opened(encoded, 320, PictureFormat.JPEG), 10, 10) == "red"


def _png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *(chunk(kind, body) for kind, body in chunks), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_bomb_is_refused_by_its_header_before_it_is_unpacked() -> None:
    packed = zlib.compress(bytes(1_000_000))
    for width, height in ((60_000, 60_000), (8_000, 8_000), (2**31 - 1, 1), (12_001, 100)):
        with pytest.raises(PictureTooLarge):
            encode(_png(width, height, (b"IDAT", packed)))
    assert PIXELS_MAX < 8_000 * 8_000


def test_a_bomb_in_the_small_print_is_refused() -> None:
    text = b"Comment\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    with pytest.raises(PictureRefused):
        encode(_png(100, 100, (b"zTXt", text), (b"IDAT", zlib.compress(bytes(30_100)))))


def test_a_file_of_too_many_bytes_is_refused_unread() -> None:
    with pytest.raises(PictureTooLarge):
        encode(a_picture_file() + bytes(UPLOAD_BYTES_MAX))


@pytest.mark.parametrize("size", [(15, 100), (100, 15), (1100, 100), (100, 301)])
def test_a_picture_that_no_page_has_a_place_for_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureShape):
        encode(a_picture_file(*size, kind="PNG"))


@pytest.mark.parametrize(
    "upload",
    [
        b"",
        b"GIF",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) run",
        b"<html><script>alert(1)</script>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"BM" + bytes(100),
        b"II*\x00" + bytes(100),
    ],
)
def test_what_is_no_picture_that_we_take_is_refused(upload: bytes) -> None:
    with pytest.raises(PictureAnotherKind):
        encode(upload)


def test_a_picture_of_another_kind_is_refused_however_it_is_called() -> None:
    for kind in ("BMP", "TIFF", "ICO", "PPM"):
        with pytest.raises(PictureAnotherKind):
            encode(a_picture_file(kind=kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    whole = a_picture_file(kind=kind)
    for part in (12, 30, len(whole) // 2):
        with pytest.raises(PictureNotRead):
            encode(whole[:part])


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=30),
)
def test_a_damaged_picture_is_refused_or_shown_and_never_a_fault(kind: str, changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(a_picture_file(64, 48, kind=kind))
    for place, value in changes:
        damaged[place % len(damaged)] = value
    with suppress(PictureRefused):
        assert encode(bytes(damaged)).renditions
