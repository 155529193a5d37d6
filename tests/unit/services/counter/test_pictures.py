"""Pictures of certificates: a code is read however it lies, and what is no picture is refused before it is unpacked."""

import io
import struct
import zlib

import pytest
import zxingcpp
from PIL import Image

from largesse.services.counter import FRAME_BYTES_MAX, PictureUnfit, read_picture

NUMBER = "GL7K2M9QXR4T8WHB3C"


def pictured(text: str, *, kind: str = "JPEG", turned: int = 0, scale: int = 6, quality: int = 70) -> bytes:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    drawn = Image.fromarray(code.to_image(scale=scale)).convert("L")
    ground = Image.new("L", (800, 600), 210)
    drawn = drawn.rotate(turned, expand=True, fillcolor=255)
    ground.paste(drawn, (250, 150))
    written = io.BytesIO()
    ground.save(written, kind, quality=quality)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turned", [0, 20, 180])
async def test_a_code_is_read_however_it_lies(kind: str, turned: int) -> None:
    assert await read_picture(pictured(NUMBER, kind=kind, turned=turned)) == NUMBER


async def test_a_grey_frame_of_a_camera_is_small_enough() -> None:
    frame = pictured(NUMBER, quality=50)
    assert len(frame) < FRAME_BYTES_MAX
    assert await read_picture(frame, most=FRAME_BYTES_MAX) == NUMBER


async def test_a_picture_without_a_code_holds_none() -> None:
    written = io.BytesIO()
    Image.new("L", (640, 480), 128).save(written, "JPEG")
    assert await read_picture(written.getvalue()) is None


def a_bomb() -> bytes:
    """A small PNG that says it is 30,000 pixels wide and high."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", a_bomb()],
)
async def test_what_is_no_picture_or_a_bomb_is_refused(content: bytes) -> None:
    with pytest.raises(PictureUnfit):
        await read_picture(content)


async def test_a_picture_that_breaks_off_or_is_too_large_is_refused() -> None:
    whole = pictured(NUMBER, kind="PNG")
    with pytest.raises(PictureUnfit):
        await read_picture(whole[: len(whole) // 2])
    with pytest.raises(PictureUnfit):
        await read_picture(whole, most=len(whole) - 1)
