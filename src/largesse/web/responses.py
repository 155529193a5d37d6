"""Answers that every interface gives alike."""

import re
from typing import Final
from urllib.parse import quote

from litestar import MediaType, Response
from litestar.datastructures import Cookie

NO_STORE: Final = {"Cache-Control": "no-store"}
# What an address may hold is left as it is; what no header can carry is written with percent signs.
_ADDRESS_SAFE: Final = "%/:?#[]@!$&'()*+,;=~"
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]")


def see_other(address: str, *, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """Answer a posted form with another page, so that a reload sends nothing again."""
    headers = {**NO_STORE, "Location": quote(address, safe=_ADDRESS_SAFE), "Referrer-Policy": "no-referrer"}
    return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type=MediaType.TEXT)


def attachment(file_name: str) -> str:
    """Return the value of Content-Disposition that saves an answer under a name, whatever stands in it.

    RFC 6266 and RFC 8187: the name itself with percent signs, and what a quoted text may hold of it for old programs.
    """
    plain = _NOT_PLAIN.sub("_", file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


def retry_after(seconds: int) -> dict[str, str]:
    """Return the header that tells when to try again."""
    return {"Retry-After": str(seconds)}
