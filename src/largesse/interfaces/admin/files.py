"""Files that the pages of staff hand out."""

from litestar import Response

from largesse.web.responses import attachment


def attached(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """Return a file to be kept by whoever asked for it, and by nobody between."""
    headers = {
        "Content-Disposition": attachment(name),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
