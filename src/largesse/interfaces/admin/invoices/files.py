"""Files that the pages of invoices hand out."""

from urllib.parse import quote

from litestar import Response


def attached(content: bytes, name: str, media_type: str) -> Response[bytes]:
    """Return a file to be kept by whoever asked for it, and by nobody between."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
