from typing import Any

import pytest

from largesse.domain.catalog.certificate_face import LOGO_BYTES_MAX, InvalidFace, logo_type
from tests.builders.faces import NUMBER, a_face


def test_a_face_never_tells_its_number_by_accident() -> None:
    for text in (repr(a_face()), str(a_face()), f"{a_face()}"):
        assert NUMBER not in text
        assert "7K2M" not in text
        assert "…HB3C" in text


def test_texts_at_their_limits_are_accepted() -> None:
    a_face(to="W" * 120, sender="W" * 120, message="W" * 200, description="W" * 120)
    a_face(terms="W" * 600, how_to_use="W" * 240)


def test_every_text_beyond_its_limit_is_named_at_once() -> None:
    with pytest.raises(InvalidFace) as refused:
        a_face(to="W" * 121, message="W" * 214, accent="red")
    told = {error.field: error.message for error in refused.value.fields}
    assert set(told) == {"to", "message", "accent"}
    assert told["message"] == "It has 214 of 200 characters; take out 14."


@pytest.mark.parametrize(
    "field,value",
    [
        ("accent", "#12345"),
        ("accent", "#123456; x"),
        ("number", "GL 7K2M"),
        ("number", ""),
        ("barcode_text", "é"),
        ("barcode_text", ""),
        ("locale", "../etc"),
        ("redeem_url", "javascript:alert(1)"),
        ("redeem_url", "https://example.com/a b"),
        ("logo", b"<svg/>"),
        ("logo", b"\x89PNG\r\n\x1a\n" + bytes(LOGO_BYTES_MAX)),
    ],
)
def test_what_has_the_wrong_form_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InvalidFace) as refused:
        a_face(**{field: value})
    assert [error.field for error in refused.value.fields] == [field]


def test_a_logo_is_known_by_its_first_bytes() -> None:
    assert logo_type(b"\x89PNG\r\n\x1a\nx") == "image/png"
    assert logo_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert logo_type(b"GIF89a") is None
