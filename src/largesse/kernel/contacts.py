"""Whether a text that a stranger typed tells where to reach somebody: web site, e-mail address, telephone. Pure.

Programs that show mails make links of such texts by themselves, so that whoever types into a mail of ours could lead
its reader anywhere. Refused is more than is an address: whoever writes "Thanks.Ada" is asked for a space.
"""

import re
from typing import Final

from largesse.kernel.normal_form import nfkc

_NAMED: Final = re.compile(
    r"""
      ://                                     # https://
    | \bwww\.                                 # www.
    | \S@\S                                   # ada@example.com
    | [^\W_][.][^\W\d_]{2,}                   # example.com, bücher.de
    | [^\W_][.]xn--                           # example.xn--p1ai
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61\u2024", "."))  # read as dots in domains (RFC 3490, 3.1)
_NUMBER: Final = re.compile(r"(?P<abroad>[+]|\b00)?\d(?:[ \t.,/()\u00a0\u202f\u2010-\u2015-]{0,3}\d){5,}")
_DIGITS: Final = 9
_DIGITS_ABROAD: Final = 7


def names_contact(text: str) -> bool:
    """Whether a text holds what reads as a web site, an e-mail address or a telephone number.

    A day such as 24.12.2026 is none.
    """
    plain = nfkc(text.translate(_DOTS))
    if _NAMED.search(plain):
        return True
    for found in _NUMBER.finditer(plain):
        digits = sum(symbol.isdigit() for symbol in found[0])
        if digits >= (_DIGITS_ABROAD if found["abroad"] else _DIGITS):
            return True
    return False
