import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.wire.errors import BadEncoding, Malformed, Repeated, TooDeep, TooLarge, UnsupportedText, WireError
from largesse.wire.json import read_json, write_json
from tests.builders.wire import TEXTS, nested

SIZE_MAX = 1000


def read(text: str | bytes) -> Any:
    return read_json(text.encode() if isinstance(text, str) else text, size_max=SIZE_MAX)


@given(nested(TEXTS | st.none() | st.booleans()))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    assert read_json(write_json(value), size_max=100_000) == value


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: json.dumps(text).encode()))
def test_any_bytes_are_read_or_refused_cleanly(body: bytes) -> None:
    with contextlib.suppress(WireError):
        read_json(body, size_max=SIZE_MAX)


@pytest.mark.parametrize("literal", ["25", "25.10", "-0", "1e400", "25.001", "9" * 500, "1E-7"])
def test_a_number_stays_as_it_was_written(literal: str) -> None:
    assert read(f'{{"amount": {literal}}}') == {"amount": literal}


def test_the_order_of_names_is_kept() -> None:
    assert list(read('{"b": 1, "a": 2}')) == ["b", "a"]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b'\xef\xbb\xbf{"a": "b"}') == {"a": "b"}


@pytest.mark.parametrize(
    "body, error",
    [
        (b"", Malformed),
        (b"{", Malformed),
        (b'{"a": NaN}', Malformed),
        (b'{"a": -Infinity}', Malformed),
        (b"{'a': 1}", Malformed),
        (b'{"a": 1} {}', Malformed),
        (b'{"a": "\x00"}', Malformed),
        (b'{"a": "\\u0000"}', UnsupportedText),
        (b'{"\\u0000": "a"}', UnsupportedText),
        (b'{"a": "\\ud800"}', UnsupportedText),
        (b'{"a": ["\\udc00"]}', UnsupportedText),
        (b'{"a": "\xff"}', BadEncoding),
        ('{"a": "é"}'.encode("utf-16"), BadEncoding),
        (b'{"a": 1, "a": 1}', Repeated),
        (b'{"x": {"a": 1, "a": 2}}', Repeated),
        (b"[" * 17 + b"]" * 17, TooDeep),
        (b'{"a":' * 17 + b"1" + b"}" * 17, TooDeep),
        (b" " * (SIZE_MAX + 1), TooLarge),
    ],
)
def test_a_bad_body_is_refused_for_its_own_reason(body: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        read(body)


def test_a_flood_of_brackets_is_too_deep_and_nothing_worse() -> None:
    with pytest.raises(TooDeep):
        read_json(b"[" * 60_000, size_max=65_536)


def test_paired_surrogates_are_one_character() -> None:
    assert read('{"a": "\\ud83c\\udf81"}') == {"a": "🎁"}
