"""XML, read as data only: no document types, no entities, no network, no deep trees.

The root's name is the outermost key, a leaf is its text, and names are read without their namespace. Attributes,
comments and instructions say nothing to us. An element called `errors` whose children are all called `error` is a list,
and lists are written that way.
"""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from lxml import etree

from largesse.wire.errors import BadEncoding, ForbiddenMarkup, Malformed, Repeated, TooDeep, TooLarge, UnsupportedText
from largesse.wire.plain import DEPTH_MAX, Plain, supported

# As the source's own answers begin.
DECLARATION = b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'

_DECLARED_ENCODING = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._\-]*)[\"']")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_CARRIAGE_RETURN = {"\r": "&#13;"}
_UTF_8 = frozenset(("utf-8", "utf8", "us-ascii", "ascii"))
_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    load_dtd=False,
    dtd_validation=False,
    no_network=True,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
    strip_cdata=True,
)


def read_xml(body: bytes, *, size_max: int) -> Plain:
    """Return the value that an XML text of at most `size_max` bytes stands for: `{root: {name: text}}`.

    Raises:
        WireError: one subclass for each thing that can be wrong with it.
    """
    if len(body) > size_max:
        raise TooLarge(size_max)
    # Line breaks before the declaration are not well-formed, but shells and templates put them there.
    text = _text(body).lstrip(" \t\r\n")
    try:
        root = etree.fromstring(text.encode(), _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        message = (
            f"The XML is not well-formed at line {line}, column {column}. Check it with a validator and send it again."
        )
        raise Malformed(message) from error
    return {_name(root): _value(root, DEPTH_MAX)}


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


def _text(body: bytes) -> str:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadEncoding from error
    declared = _DECLARED_ENCODING.match(text.lstrip())
    if declared and declared[1].lower() not in _UTF_8:
        raise BadEncoding
    if "<!DOCTYPE" in text:
        raise ForbiddenMarkup
    return supported(text)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _value(element: etree._Element, depth: int) -> Plain:
    children = list(element)
    if not children:
        return supported(element.text or "")
    if depth == 0:
        raise TooDeep
    if any(not isinstance(child.tag, str) for child in children):
        # A reference to an entity that nobody declared is left in the tree as a node of its own kind.
        raise Malformed
    names = [_name(child) for child in children]
    values = [_value(child, depth - 1) for child in children]
    if set(names) == {_singular(_name(element))}:
        return values
    if len(set(names)) != len(names):
        raise Repeated
    return dict(zip(names, values, strict=True))


def _write(parts: list[str], name: str, content: Plain) -> None:
    if not _NAME.fullmatch(name):
        message = f"{name!r} cannot be the name of an element"
        raise ValueError(message)
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


def _written(text: str) -> str:
    try:
        # A bare carriage return would be read as a line feed.
        return escape(supported(text), _CARRIAGE_RETURN)
    except UnsupportedText as error:
        message = "A text holds characters that XML cannot carry. Ask for JSON."
        raise UnsupportedText(message) from error


def _singular(name: str) -> str:
    return name.removesuffix("s") if name.endswith("s") else f"{name}_item"
