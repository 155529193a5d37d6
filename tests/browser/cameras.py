"""Browsers whose camera looks at a certificate: a film of one picture, as Chromium's fake camera shows it."""

import contextlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.async_api import Browser, async_playwright

from tests.browser.conftest import QUIET, program


def film_of(number: str, folder: Path) -> Path:
    """Write the film of a number's code, held a little askew, as somebody holds it."""
    code: Any = zxingcpp.create_barcode(number, zxingcpp.BarcodeFormat.QRCode).to_image(scale=10)
    ground = Image.new("RGB", (640, 480), (214, 208, 198))
    drawn = Image.fromarray(code).convert("RGB").rotate(8, expand=True, fillcolor=(255, 255, 255))
    ground.paste(drawn, (170, 60))
    written = io.BytesIO()
    ground.save(written, "JPEG", quality=85)
    film = folder / "card.mjpeg"
    film.write_bytes(written.getvalue() * 5)
    return film


@contextlib.asynccontextmanager
async def filming(film: Path) -> AsyncIterator[Browser]:
    """A browser that sees a film."""
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program(), args=[*QUIET, *camera])
        yield opened
        await opened.close()
