"""A table that only a password opens: a ZIP with AES-256 (WinZip's AE-2), which 7-Zip, WinZip and macOS tools read."""

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence

import pyzipper

from largesse.kernel.formulas import guard


async def encrypted(rows: Iterable[Sequence[str]], *, name: str, password: str) -> bytes:
    """Return a ZIP with a table as CSV under a name, encrypted with a password; all of it is done in a thread."""
    return await asyncio.to_thread(_zip, rows, name, password)


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV, in which no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
    return text.getvalue().encode()


def _zip(rows: Iterable[Sequence[str]], name: str, password: str) -> bytes:
    content, file = csv_of(rows), io.BytesIO()
    with pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(name, content)
    return file.getvalue()
