"""Take secrets out of whatever is about to be logged: the last line of defence, not the first.

Code that logs does not log secrets; this is for the paths, queries and messages of others that carry one all the
same. Three things are masked: the values of parameters that are known to be secret, anything shaped like a secret of
ours (a token, a signing secret), and whatever reads as a certificate number (ARCHITECTURE §4). A UUID stays: ids are
public, and a partner's key, which is one too, only ever comes after its parameter.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from largesse.kernel.numbers import ALPHABET, BODY_LENGTH, InvalidNumber, read_bare_number
from largesse.kernel.tokens import SIGNATURE_BYTES

MASK = "***"
SECRET_NAMES = frozenset(
    {
        "access_token", "api_key", "api_token", "apikey", "authorization", "certificate_number", "code", "cookie",
        "giftcertificatenumber", "idempotency_key", "key", "number_text", "password", "secret", "set-cookie",
        "signature", "token", "webhook-signature",
    }
)  # fmt: skip
# A log field named `code` is an error's stable code; only parameters call a certificate number that.
SECRET_FIELDS = SECRET_NAMES - {"code", "key"}

_SYMBOLS_MIN = BODY_LENGTH + 1
_SYMBOLS_MAX = BODY_LENGTH + 6  # a sandbox's prefix is the longest
# What is longer is cut after it was masked, and with a margin: half a secret has no shape to be known by.
_LONGEST = 1_000
_MARGIN = 128
_CUT = " …"
_BETWEEN = r"[ \-\u00a0\u2009\u2011\u2013]*"
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"(?P<name>(?<![0-9A-Za-z])(?:" + "|".join(map(re.escape, sorted(SECRET_NAMES))) + r"))"
    r"(?P<sign>[\"']?\s*[=:]\s*[\"']?|%3[dD]|[\"']?>)"
    r"(?P<value>(?:(?:Bearer|Basic)\s+)?[^\s&\"'<>,;)}\]]+)",
    re.IGNORECASE,
)
_URL_SAFE = "0-9A-Za-z_-"
_SIGNATURE = (SIGNATURE_BYTES * 4 + 2) // 3  # symbols of base64 without padding
_SHAPED = re.compile(
    r"whsec_[0-9A-Za-z+/=_-]+"
    r"|(?<![0-9A-Za-z])(?:[rs]k|lg)_(?:live|test)_[0-9A-Za-z]+"
    r"|(?<![0-9A-Za-z])[0-9a-z]{40}(?![0-9A-Za-z])"
    # a signed token, and one that was cut: nothing else is so long without a pause
    rf"|(?<![{_URL_SAFE}])[{_URL_SAFE}]{{4,}}\.(?=[0-9a-z_-]*[A-Z])[{_URL_SAFE}]{{{_SIGNATURE}}}(?![{_URL_SAFE}])"
    rf"|(?<![{_URL_SAFE}])[{_URL_SAFE}]{{100,}}(?:\.[{_URL_SAFE}]*)?"
    r"|(?P<scheme>(?<![a-z])[a-z]+://[^\s/:@]*:)[^\s/@]+(?=@)"
)
_RUN = re.compile(rf"(?<![0-9A-Za-z])[0-9A-Za-z](?:{_BETWEEN}[0-9A-Za-z]){{{_SYMBOLS_MIN - 1},}}(?![0-9A-Za-z])")
_WORD = re.compile(r"[0-9A-Za-z]+")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_NUMBER_SHAPED = re.compile(f"[0-9A-Z]{{1,6}}[{ALPHABET}OIL]{{{BODY_LENGTH}}}")
_DASHES = str.maketrans(dict.fromkeys(" -\u00a0\u2009\u2011\u2013"))


def mask_text(text: str) -> str:
    """Return `text` with everything in it that is or looks like a secret masked."""
    if _ESCAPED.search(text):
        text = unquote_plus(text.replace("+", "%2B"))
    text = _ASSIGNED.sub(rf"\g<name>\g<sign>{MASK}", text)
    text = _SHAPED.sub(lambda match: (match["scheme"] or "") + MASK, text)
    if _RUN.search(text) is None:
        return text
    parts, at = list[str](), 0
    for match in _UUID.finditer(text):
        parts += [_mask_numbers(text[at : match.start()]), match.group()]
        at = match.end()
    return "".join([*parts, _mask_numbers(text[at:])])


def mask_path(path: str) -> str:
    """Return a decoded URL path without its secrets; a mistyped number is close to the right one and goes too."""
    if len(path) < _SYMBOLS_MIN:
        return path
    if len(path) > _LONGEST:
        return mask_path(path[:_LONGEST])[:-_MARGIN] + _CUT
    segments = path.split("/")
    masked = [_mask_segment(part) if len(part) >= _SYMBOLS_MIN else part for part in segments]
    return path if masked == segments else "/".join(masked)


def mask_query(query: str) -> str:
    """Return a raw query string without its secrets: parameters are masked by name, or by what they look like."""
    if len(query) > _LONGEST:
        return mask_query(query[:_LONGEST])[:-_MARGIN] + _CUT
    return "&".join(_mask_pair(pair) for pair in query.split("&")) if query else query


def _mask_pair(pair: str) -> str:
    name, sign, value = pair.partition("=")
    if "%" in name or "+" in name:
        name = mask_text(unquote_plus(name))
    if name.strip().lower() in SECRET_NAMES:
        return f"{name}={MASK}"
    if len(value) >= _SYMBOLS_MIN:
        decoded = unquote_plus(value)
        if (masked := mask_text(decoded)) != decoded:
            value = masked
    return f"{mask_text(name) if len(name) >= _SYMBOLS_MIN else name}{sign}{value}"


def _mask_segment(segment: str) -> str:
    if _NUMBER_SHAPED.fullmatch(segment.upper().translate(_DASHES)):
        return MASK
    return mask_text(segment)


def _mask_numbers(text: str) -> str:
    return _RUN.sub(lambda run: _mask_run(run.group()), text)


def _mask_run(run: str) -> str:
    words = list(_WORD.finditer(run))
    parts, at, first = list[str](), 0, 0
    while first < len(words):
        last = next(_numbers_from(run, words, first), None)
        if last is None:
            first += 1
            continue
        parts += [run[at : words[first].start()], MASK]
        at, first = words[last].end(), last + 1
    return "".join([*parts, run[at:]])


def _numbers_from(run: str, words: list[re.Match[str]], first: int) -> Iterator[int]:
    """Yield each `last` such that the words from `first` to `last` read as a number."""
    count = 0
    for last in range(first, len(words)):
        count += len(words[last].group())
        if count > _SYMBOLS_MAX:
            return
        if (
            count >= _SYMBOLS_MIN
            and not _is_prose(words[first : last + 1])
            and _reads(run[words[first].start() : words[last].end()])
        ):
            yield last


def _is_prose(words: list[re.Match[str]]) -> bool:
    """Return whether a text is words, not a number: letters alone, not in fours.

    Every 32nd piece of a sentence would pass the check symbol.
    """
    return (
        len(words) > 1
        and all(word.group().isalpha() for word in words)
        and any(len(word.group()) != 4 for word in words[1:])
    )


def _reads(text: str) -> bool:
    try:
        read_bare_number(text.translate(_DASHES))
    except InvalidNumber:
        return False
    return True
