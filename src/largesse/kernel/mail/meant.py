"""What address was probably meant where a domain is written almost like one that everybody knows."""

from functools import lru_cache
from typing import Final

from largesse.kernel.mail.addresses import ADDRESS_LENGTH_MAX

_ENDINGS: Final = ("com", "de", "fr", "es", "it", "nl", "be", "at", "ch", "ca", "uk", "co.uk")
# Where most people have their mail, and what is so near to those that it must not be taken for a slip.
_OF_PEOPLE: Final = frozenset(
    {
        *(
            "gmail.com",
            "googlemail.com",
            "icloud.com",
            "me.com",
            "mac.com",
            "aol.com",
            "aol.de",
            "mail.com",
            "email.com",
        ),
        *("ymail.com", "rocketmail.com", "msn.com", "proton.me", "protonmail.com", "pm.me", "fastmail.com", "hey.com"),
        *("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.fr", "web.de", "t-online.de", "freenet.de"),
        *("orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net", "bbox.fr", "neuf.fr", "comcast.net"),
        *("verizon.net", "att.net", "sbcglobal.net", "cox.net", "charter.net", "bellsouth.net", "btinternet.com"),
        *("telefonica.net", "terra.es", "bluewin.ch", "libero.it", "zoho.com", "mail.de", "posteo.de", "mailbox.org"),
        *(f"{name}.{ending}" for name in ("hotmail", "outlook", "live", "yahoo") for ending in _ENDINGS),
        *("yahoo.com.mx", "yahoo.com.br", "hotmail.com.mx", "outlook.com.br"),
    }
)
# Where the same houses have mail in countries whose languages the shop does not speak: meant, but never suggested.
_ELSEWHERE: Final = frozenset(
    {
        *(f"{name}.{ending}" for name in ("hotmail", "outlook", "yahoo") for ending in ("cz", "dk", "fi", "gr", "ie")),
        *(f"{name}.{ending}" for name in ("hotmail", "outlook", "yahoo") for ending in ("in", "no", "pl", "pt", "se")),
        *(
            "hotmail.cl",
            "hotmail.lt",
            "hotmail.rs",
            "hotmail.sk",
            "outlook.cl",
            "outlook.kr",
            "outlook.sa",
            "outlook.sk",
        ),
        *("outlook.com.ar", "outlook.com.tr", "yahoo.bg", "yahoo.cl", "yahoo.com.ar", "yahoo.com.my", "yahoo.com.tr"),
    }
)
_MEANT: Final = _OF_PEOPLE | _ELSEWHERE
_NAME_LENGTH_MIN: Final = 5  # of a name before its ending; among shorter ones too many are a letter apart
_SLIPS: Final = {  # endings that nothing has
    **dict.fromkeys(("c", "con", "cmo", "ocm", "vom", "xom", "cim", "comm", "coom"), "com"),
    **dict.fromkeys(("n", "ney", "nett"), "net"),
    **dict.fromkeys(("o", "ogr"), "org"),
    "d": "de",
    "f": "fr",
}


@lru_cache(2048)
def meant_address(text: str) -> str | None:
    """Return the address that was probably meant, None where `text` seems to be meant as it is. Only a suggestion."""
    local, at, domain = text.strip().rpartition("@")
    domain = domain.lower()
    if not at or not local or "@" in local or len(text) > ADDRESS_LENGTH_MAX or domain in _MEANT:
        return None
    meant = _known_near(domain) or _ending_mended(domain)
    return f"{local}@{meant}" if meant is not None else None


def _known_near(domain: str) -> str | None:
    """Return the known domain that is one slip away: a letter too many, missing, wrong, or two of them turned round."""
    near = [known for known in sorted(_OF_PEOPLE) if _takes_slips(known) and _one_slip(known, domain)]
    return min(near, key=lambda known: (known != "gmail.com", not known.endswith(".com"), known)) if near else None


def _takes_slips(known: str) -> bool:
    return len(known.partition(".")[0]) >= _NAME_LENGTH_MIN


def _one_slip(known: str, typed: str) -> bool:
    if known == typed or abs(len(known) - len(typed)) > 1:
        return False
    start = 0
    while start < min(len(known), len(typed)) and known[start] == typed[start]:
        start += 1
    rest, other = known[start:], typed[start:]
    turned = rest[:2] == other[1::-1] and rest[2:] == other[2:] and len(rest) >= 2
    return turned or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def _ending_mended(domain: str) -> str | None:
    """Return the domain with an ending that exists, where it has one that is only ever a slip."""
    name, dot, ending = domain.rpartition(".")
    mended = _SLIPS.get(ending)
    if not dot or not name or mended is None:
        return None
    whole = f"{name}.{mended}"
    return _known_near(whole) or whole
