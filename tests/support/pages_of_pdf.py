"""Look at a PDF as a person or a scanner would: rendered by a program other than the one that wrote it.

typst writes PDFs with krilla; it reads them, as pictures, with hayro. The two share nothing but the format.
"""

import io
import tempfile
from pathlib import Path

import typst
from PIL import Image
from pypdf import PdfReader


def stream_of(pdf: bytes) -> io.BytesIO:
    """Return a PDF as a file to be read."""
    return io.BytesIO(pdf)


def picture_of(pdf: bytes, *, dots_per_inch: float = 300) -> Image.Image:
    """Return the first page as a grey picture, as sharp as an office printer unless said otherwise.

    At 200 dots a module of the narrowest barcode is two dots wide, and where the dots fall decides whether it is read.
    """
    box = PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.pdf").write_bytes(pdf)
        source = Path(folder) / "show.typ"
        source.write_text(
            f'#set page(width:{box.width}pt,height:{box.height}pt,margin:0pt)\n#image("page.pdf",width:100%)'
        )
        shown = typst.compile(str(source), format="png", ppi=dots_per_inch)
    assert isinstance(shown, bytes)
    return Image.open(io.BytesIO(shown)).convert("L")
