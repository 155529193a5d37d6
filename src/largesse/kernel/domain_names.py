"""Domain names as the network writes them: UTS 46 without transitional processing, as browsers and registries do.

The `idna` codec of Python's standard library is that of 2003, which maps `straße` to `strasse`: somebody else's domain.
"""

from typing import Final
from urllib.parse import urlsplit, urlunsplit

import idna

NAME_LENGTH_MAX: Final = 253
_TYPED_MAX: Final = 1000  # in letters of any script, before they are mapped


class NotADomain(ValueError):
    """A name that cannot be written in ASCII."""


def to_ascii(name: str) -> str:
    """Return a domain in lower-case ASCII, `straße.example` as `xn--strae-oqa.example`. Labels in ASCII stay.

    Raises:
        NotADomain: a label holds what no domain may hold, or the name is too long.
    """
    if name.isascii():
        return name.lower()
    if len(name) > _TYPED_MAX:
        raise NotADomain
    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        return ".".join(label if label.isascii() else idna.alabel(label).decode() for label in mapped.split("."))
    except idna.IDNAError as error:
        raise NotADomain from error


def host_to_ascii(url: str) -> str:
    """Return a URL whose hosts, one or several with commas between them, are in ASCII; the rest stays as it is.

    Raises:
        NotADomain: a host cannot be written in ASCII.
        ValueError: it is no URL.
    """
    parts = urlsplit(url)
    if parts.netloc.isascii():
        return url
    user, at, hosts = parts.netloc.rpartition("@")
    written = ",".join(_with_port(host) for host in hosts.split(","))
    return urlunsplit(parts._replace(netloc=f"{user}{at}{written}"))


def _with_port(host: str) -> str:
    name, colon, port = host.partition(":")
    return f"{to_ascii(name)}{colon}{port}"
