import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request

from largesse.web.errors import NotAcceptable, UnsupportedMediaType
from largesse.web.negotiation import preferred_language, reader_for, reads_gzip, reads_pages, writer_for
from largesse.web.request import AnyRequest
from largesse.wire.codec import JSON, XML, Codec


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


@pytest.mark.parametrize(
    "header, language",
    [
        ("", None),
        ("de", "de"),
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("nl,fr;q=0.5,es;q=0.7", "es"),
        ("en;q=0.1, FR ; q=0.3", "fr"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=nonsense,en", "en"),
        ("*", None),
        ("zh-Hant", None),
        (",;=,,q", None),
        ("de;q=nan", None),
    ],
)
def test_the_language_follows_what_the_browser_likes_best(header: str, language: str | None) -> None:
    assert preferred_language(header, ("en", "de", "fr", "es")) == language


def a_request(path: str, header: str, value: str) -> AnyRequest:
    scope: Any = {"type": "http", "method": "GET", "path": path, "headers": [(header.encode(), value.encode())]}
    return Request(scope)


@pytest.mark.parametrize(
    "accept, reads",
    [("text/html", True), ("*/*", False), ("application/json, Text/HTML;q=0.5", True), ("text/html;q=0, */*", False)],
)
def test_a_page_is_for_who_asks_for_html_by_name(accept: str, *, reads: bool) -> None:
    assert reads_pages(a_request("/x", "accept", accept)) is reads
    assert not reads_pages(a_request("/api/x", "accept", accept))


@pytest.mark.parametrize(
    "coding, reads", [("gzip", True), ("br, gzip;q=0.1", True), ("br", False), ("gzip; q=0.000", False), ("", False)]
)
def test_what_asks_for_gzip_by_name_is_sent_gzip(coding: str, *, reads: bool) -> None:
    assert reads_gzip(a_request("/x", "accept-encoding", coding)) is reads
