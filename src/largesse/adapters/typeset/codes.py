"""The two codes on a certificate, drawn as SVG with the quiet zones that readers need.

QR after ISO/IEC 18004 (four modules of quiet zone), error correction M: a fold or a coffee stain is survived. Code 128 after ISO/IEC 15417
(ten modules), because every scanner at a till reads it. Both are one path, so they stay sharp at any size.
"""

import io

import segno
from barcode.codex import Code128

_QR_QUIET_MODULES = 4
_BARCODE_QUIET_MODULES = 10


def qr_svg(text: str) -> str:
    """Return `text` as a QR code, dark on nothing; the viewBox counts modules and includes the quiet zone."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    written = io.BytesIO()
    code.save(written, kind="svg", border=_QR_QUIET_MODULES, xmldecl=False, svgclass=None, lineclass=None, omitsize=True)
    return written.getvalue().decode()


def barcode_svg(text: str) -> str:
    """Return `text` as a Code 128 barcode one unit high, to be stretched; the viewBox counts modules and includes the quiet zone."""
    modules = Code128(text).build()[0]
    width = len(modules) + 2 * _BARCODE_QUIET_MODULES
    bars = []
    place = 0
    while place < len(modules):
        end = place
        while end < len(modules) and modules[end] == modules[place]:
            end += 1
        if modules[place] == "1":
            bars.append(f"M{place + _BARCODE_QUIET_MODULES} 0h{end - place}v1h-{end - place}z")
        place = end
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 1" width="{width}" height="1" '
        f'preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    )


def barcode_modules(text: str) -> int:
    """Return how many modules wide the barcode of `text` is, quiet zones included."""
    return len(Code128(text).build()[0]) + 2 * _BARCODE_QUIET_MODULES
