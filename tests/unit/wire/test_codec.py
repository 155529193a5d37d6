import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.wire.codec import JSON, XML, Codec, NotAcceptable, UnsupportedMediaType, reader_for, writer_for


@pytest.mark.parametrize(
    "header, codec",
    [
        ("application/xml", XML),
        ("text/xml", XML),
        ("application/json", JSON),
        ("Application/JSON ; Charset=UTF-8", JSON),
        ('text/xml; charset="utf-8"', XML),
    ],
)
def test_the_content_type_chooses_the_reader(header: str, codec: Codec) -> None:
    assert reader_for(header).name == codec.name


@pytest.mark.parametrize(
    "header", [None, "", "text/plain", "application/x-www-form-urlencoded", "text/xml; charset=latin-1"]
)
def test_other_content_types_are_refused(header: str | None) -> None:
    with pytest.raises(UnsupportedMediaType):
        reader_for(header)


@pytest.mark.parametrize(
    "header, otherwise, content_type",
    [
        (None, XML, "application/xml"),
        (" ", JSON, "application/json"),
        ("application/xml", JSON, "application/xml"),
        ("text/xml", JSON, "text/xml"),
        ("application/json", XML, "application/json"),
        ("*/*", JSON, "application/json"),
        ("*/*", XML, "application/xml"),
        ("application/*", JSON, "application/json"),
        ("text/*", XML, "text/xml"),
        ("application/json;q=0.5, application/xml;q=0.6", JSON, "application/xml"),
        ("application/json, application/xml", XML, "application/json"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", JSON, "application/xml"),
        ("application/json;q=0, */*", JSON, "application/xml"),
    ],
)
def test_the_accept_header_chooses_the_writer(header: str | None, otherwise: Codec, content_type: str) -> None:
    assert writer_for(header, otherwise=otherwise).content_type == f"{content_type}; charset=utf-8"


@pytest.mark.parametrize("header", ["text/html", "application/json;q=0", "image/*", "application/json;q=nan"])
def test_what_cannot_be_written_is_not_acceptable(header: str) -> None:
    with pytest.raises(NotAcceptable):
        writer_for(header, otherwise=XML)


@given(st.text(max_size=60))
def test_any_accept_header_is_understood_or_refused(header: str) -> None:
    with contextlib.suppress(NotAcceptable):
        assert writer_for(header, otherwise=JSON).codec in (XML, JSON)
