"""XML with namespaces, written from nested elements."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Union
from xml.sax.saxutils import escape, quoteattr

from largesse.kernel import free_text

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class XmlElement(NamedTuple):
    """An element: its name, its text or its elements, and its attributes. What is None, or empty, is left out."""

    name: str
    content: str | Sequence[Union["XmlElement", None]]
    attributes: Mapping[str, str] = {}


def written(root: XmlElement) -> bytes:
    """Return a document."""
    return (_DECLARATION + _written(root) + "\n").encode()


def _written(element: XmlElement | None) -> str:
    if element is None:
        return ""
    name, content, attributes = element
    inner = escape(_carried(content)) if isinstance(content, str) else "".join(map(_written, content))
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{inner}</{name}>" if inner else ""


def _carried(text: str) -> str:
    """Return a text without what XML cannot carry."""
    return "".join(one for one in text if one in "\t\n" or not free_text.holds_unseen(one))
