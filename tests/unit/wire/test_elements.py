"""Text within elements is gathered in pieces and joined once: however many there are, none is copied for the next."""

from typing import Any
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.wire import elements
from largesse.wire.elements import Element, read_elements

PIECES = st.lists(st.text(st.characters(min_codepoint=0x20, exclude_characters="<>&\r", codec="utf-8"), max_size=20))


@given(PIECES, PIECES)
def test_what_stands_in_an_element_is_all_of_its_pieces(outer: list[str], inner: list[str]) -> None:
    inside = "<!-- - -->".join(inner)
    body = "<b/>".join([f"<a>{inside}</a>", *outer])
    root = read_elements(f"<root>{body}</root>".encode(), size_max=10**6)
    assert root.text == "".join(outer)
    assert root.at("a") == "".join(inner).strip()
    assert len(list(root.all("b"))) == len(outer)


def test_no_text_is_copied_before_all_of_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of n pieces is written once, not n times, each of them longer by a piece: seen by who writes it."""
    written: list[str] = []

    class Watched(Element):
        __slots__ = ()

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "text" and value:
                written.append(value)
            super().__setattr__(name, value)

    monkeypatch.setattr(elements, "Element", Watched)
    monkeypatch.setattr(expat, "ParserCreate", _unbuffered)
    body = b"<root>" + b"10.00&amp;" * 500 + b"</root>"
    assert read_elements(body, size_max=10**6).text == "10.00&" * 500
    assert written == ["10.00&" * 500]


_made = expat.ParserCreate


class _Unbuffered:
    """A parser that hands on every piece of text as it comes, as one does for texts beyond its buffer."""

    def __init__(self, parser: Any) -> None:
        object.__setattr__(self, "parser", parser)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.parser, name, False if name == "buffer_text" else value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parser, name)


def _unbuffered(*given: Any) -> _Unbuffered:
    return _Unbuffered(_made(*given))
