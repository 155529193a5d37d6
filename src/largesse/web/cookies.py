"""The cookies of a request, read in time that grows with their length alone.

The standard library's reader takes the square of it over backslashes in quotes (in Python before 3.11.10 and 3.12.6).
We set no cookie that would need quotes, so none is taken out of them.
"""

from typing import Final

from largesse.web.request import AnyRequest

_LENGTH_MAX: Final = 8_192


def cookie_of(request: AnyRequest, name: str) -> str | None:
    """Return the value of a cookie as it stands in the header, of several the first; None where there is none."""
    for line in request.headers.getall("cookie", []):
        for pair in line[:_LENGTH_MAX].split(";"):
            key, sign, value = pair.partition("=")
            if sign and key.strip() == name:
                return value.strip()
    return None
