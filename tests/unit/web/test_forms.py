"""Fields of forms, CSRF tokens and the session cookie, of requests as a browser sends them."""

from uuid import UUID

import pytest
from litestar.testing import RequestFactory

from largesse.adapters.keyring import FixedKeyring
from largesse.web.csrf import csrf_token, is_own_form
from largesse.web.forms import FIELDS_MAX, an_id, fields_of, read_form, whole_number
from largesse.web.request import AnyRequest
from largesse.web.session_cookie import TOKEN_LENGTH, known_session, session_of

KEYS = FixedKeyring([bytes(32)])
SESSION = "s" * TOKEN_LENGTH


def a_request(*, session: str = "", **headers: str) -> AnyRequest:
    cookie = {"cookie": f"session={session}"} if session else {}
    return RequestFactory().get("/", headers={**cookie, **{name.replace("_", "-"): v for name, v in headers.items()}})


def test_the_first_value_of_a_name_counts() -> None:
    assert fields_of("to=Ada&to=Eve&message=&x=%F0%9F%8C%BF&y=a%2Bb+c") == {
        "to": "Ada",
        "message": "",
        "x": "🌿",
        "y": "a+b c",
    }


def test_what_cannot_be_read_is_a_sign_and_no_fault() -> None:
    assert fields_of("to=%ff%zz") == {"to": "\ufffd%zz"}


def test_a_form_of_more_fields_than_any_of_ours_has_none() -> None:
    assert len(fields_of("&".join(f"f{n}=x" for n in range(FIELDS_MAX)))) == FIELDS_MAX
    assert fields_of("&".join(f"f{n}=x" for n in range(FIELDS_MAX + 1))) == {}
    assert fields_of("&".join(["to=x"] * (FIELDS_MAX + 1))) == {}


async def test_a_body_that_is_no_form_has_no_fields() -> None:
    factory = RequestFactory()
    assert await read_form(factory.post("/", data={"to": "Ada"}, request_media_type="application/json")) == {}  # type: ignore[arg-type]  # the framework names its media types in an enumeration


@pytest.mark.parametrize("text", ["", "x", "0" * 36, str(UUID(int=1))[:-1], "{" + str(UUID(int=1))[:-2] + "}"])
def test_what_is_no_id_is_none(text: str) -> None:
    assert an_id(text) is None


def test_an_id_is_read_in_its_usual_form() -> None:
    assert an_id(str(UUID(int=7))) == UUID(int=7)


@pytest.mark.parametrize(
    "text, number", [("0", 0), ("12500", 12_500), ("", None), ("-1", None), ("١", None), ("9" * 17, None)]
)
def test_a_number_of_a_form_is_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_a_form_is_ours_with_a_token_of_the_same_session() -> None:
    token = csrf_token(KEYS, SESSION)
    assert token != csrf_token(KEYS, SESSION), "compression on the way must not tell it"
    assert is_own_form(KEYS, a_request(session=SESSION), token)
    assert is_own_form(KEYS, a_request(session=SESSION, sec_fetch_site="same-origin"), token)
    assert not is_own_form(KEYS, a_request(session=SESSION), "")
    assert not is_own_form(KEYS, a_request(), token)
    assert not is_own_form(KEYS, a_request(session="t" * TOKEN_LENGTH), token)
    assert not is_own_form(FixedKeyring([bytes(31) + b"x"]), a_request(session=SESSION), token)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_a_form_that_another_site_sends_is_not_ours(site: str) -> None:
    assert not is_own_form(KEYS, a_request(session=SESSION, sec_fetch_site=site), csrf_token(KEYS, SESSION))


@pytest.mark.parametrize("value", ["", "short", "x" * 33, "!" * 32, "é" * 32])
def test_a_session_that_could_not_be_ours_is_none(value: str) -> None:
    assert known_session(a_request(session=value)) is None if value.isascii() else True
    assert session_of(a_request()).is_new


def test_a_fresh_session_looks_like_one_that_is_known() -> None:
    fresh = session_of(a_request())
    known = session_of(a_request(session=fresh.token))
    assert (known.token, known.is_new) == (fresh.token, False)
    cookie = known.cookie("/corner-spa", https=True)
    assert (cookie.key, cookie.path, cookie.httponly, cookie.secure) == ("session", "/corner-spa", True, True)
