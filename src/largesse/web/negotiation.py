"""What the sender of a request reads, and in what it sends: by its headers (RFC 9110 §8.3 and §12.5)."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from largesse.web.errors import NotAcceptable, UnsupportedMediaType
from largesse.web.request import AnyRequest
from largesse.wire.codec import CODECS, STATED_XML, XML, Codec

# Whatever stands below is for programs.
PROGRAMS: Final = "/api/"

_HEADERS_REMEMBERED: Final = 256
_HEADER_LENGTH_MAX: Final = 1000
_BY_MEDIA_TYPE: Final = {media_type: codec for codec in CODECS for media_type in codec.media_types}
_CHARSETS: Final = frozenset(("utf-8", "utf8", "us-ascii"))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The encoding of an answer, and the Content-Type that it is sent under."""

    codec: Codec
    content_type: str


def reads_pages(request: AnyRequest) -> bool:
    """Return whether a request comes from somebody who would read a page: it asks for HTML by name."""
    return _names(request, "accept", "text/html") and not request.scope["path"].startswith(PROGRAMS)


def reads_gzip(request: AnyRequest) -> bool:
    """Return whether an answer may be compressed with gzip: it is asked for by name."""
    return _names(request, "accept-encoding", "gzip")


def preferred_language(accept_language: str, offered: Iterable[str]) -> str | None:
    """Return the offered language that an Accept-Language header likes best, None when it likes none of them."""
    weighed = [(tag.partition("-")[0], weight) for tag, weight in _weighed(accept_language)]
    liked = [(weight, -place, tag) for place, (tag, weight) in enumerate(weighed) if tag in offered and weight > 0]
    return max(liked)[2] if liked else None


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
    return STATED_XML if codec is XML and "charset" in parameters else codec


def format_of(content_type: str | None, *, otherwise: Codec) -> Codec:
    """Return the codec that `content_type` names, whether or not it can be read in that charset."""
    return _BY_MEDIA_TYPE.get(media_type_of(content_type or ""), otherwise)


@lru_cache(_HEADERS_REMEMBERED)
def writer_for(accept: str | None, *, otherwise: Codec) -> Answer:
    """Return the codec to answer with: the best that `accept` names, `otherwise` where it leaves the choice.

    Raises:
        NotAcceptable: everything it names is something else, or has a weight of zero.
    """
    if accept is None or not accept.strip():
        return answer_in(otherwise)
    ranges = _weighed(accept)
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


def media_type_of(content_type: str) -> str:
    """Return the media type of a Content-Type header, without its parameters."""
    return _parts(content_type)[0]


def _names(request: AnyRequest, header: str, wanted: str) -> bool:
    return any(name == wanted and weight > 0 for name, weight in _weighed(request.headers.get(header, "")))


def _weighed(header: str) -> list[tuple[str, float]]:
    return [(name, _weight(parameters)) for name, parameters in map(_parts, header[:_HEADER_LENGTH_MAX].split(","))]


def _weight(parameters: dict[str, str]) -> float:
    try:
        weight = float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0


def _parts(header: str) -> tuple[str, dict[str, str]]:
    name, *rest = header[:_HEADER_LENGTH_MAX].split(";")
    pairs = (part.partition("=") for part in rest)
    return name.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _covers(media_range: str, media_type: str) -> bool:
    kind = media_type.partition("/")[0]
    return media_range in (media_type, f"{kind}/*", "*/*")


def _specificity(media_range: str) -> int:
    return 2 - media_range.count("*")
