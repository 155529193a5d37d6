import contextlib
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.wire.errors import (
    BadEncoding,
    ForbiddenMarkup,
    Malformed,
    Repeated,
    TooDeep,
    TooLarge,
    UnsupportedText,
    WireError,
)
from largesse.wire.xml import DECLARATION, read_xml, write_xml
from tests.builders.wire import TEXTS, nested

SIZE_MAX = 2000
BILLION_LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;"><!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;">]>
<lolz>&lol3;</lolz>"""
OUTSIDE_FILE = b'<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/hostname">]><a>&file;</a>'
OUTSIDE_SUBSET = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>'


def read(text: str | bytes) -> Any:
    return read_xml(text.encode() if isinstance(text, str) else text, size_max=SIZE_MAX)


@given(nested(TEXTS))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert read_xml(write_xml({"root": value}), size_max=100_000) == {"root": value}


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<a>{text}</a>".encode(errors="replace")))
def test_any_bytes_are_read_or_refused_cleanly(body: bytes) -> None:
    with contextlib.suppress(WireError):
        read(body)


def test_a_list_is_written_and_read_by_the_singular_of_its_name() -> None:
    value = {"error_response": {"errors": [{"field": "amount"}, {"field": "refcode"}]}}
    written = write_xml(value)
    assert b"<errors><error><field>amount</field></error><error>" in written
    assert read(written) == value


def test_an_answer_begins_as_those_of_the_source_do() -> None:
    written = write_xml({"a": {"b": "é", "c": None, "d": True}})
    assert written == '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<a><b>é</b><c/><d>true</d></a>'.encode()
    assert written.startswith(DECLARATION)


@pytest.mark.parametrize(
    "text, value",
    [
        ("<a/>", {"a": ""}),
        ("\n\n<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<a>1</a>\n", {"a": "1"}),
        ("<a>\n  <b> x </b>\n</a>", {"a": {"b": " x "}}),
        ("<a><!-- never --><b>1<!-- mind -->2</b><?php echo 1 ?></a>", {"a": {"b": "12"}}),
        ("<a>0<b>1</b>2<c/>3</a>", {"a": {"b": "1", "c": ""}}),
        ("<a><b><![CDATA[<&>]]></b></a>", {"a": {"b": "<&>"}}),
        ('<n:a xmlns:n="urn:x" c="d"><n:b>1</n:b></n:a>', {"a": {"b": "1"}}),
        ("<a><b>&lt;&#233;&#x1F381;</b></a>", {"a": {"b": "<é🎁"}}),
        ('\ufeff<?xml version="1.0"?><a>1</a>', {"a": "1"}),
    ],
)
def test_only_names_and_texts_count(text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    "body, error",
    [
        (b"", Malformed),
        (b"<a>", Malformed),
        (b"<a></b>", Malformed),
        (b"<a/><b/>", Malformed),
        (b"<a>&nbsp;</a>", Malformed),
        (b"<a b='1' b='2'/>", Malformed),
        (b"<a>&#0;</a>", Malformed),
        (b"<a>&#xD800;</a>", Malformed),
        (b"<a>\x00</a>", UnsupportedText),
        (b"<a>\x0b</a>", UnsupportedText),
        (b"<a><b>&#xFFFE;</b></a>", Malformed),
        (b"<a>\xff</a>", BadEncoding),
        (b"<a>\xed\xa0\x80</a>", BadEncoding),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", BadEncoding),
        ("<a>é</a>".encode("utf-16"), BadEncoding),
        (BILLION_LAUGHS, ForbiddenMarkup),
        (OUTSIDE_FILE, ForbiddenMarkup),
        (OUTSIDE_SUBSET, ForbiddenMarkup),
        (b"<!DOCTYPE a><a/>", ForbiddenMarkup),
        (b"<a><b/><b/></a>", Repeated),
        (b"<a>" * 30 + b"</a>" * 30, TooDeep),
        (b"<a>" * 280 + b"</a>" * 280, TooDeep),
        (b" " * (SIZE_MAX + 1), TooLarge),
    ],
)
def test_a_bad_body_is_refused_for_its_own_reason(body: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        read(body)


def test_a_text_that_xml_cannot_carry_is_not_written() -> None:
    with pytest.raises(UnsupportedText):
        write_xml({"a": "\x0b"})


def test_an_answer_needs_one_root() -> None:
    with pytest.raises(ValueError, match="root"):
        write_xml({"a": "1", "b": "2"})


@pytest.mark.parametrize("name", ["", "1a", "a b", "a>", "<a", "é"])
def test_a_key_that_cannot_be_an_element_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        write_xml({"a": {name: "1"}})


def test_names_that_strangers_make_up_do_not_stay_in_the_memory() -> None:
    def read_strange_names(bodies: range) -> None:
        for number in bodies:
            body = b"<a>%s</a>" % b"".join(b"<e%d-%d/>" % (number, name) for name in range(4000))
            read_xml(body, size_max=len(body))

    read_strange_names(range(20))
    before = psutil.Process().memory_info().rss
    read_strange_names(range(20, 120))
    assert psutil.Process().memory_info().rss - before < 4_000_000
