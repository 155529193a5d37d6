"""Answers that every interface gives alike."""

from typing import Final
from urllib.parse import quote

from litestar import MediaType, Response
from litestar.datastructures import Cookie

NO_STORE: Final = {"Cache-Control": "no-store"}
# What an address may hold is left as it is; what no header can carry is written with percent signs.
_ADDRESS_SAFE: Final = "%/:?#[]@!$&'()*+,;=~"


def see_other(address: str, *, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """Answer a posted form with another page, so that a reload sends nothing again."""
    headers = {**NO_STORE, "Location": quote(address, safe=_ADDRESS_SAFE), "Referrer-Policy": "no-referrer"}
    return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type=MediaType.TEXT)


def retry_after(seconds: int) -> dict[str, str]:
    """Return the header that tells when to try again."""
    return {"Retry-After": str(seconds)}
