"""What is kept of a request holds no number, no name and no note, wherever somebody put them."""

import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.interfaces.rest_api.masking import BODY_MAX, masked_body, masked_path, masked_pointer
from largesse.kernel.numbers import make_number

SECRETS = st.one_of(
    st.builds(make_number, st.sampled_from(["GL", "XQ"])),
    st.text(string.ascii_letters + string.digits + "@. ", min_size=12, max_size=60).filter(
        lambda text: any(one.isupper() for one in text) and any(one.isdigit() for one in text)
    ),
    st.text(string.digits, min_size=13, max_size=40),
)
NAMES = st.one_of(
    st.sampled_from(["number", "memo", "amount", "currency", "certificate_id", "to", "status", "good_through"]),
    st.text(max_size=20),
)


def documents(secret: str) -> st.SearchStrategy[Any]:
    leaves = st.one_of(st.just(secret), st.none(), st.booleans(), st.integers(0, 9))
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
    )


@given(st.data(), SECRETS)
def test_a_secret_is_masked_wherever_it_stands(data: st.DataObject, secret: str) -> None:
    body = msgspec.json.encode(data.draw(documents(secret)))
    kept = masked_body(body)
    assert secret not in kept
    assert len(kept) <= BODY_MAX + 1
    assert secret not in masked_body(msgspec.json.encode({secret: 1}))
    assert secret not in masked_body(secret.encode())
    assert secret not in masked_path(f"/api/v1/certificates/{secret}", f"number={secret}&limit={secret}".encode())
    assert secret not in masked_pointer(f"/lines/0/{secret}", "field.unknown")


@pytest.mark.parametrize(
    "sent, kept",
    [
        ({"amount": "25.00", "number": "GL7"}, '{"amount":"25.00","number":"*** 3"}'),
        ({"amuont": "1", "limit": 5, "dry_run": True}, '{"amuont":"*** 1","limit":5,"dry_run":true}'),
        ({"lines": [{"amount": "1"}, {"memo": ""}]}, '{"lines":[{"amount":"1"},{"memo":""}]}'),
        ({"currency": "1234567890123456"}, '{"currency":"*** 16"}'),
    ],
)
def test_what_says_why_it_was_refused_is_kept(sent: dict[str, Any], kept: str) -> None:
    assert masked_body(msgspec.json.encode(sent)) == kept


def test_an_address_and_a_fault_say_where() -> None:
    path = "/api/v1/certificates/0195d3b4-0000-7000-8000-000000000000/history"
    assert masked_path(path, b"limit=5&after=7&expand=holds") == f"{path}?limit=5&after=*** 1&expand=holds"
    assert masked_pointer("/lines/3/amount", "amount.decimals") == "lines/3/amount amount.decimals"
    assert masked_body(b"") == ""
    assert masked_body(b"\xff") == "*** no JSON, 1 bytes"


def test_what_is_long_or_deep_is_cut() -> None:
    assert len(masked_body(msgspec.json.encode({"lines": [{"amount": "1.00", "memo": "x"}] * 1_000}))) <= BODY_MAX + 1
    deep: Any = "GL7"
    for _ in range(50):
        deep = {"to": deep}
    assert masked_body(msgspec.json.encode(deep)).count("to") <= 8
