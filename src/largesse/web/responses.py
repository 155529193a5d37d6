"""Answers that every interface gives alike."""

from typing import Final

from litestar import MediaType, Response
from litestar.datastructures import Cookie

NO_STORE: Final = {"Cache-Control": "no-store"}


def see_other(address: str, *, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """Answer a posted form with another page, so that a reload sends nothing again."""
    headers = {**NO_STORE, "Location": address, "Referrer-Policy": "no-referrer"}
    return Response(b"", status_code=303, headers=headers, cookies=cookies, media_type=MediaType.TEXT)


def retry_after(seconds: int) -> dict[str, str]:
    """Return the header that tells when to try again."""
    return {"Retry-After": str(seconds)}
