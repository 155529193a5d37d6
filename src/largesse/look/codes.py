"""The two codes on a certificate, drawn as SVG with the quiet zones that readers need.

QR after ISO/IEC 18004 (four modules of quiet zone), error correction M: a fold or a coffee stain is survived. Code 128
after ISO/IEC 15417 (ten modules), because every scanner at a till reads it. Both are one path, so they stay sharp at
any size.
"""

import io
import re
from functools import lru_cache
from typing import Final, cast

import segno
from barcode.codex import Code128

_QR_QUIET: Final = 4
_BARCODE_QUIET: Final = 10
_BAR: Final = re.compile("1+")


def qr_svg(text: str) -> str:
    """Return `text` as a QR code, dark on nothing; the viewBox counts modules and includes the quiet zone."""
    written = io.BytesIO()
    _qr(text).save(written, kind="svg", border=_QR_QUIET, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return written.getvalue().decode()


def qr_quiet_share(text: str) -> float:
    """Return how wide the quiet zone beside the QR code of `text` is, as a share of the code's own width."""
    return _QR_QUIET / _qr(text).symbol_size(border=0)[0]


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
def _qr(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m", boost_error=False)


@lru_cache(maxsize=16)
def _modules(text: str) -> str:
    return cast(str, Code128(text).build()[0])
