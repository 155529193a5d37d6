"""The two codes on a certificate, drawn as SVG with the quiet zones that readers need.

QR after ISO/IEC 18004 (four modules of quiet zone), error correction M: a fold or a coffee stain is survived. Code 128
after ISO/IEC 15417 (ten modules), because every scanner at a till reads it. Both are one path, so they stay sharp at
any size.
"""

import re
from functools import lru_cache
from typing import Any, Final, cast

import zxingcpp

_QR_QUIET: Final = 4
_BARCODE_QUIET: Final = 10
_BAR: Final = re.compile("1+")
_HALVES: Final = {"00": "█", "01": "▀", "10": "▄", "11": " "}
"""A light module is drawn, a dark one is not: terminals are dark, and readers take either."""
_DARK_IS_ONE: Final = bytes.maketrans(b"\x00\xff", b"10")


def qr_svg(text: str) -> str:
    """Return `text` as a QR code, dark on nothing; the viewBox counts modules and includes the quiet zone."""
    rows = _qr(text)
    side = len(rows) + 2 * _QR_QUIET
    # Strokes one module high: half the letters of rectangles, and a page holds hundreds of them.
    bars = (
        f"M{bar.start() + _QR_QUIET} {line}.5h{len(bar[0])}"
        for line, row in enumerate(rows, start=_QR_QUIET)
        for bar in _BAR.finditer(row)
    )
    path = f'<path stroke="#000" d="{"".join(bars)}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{path}</svg>'


def qr_text(text: str) -> str:
    """Return `text` as a QR code for a terminal: two lines of modules in one of text, light where the screen is."""
    rows = _qr(text)
    side = len(rows) + 2 * _QR_QUIET
    blank = "0" * side
    beside = "0" * _QR_QUIET
    lines = [blank] * _QR_QUIET + [f"{beside}{row}{beside}" for row in rows] + [blank] * _QR_QUIET
    lines += [blank] * (len(lines) % 2)
    return "\n".join(
        "".join(_HALVES[above + below] for above, below in zip(upper, lower, strict=True))
        for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    )


def qr_quiet_share(text: str) -> float:
    """Return how wide the quiet zone beside the QR code of `text` is, as a share of the code's own width."""
    return _QR_QUIET / len(_qr(text))


def barcode_svg(text: str) -> str:
    """Return `text` as a Code 128 barcode one unit high, to be stretched; the viewBox includes the quiet zone."""
    modules = _modules(text)
    width = len(modules) + 2 * _BARCODE_QUIET
    bars = (f"M{bar.start() + _BARCODE_QUIET} 0h{len(bar[0])}v1h-{len(bar[0])}z" for bar in _BAR.finditer(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 1" width="{width}" height="1" '
        f'preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    )


def barcode_quiet_share(text: str) -> float:
    """Return how wide the quiet zone beside the barcode of `text` is, as a share of the bars' own width."""
    return _BARCODE_QUIET / len(_modules(text))


@lru_cache(maxsize=16)
def _qr(text: str) -> tuple[str, ...]:
    return _rows(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"))


@lru_cache(maxsize=16)
def _modules(text: str) -> str:
    return _rows(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128))[0]


def _rows(code: zxingcpp.Barcode) -> tuple[str, ...]:
    """Return the modules of a code line by line, a dark one as 1."""
    image = cast(Any, code.to_image(scale=1, add_quiet_zones=False))  # a buffer, of which its types do not know
    with memoryview(image) as pixels:
        width = pixels.nbytes // len(pixels)
        modules = pixels.tobytes().translate(_DARK_IS_ONE).decode()
    return tuple(modules[start : start + width] for start in range(0, len(modules), width))
