"""What the sender of a request can read: pages or problems, compressed or not (RFC 9110 §12.5).

Which of its encodings the partner API answers in is decided by `largesse.wire.codec`.
"""

from typing import Final

from largesse.web.request import AnyRequest

# Whatever stands below is for programs.
PROGRAMS: Final = "/api/"


def reads_pages(request: AnyRequest) -> bool:
    """Return whether a request comes from somebody who would read a page: it asks for HTML by name."""
    wanted = {part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")}
    return "text/html" in wanted and not request.scope["path"].startswith(PROGRAMS)


def reads_gzip(request: AnyRequest) -> bool:
    """Return whether an answer may be compressed with gzip: it is named, and not with a weight of zero."""
    for part in request.headers.get("accept-encoding", "").split(","):
        coding, _, parameters = part.partition(";")
        if coding.strip().lower() == "gzip":
            return parameters.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
