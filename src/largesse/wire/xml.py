"""XML, read as data only: no document types, no entities, no network, no deep trees.

The root's name is the outermost key, a leaf is its text, and names are read without their namespace. Attributes,
comments and instructions say nothing to us. An element called `errors` whose children are all called `error` is a list,
and lists are written that way.

Python's own expat reads: libxml2 keeps every name it has ever met for as long as the process lives, so strangers could
fill the memory with names (docs/decisions/0026-reading-xml.md).
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from xml.parsers import expat
from xml.sax.saxutils import escape

from largesse.wire.errors import BadEncoding, ForbiddenMarkup, Malformed, Repeated, TooDeep, TooLarge, UnsupportedText
from largesse.wire.plain import DEPTH_MAX, Plain, supported

# As the source's own answers begin.
DECLARATION = b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'

_DECLARED_ENCODING = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._\-]*)[\"']")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Most texts of ours: written as they are, and carried by every encoding.
_UNESCAPED = re.compile(r"[ !-%'-;=?-~]*")
_NAMES_REMEMBERED = 256
_CARRIAGE_RETURN = {"\r": "&#13;"}
_UTF_8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_NAMESPACE_END = " "


def read_xml(body: bytes, *, size_max: int, charset_stated: bool = False, names: set[str] | None = None) -> Plain:
    """Return the value that an XML text of at most `size_max` bytes stands for: `{root: {name: text}}`.

    The names of all elements and attributes are added to `names`. Where Content-Type has stated the charset, or a byte
    order mark shows it, what the XML declares is passed over (RFC 7303 §3).

    Raises:
        WireError: one subclass for each thing that can be wrong with it.
    """
    if len(body) > size_max:
        raise TooLarge(size_max)
    text = _text(body, charset_stated=charset_stated)
    tree = _Tree(set() if names is None else names, is_referring="&" in text)
    try:
        tree.parser().Parse(_bytes(text, body), True)
    except expat.ExpatError as error:
        message = (
            f"The XML is not well-formed at line {error.lineno}, column {error.offset + 1}. "
            "Check it with a validator and send it again."
        )
        raise Malformed(message) from error
    return tree.root


def write_xml(value: Plain) -> bytes:
    """Return `value`, a dict of one key, as XML with that key as its root.

    Written by hand: there are no attributes and no namespaces, and building a tree first takes six times as long.

    Raises:
        UnsupportedText: a text holds characters that XML cannot carry.
        ValueError: the value has no single root, or a key cannot be an element's name.
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        message = "an XML text needs exactly one root"
        raise ValueError(message)
    parts: list[str] = []
    [(name, content)] = value.items()
    _write(parts, name, content)
    return DECLARATION + "".join(parts).encode()


def _text(body: bytes, *, charset_stated: bool) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadEncoding from error
    if not charset_stated and not body.startswith(codecs.BOM_UTF8):
        declared = _DECLARED_ENCODING.match(text.lstrip())
        if declared and declared[1].lower() not in _UTF_8:
            raise BadEncoding
    if "<!DOCTYPE" in text:
        raise ForbiddenMarkup
    return supported(text)


def _bytes(text: str, body: bytes) -> bytes:
    """Return what is parsed: the body, without what may stand before the declaration."""
    # Line breaks before the declaration are not well-formed, but shells and templates put them there.
    return body if body.startswith(b"<") else text.lstrip(" \t\r\n").encode()


class _Tree:
    """Elements, gathered as they end: `root` holds all of them once the whole text was parsed.

    `is_referring` says that the text has references, by which characters come that were not seen in it.
    """

    __slots__ = ("_children", "_is_referring", "_leaf", "_names")

    def __init__(self, names: set[str], *, is_referring: bool) -> None:
        self._names = names
        self._is_referring = is_referring
        # What is held so far by each element that is open, from the document inwards.
        self._children: list[list[tuple[str, Plain]]] = [[]]
        # What was read since the last element began: all of its text, where it has no elements of its own.
        self._leaf: list[str] = []

    @property
    def root(self) -> dict[str, Plain]:
        """Return the root's value under its name."""
        return dict(self._children[0])

    def parser(self) -> expat.XMLParserType:
        """Return a parser that fills this tree."""
        parser = expat.ParserCreate("utf-8", _NAMESPACE_END)
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._text
        parser.EndElementHandler = self._end
        return parser

    def _doctype(self, *_: object) -> None:
        raise ForbiddenMarkup

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(self._children) > DEPTH_MAX + 1:
            raise TooDeep
        self._names.add(_local(name))
        if attributes:
            self._names.update(map(_local, attributes[::2]))
        self._children.append([])
        self._leaf = []

    def _text(self, text: str) -> None:
        self._leaf.append(text)

    def _end(self, name: str) -> None:
        local = _local(name)
        children = self._children.pop()
        self._children[-1].append((local, _value(local, children) if children else self._text_of_leaf()))

    def _text_of_leaf(self) -> str:
        text = "".join(self._leaf)
        return supported(text) if self._is_referring else text


def _local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(_NAMESPACE_END)[2] if _NAMESPACE_END in name else name


def _value(name: str, children: list[tuple[str, Plain]]) -> Plain:
    found = dict(children)
    if len(found) == 1 and _singular(name) in found:
        return [value for _, value in children]
    if len(found) != len(children):
        raise Repeated
    return found


def _write(parts: list[str], name: str, content: Plain) -> None:
    _check_name(name)
    if isinstance(content, str):
        parts.append(f"<{name}>{_written(content)}</{name}>" if content else f"<{name}/>")
    elif isinstance(content, Mapping | Sequence) and content:
        parts.append(f"<{name}>")
        inside = content.items() if isinstance(content, Mapping) else ((_singular(name), inner) for inner in content)
        for inner_name, inner in inside:
            _write(parts, inner_name, inner)
        parts.append(f"</{name}>")
    elif isinstance(content, bool | int):
        parts.append(f"<{name}>{str(content).lower()}</{name}>")
    else:
        parts.append(f"<{name}/>")


@lru_cache(_NAMES_REMEMBERED)
def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        message = f"{name!r} cannot be the name of an element"
        raise ValueError(message)


def _written(text: str) -> str:
    if _UNESCAPED.fullmatch(text):
        return text
    try:
        # A bare carriage return would be read as a line feed.
        return escape(supported(text), _CARRIAGE_RETURN)
    except UnsupportedText as error:
        message = "A text holds characters that XML cannot carry. Ask for JSON."
        raise UnsupportedText(message) from error


def _singular(name: str) -> str:
    return name.removesuffix("s") if name.endswith("s") else f"{name}_item"
