"""Origins as merchants type them: read as browsers write them, or refused."""

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from largesse.domain.embeds import InvalidEmbedOrigin, read_origin

labels = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)
hosts = st.builds(
    lambda parts, top: ".".join([*parts, top]), st.lists(labels, min_size=1, max_size=4), st.just("example")
)


@given(hosts, st.none() | st.integers(1, 65_535), st.sampled_from(["", "/"]))
def test_a_web_site_is_read_as_browsers_write_it_however_it_is_typed(host: str, port: int | None, end: str) -> None:
    typed = f"https://{host.upper()}" + ("" if port is None else f":{port}") + end
    found = read_origin(f" {typed} ")
    assert found == f"https://{host}" + ("" if port in {None, 443} else f":{port}")
    assert read_origin(found) == found


@given(st.text(max_size=60) | st.text("https:/.*@?#[]%\\ ;,'a0-", max_size=30).map("https://a.example".__add__))
@example("https://a.example; script-src *")
@example("https://a.example https://b.example")
@example("https://a.example,b.example")
def test_whatever_is_read_is_one_origin_and_fits_into_a_header(text: str) -> None:
    try:
        found = read_origin(text, loopback=True)
    except InvalidEmbedOrigin:
        return
    assert found.isascii()
    assert not set(found) & set(" \t\r\n;,'\"*?#@\\%")
    parts = urlsplit(found)
    assert f"{parts.scheme}://{parts.netloc}" == found
    assert parts.hostname


@pytest.mark.parametrize(
    "text",
    [
        "",
        "www.example.com",
        "http://www.example.com",
        "https://",
        "https://*",
        "https://*.example.com",
        "https://example",
        "https://192.0.2.7",
        "https://[2001:db8::1]",
        "https://localhost",
        "http://localhost:8000",
        "http://127.0.0.1",
        "https://www.example.com/gifts",
        "https://www.example.com?",
        "https://www.example.com#",
        "https://user@www.example.com",
        "https://www.example.com:",
        "https://www.example.com:0",
        "https://www.example.com:65536",
        "https://www.example.com:x",
        "https://-www.example.com",
        "https://www..example.com",
        "https://www.example.com.",
        "https://bücher.example",
        "https://here.localhost",
        "javascript://www.example.com",
        "null",
        "https://" + "a." * 200 + "example",
        "https://a.example" + "/" * 2_000,
    ],
)
def test_what_is_no_web_site_of_others_is_refused_with_a_code(text: str) -> None:
    with pytest.raises(InvalidEmbedOrigin) as refused:
        read_origin(text)
    assert [one.code for one in refused.value.fields] == ["embed_origin.invalid"]


@pytest.mark.parametrize(
    "text", ["http://localhost:8000", "http://127.0.0.1:9000", "https://[::1]:9000", "http://localhost"]
)
def test_a_demonstration_lets_pages_of_this_machine_show_it(text: str) -> None:
    assert read_origin(text, loopback=True) == text
