"""The encodings of messages, each with its media types and its two directions."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from largesse.wire.json import read_json, write_json
from largesse.wire.plain import Plain
from largesse.wire.xml import read_xml, write_xml


class Reader(Protocol):
    """Read bytes of at most `size_max` into a plain value."""

    def __call__(self, body: bytes, *, size_max: int, names: set[str] | None = None) -> Plain:
        """Return the value, or raise a `WireError`; add every name in the body to `names`."""


class Codec(msgspec.Struct, frozen=True, kw_only=True):
    """An encoding, the media types it goes by (the first is its own), and its two directions."""

    name: str
    media_types: tuple[str, ...]
    read: Reader
    write: Callable[[Plain], bytes]


XML = Codec(name="xml", media_types=("application/xml", "text/xml"), read=read_xml, write=write_xml)
JSON = Codec(name="json", media_types=("application/json",), read=read_json, write=write_json)
CODECS = (XML, JSON)

# What Content-Type states goes before what the XML declares (RFC 7303 §3): .NET's writers declare the UTF-16 of their
# strings in bodies that they send as UTF-8.
STATED_XML = msgspec.structs.replace(XML, read=partial(read_xml, charset_stated=True))
