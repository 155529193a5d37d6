"""An origin: the scheme, host and port by which browsers tell web sites apart (RFC 6454). Pure."""

import re
from typing import Final
from urllib.parse import urlsplit

from largesse.domain.embeds.errors import InvalidEmbedOrigin
from largesse.kernel.errors import FieldError

ORIGINS_MAX: Final = 20
"""They stand in one header."""
_TYPED_MAX: Final = 1_000
_HOST: Final = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_USUAL_PORTS: Final = {"https": 443, "http": 80}


def read_origin(text: str, *, loopback: bool = False) -> str:
    """Return the origin of a web site as browsers write it: `https://www.example.com`, with a port where it is unusual.

    `loopback` is whether pages of this machine may do, by http as well, as in a demonstration.

    Raises:
        InvalidEmbedOrigin: it is none, or says more than an origin does.
    """
    found = _read(text.strip(), loopback=loopback) if len(text) <= _TYPED_MAX else None
    if found is None:
        advice = "Write https:// and the host alone, such as https://www.example.com: no path, no user, no star."
        raise InvalidEmbedOrigin(fields=[FieldError("origin", "embed_origin.invalid", advice)])
    return found


def _read(text: str, *, loopback: bool) -> str | None:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.lower()
    if parts.port is not None:
        host = host.removesuffix(f":{host.rpartition(':')[2]}")
    is_plain = parts.path in {"", "/"} and not any(sign in text for sign in "?#@\\%* \t\r\n")
    if not is_plain or not text.isascii() or host.endswith(":") or port == 0:
        return None
    is_here = loopback and host in _LOOPBACK
    if not (is_here and parts.scheme in _USUAL_PORTS) and not (parts.scheme == "https" and _is_public(host)):
        return None
    return f"{parts.scheme}://{host}" + ("" if port in {None, _USUAL_PORTS[parts.scheme]} else f":{port}")


def _is_public(host: str) -> bool:
    """Return whether a host is a name that others can reach: with a dot in it, and no address."""
    return bool(_HOST.fullmatch(host)) and not host.endswith(".localhost")
