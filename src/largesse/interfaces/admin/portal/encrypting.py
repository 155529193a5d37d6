"""A file that only a password opens: a ZIP with AES-256 (WinZip's AE-2), which 7-Zip, WinZip and macOS tools read."""

import asyncio
import io

import pyzipper


async def encrypted(content: bytes, *, name: str, password: str) -> bytes:
    """Return a ZIP with `content` under a name, encrypted with a password."""
    return await asyncio.to_thread(_zip, content, name, password)


def _zip(content: bytes, name: str, password: str) -> bytes:
    file = io.BytesIO()
    with pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        archive.writestr(name, content)
    return file.getvalue()
