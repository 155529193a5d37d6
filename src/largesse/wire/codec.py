"""Which encoding reads a request and which one writes its answer (RFC 9110 §8.3 and §12.5.1)."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Protocol

import msgspec

from largesse.kernel.errors import InvalidInput
from largesse.wire.json import read_json, write_json
from largesse.wire.plain import Plain
from largesse.wire.xml import read_xml, write_xml

_HEADERS_REMEMBERED = 256
_LONGEST_HEADER = 1000


class Reader(Protocol):
    """Read bytes of at most `size_max` into a plain value."""

    def __call__(self, body: bytes, *, size_max: int, names: set[str] | None = None) -> Plain:
        """Return the value, or raise a `WireError`; add every name in the body to `names`."""
        ...


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """An encoding, the media types it goes by (the first is its own), and its two directions."""

    name: str
    media_types: tuple[str, ...]
    read: Reader
    write: Callable[[Plain], bytes]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Pair the encoding of an answer with the Content-Type that it is sent under."""

    codec: Codec
    content_type: str


class UnsupportedMediaType(InvalidInput):
    """Nothing here reads the Content-Type of a request."""

    code = "media_type.unsupported"
    message = "Send the body as application/xml or application/json, in UTF-8, and say which one in Content-Type."


class NotAcceptable(InvalidInput):
    """Nothing here writes what the Accept header asks for."""

    code = "media_type.not_acceptable"
    message = (
        "The answer can be application/xml or application/json. Ask for one of them in Accept, or leave the header out."
    )


XML = Codec(name="xml", media_types=("application/xml", "text/xml"), read=read_xml, write=write_xml)
JSON = Codec(name="json", media_types=("application/json",), read=read_json, write=write_json)
CODECS = (XML, JSON)

# What Content-Type states goes before what the XML declares (RFC 7303 §3): .NET's writers declare the UTF-16 of their
# strings in bodies that they send as UTF-8.
_STATED_XML = msgspec.structs.replace(XML, read=partial(read_xml, charset_stated=True))

_BY_MEDIA_TYPE = {media_type: codec for codec in CODECS for media_type in codec.media_types}
_CHARSETS = frozenset(("utf-8", "utf8", "us-ascii"))


@lru_cache(_HEADERS_REMEMBERED)
def reader_for(content_type: str | None) -> Codec:
    """Return the codec that reads a body of `content_type`.

    Raises:
        UnsupportedMediaType: there is none, the header is missing, or its charset is not UTF-8.
    """
    media_type, parameters = _parts(content_type or "")
    codec = _BY_MEDIA_TYPE.get(media_type)
    if codec is None or parameters.get("charset", "utf-8").lower() not in _CHARSETS:
        raise UnsupportedMediaType
    return _STATED_XML if codec is XML and "charset" in parameters else codec


def format_of(content_type: str | None, *, otherwise: Codec) -> Codec:
    """Return the codec that `content_type` names, whether or not it can be read in that charset."""
    return _BY_MEDIA_TYPE.get(_parts(content_type or "")[0], otherwise)


@lru_cache(_HEADERS_REMEMBERED)
def writer_for(accept: str | None, *, otherwise: Codec) -> Answer:
    """Return the codec to answer with: the best that `accept` names, `otherwise` where it leaves the choice.

    Raises:
        NotAcceptable: everything it names is something else, or has a weight of zero.
    """
    if accept is None or not accept.strip():
        return answer_in(otherwise)
    ranges = [_weighed(part) for part in accept[:_LONGEST_HEADER].split(",")]
    # The most specific range that covers a media type gives its weight (RFC 9110 §12.5.1).
    offers = [(media_type, codec) for codec in (otherwise, *CODECS) for media_type in codec.media_types]
    best: tuple[float, int, Answer] | None = None
    for media_type, codec in offers:
        covering = [
            (_specificity(r), weight, -place) for place, (r, weight) in enumerate(ranges) if _covers(r, media_type)
        ]
        if not covering:
            continue
        _, weight, place = max(covering)
        if weight > 0 and (best is None or (weight, place) > best[:2]):
            best = weight, place, answer_in(codec, media_type)
    if best is None:
        raise NotAcceptable
    return best[2]


def answer_in(codec: Codec, media_type: str | None = None) -> Answer:
    """Return `codec` with the Content-Type for `media_type`, by default its own."""
    return Answer(codec=codec, content_type=f"{media_type or codec.media_types[0]}; charset=utf-8")


def _parts(header: str) -> tuple[str, dict[str, str]]:
    media_type, *rest = header[:_LONGEST_HEADER].split(";")
    pairs = (part.partition("=") for part in rest)
    return media_type.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _weighed(part: str) -> tuple[str, float]:
    media_range, parameters = _parts(part)
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        weight = 0.0
    return media_range, weight if 0 <= weight <= 1 else 0.0


def _covers(media_range: str, media_type: str) -> bool:
    kind = media_type.partition("/")[0]
    return media_range in (media_type, f"{kind}/*", "*/*")


def _specificity(media_range: str) -> int:
    return 2 - media_range.count("*")
