"""No secret passes, and what is no secret stays readable."""

import uuid
from typing import Final
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.keyring import FixedKeyring
from largesse.app.masking import MASK, SECRET_NAMES, mask_path, mask_query, mask_text
from largesse.kernel.numbers import in_groups, make_number, make_sample_number
from largesse.kernel.tokens import TokenKind

TOKEN = "k3j9x0c8v7b6n5m4q1w2e3r4t5y6u7i8o9p0a1s2"

prefixes = st.sampled_from(["G", "GL", "SPA", "LOTI"])


@st.composite
def written_numbers(draw: st.DrawFn) -> str:
    """A real number as somebody may write it."""
    number = draw(st.builds(make_number, prefixes) | st.builds(make_sample_number, prefixes))
    written = draw(st.sampled_from([number, in_groups(number), in_groups(number).replace("-", " ")]))
    return draw(st.sampled_from([written, written.lower()]))


# What stands beside a secret: prose, punctuation and other values, never glued to it.
surroundings = st.text(
    st.characters(codec="utf-8", exclude_categories=("L", "N", "Zs", "Pd", "Cc")), min_size=0, max_size=20
)


@given(surroundings, written_numbers(), surroundings)
def test_a_number_is_masked_wherever_it_stands(before: str, number: str, after: str) -> None:
    assert number not in mask_text(f"{before}{number}{after}")


@given(written_numbers(), st.sampled_from(["the number {} was typed", "GET /a/{}/ failed", "code {}, then", "x={};"]))
def test_a_number_in_a_sentence_is_masked_and_the_sentence_stays(number: str, sentence: str) -> None:
    masked = mask_text(sentence.format(number))
    assert number not in masked
    assert MASK in masked


@given(written_numbers())
def test_a_number_that_is_percent_encoded_is_masked(number: str) -> None:
    assert number not in mask_text(f"/gifts/{quote(in_groups(number), safe='')}")
    assert quote(number, safe="") not in mask_query(f"q={quote(number, safe='')}")


@given(written_numbers(), st.sampled_from(["/api/secure/givingservice/giftcertificatedetail/{}", "/x/{}/", "/{}"]))
def test_a_number_in_a_path_is_masked(number: str, path: str) -> None:
    assert number not in mask_path(path.format(number))


def test_a_mistyped_number_in_a_path_is_masked_too() -> None:
    number = make_number("GL")
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")
    assert wrong not in mask_path(f"/giftcertificatedetail/{wrong}/")


@given(st.sampled_from(sorted(SECRET_NAMES)), st.text(min_size=1, max_size=60))
def test_the_value_of_a_secret_parameter_never_shows(name: str, value: str) -> None:
    query = urlencode([("a", "1"), (name, value), ("b", "2")])
    assert mask_query(query) == f"a=1&{name}={MASK}&b=2"
    assert mask_query(query.replace(name, name.upper())).count(MASK) == 1


def test_a_secret_parameter_whose_name_is_encoded_is_known_all_the_same() -> None:
    assert "sesame" not in mask_query("%63ode=sesame")
    assert "sesame" not in mask_text("/a?%63ode=sesame")


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN} was refused",
        "secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "https://x.test/?api_key=sesame&x=1",
        '{"password": "sesame", "x": 1}',
        "<password>sesame</password>",
        "password='sesame'",
        "Authorization: Bearer sesame",
        "postgresql://largesse:sesame@db/largesse",
        "api_token%3Dsesame",
    ],
)
def test_secrets_are_known_by_their_shape_or_their_name(text: str) -> None:
    masked = mask_text(text)
    assert "sesame" not in masked
    assert TOKEN not in masked
    assert "MfKQ9r8" not in masked


class Said(msgspec.Struct, frozen=True):
    """What a token of the test's says."""

    text: str


SIGNED: Final = TokenKind("test", Said)


@given(st.text(max_size=900))
def test_a_signed_token_is_masked_by_its_shape_also_where_it_was_cut(text: str) -> None:
    token = SIGNED.sign(FixedKeyring([b"k" * 32]), Said(text))
    for masked in (mask_path(f"/test-payment/{token}"), mask_query(f"offer={token}"), mask_text(f"for {token}.")):
        assert MASK in masked
        assert token[:40] not in masked
        assert token[-32:] not in masked


@given(st.uuids())
def test_an_id_stays_readable(value: uuid.UUID) -> None:
    text = f"merchant {value} asked for {value}."
    assert mask_text(text) == text
    assert mask_path(f"/endpoints/{value}/deliveries") == f"/endpoints/{value}/deliveries"


@pytest.mark.parametrize(
    "text",
    [
        "The database cannot be reached just now. Nothing was done; try again in a moment.",
        "another transaction stood in the way for too long, and this one gave up",
        "2026-11-22T15:00:00.123456Z largesse.outbox.relay 127.0.0.1:8000",
        "connection was closed in the middle of operation",
        "largesse.services.certificates_and_whatever_else_they_may_be",
        "GET /assets/site.0123456789abcdef.css took 3.5 ms",
    ],
)
def test_prose_stays_prose(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("path", ["/", "/api/secure/givingservice/giftcertificates", "/demo-spa", "/healthz"])
def test_ordinary_paths_stay(path: str) -> None:
    assert mask_path(path) == path


@given(st.text(max_size=400))
def test_masking_never_fails(text: str) -> None:
    mask_text(text)
    mask_path(text)
    mask_query(text)
