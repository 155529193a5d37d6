"""XML as elements with attributes, for documents of others that `xml` has no use for: read as data only, and bounded.

No document types, no entities but the five, no network, no deep trees; Python's own expat reads, for the reasons that
`xml` gives (docs/decisions/0026-reading-xml.md).
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from largesse.wire.errors import BadEncoding, ForbiddenMarkup, Malformed, TooDeep, TooLarge

DEPTH_MAX: Final = 32
ELEMENTS_MAX: Final = 3_000_000
_NAMESPACE_END: Final = " "
_DECLARED: Final = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_ENCODINGS: Final = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "windows-1252", "cp1252"), "windows-1252"),
    "iso-8859-15": "iso-8859-15",
}


class CutOff(Malformed):
    """An XML text ends in the middle of something."""

    code = "wire.cut_off"
    message = "The file ends in the middle. Fetch it once more, and bring the whole of it."


class Element:
    """One element: its local name, its attributes, what stands in it."""

    __slots__ = ("attributes", "children", "name", "namespace", "text")

    def __init__(self, name: str, namespace: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def all(self, *path: str) -> Iterator["Element"]:
        """Yield what stands under a path of names, in the order of the document."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:])

    def first(self, *path: str) -> "Element | None":
        """Return the first element under a path of names, None where there is none."""
        return next(self.all(*path), None)

    def at(self, *path: str) -> str:
        """Return the text of the first element under a path, without spaces around it; empty where there is none."""
        found = self.first(*path)
        return found.text.strip() if found is not None else ""


def read_elements(body: bytes, *, size_max: int) -> Element:
    """Return the root of an XML text of at most `size_max` bytes.

    Raises:
        TooLarge: it has more bytes, or more elements than any document of ours.
        ForbiddenMarkup: it has a document type declaration.
        CutOff: it ends in the middle.
        WireError: it cannot be read otherwise, and why.
    """
    if len(body) > size_max:
        raise TooLarge(size_max)
    reader = _Reader(size_max)
    parser = expat.ParserCreate("utf-8", _NAMESPACE_END)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.write
    parser.EndElementHandler = reader.end
    text = _text(body)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        if error.code in _ENDS and reader.root is not None:
            raise CutOff from error
        message = f"The XML is not well-formed at line {error.lineno}, column {error.offset + 1}."
        raise Malformed(message) from error
    assert reader.root is not None, "expat refuses a document without an element"
    return reader.root


_ENDS: Final = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


def _text(body: bytes) -> str:
    bare = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    declared = _DECLARED.match(bare)
    name = declared[1].decode().lower() if declared else "utf-8"
    encoding = _ENCODINGS.get(name)
    if encoding is None:
        message = f"The file says that it is written in {name}. Fetch it in UTF-8."
        raise BadEncoding(message)
    try:
        return bare.decode(encoding)
    except UnicodeDecodeError as error:
        cut = encoding == "utf-8" and error.end >= len(bare) and error.reason == "unexpected end of data"
        raise (CutOff if cut else BadEncoding) from error


class _Reader:
    """Gather elements as they begin and end."""

    def __init__(self, size_max: int) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        # What stands in each that is open, in pieces: joined once, for a text that grows piece by piece is copied whole
        # for each of them.
        self._texts: list[list[str]] = []
        self._left = ELEMENTS_MAX
        self._size_max = size_max

    def doctype(self, *_: object) -> None:
        raise ForbiddenMarkup

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooLarge(self._size_max)
        if len(self._open) >= DEPTH_MAX:
            raise TooDeep
        namespace, _, local = name.rpartition(_NAMESPACE_END)
        element = Element(local, namespace, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def write(self, text: str) -> None:
        self._texts[-1].append(text)

    def end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())
