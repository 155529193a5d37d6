"""Passwords: long ones that nobody would try first."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.staff import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, PasswordUnfit, check_password
from largesse.domain.staff.passwords import is_common


def code_of(password: str, *known: str) -> str | None:
    """The code of what is wrong with a password, None where nothing is."""
    try:
        check_password(password, known=known)
    except PasswordUnfit as error:
        [field] = error.fields
        return field.code
    return None


def test_what_is_wrong_stands_at_the_field() -> None:
    with pytest.raises(PasswordUnfit) as refused:
        check_password("too short")
    assert refused.value.code == "staff.password.unfit"
    assert [one.field for one in refused.value.fields] == ["password"]


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password2026!", "P@ssw0rd123!", "passwordpassword", "qwertyuiop123", "qwertzuiop12",
        "1234567890123", "123456789012", "abcdefghijkl", "zyxwvutsrqpo", "iloveyou1234", "iloveyou iloveyou",
        "aaaaaaaaaaaa", "abababababab", "Welcome12345", "Willkommen2026", "Sommer2026!!!", "letmein12345",
        "administrator", "administrator1", "Changeme1234", "giftcard2026", "gutschein2026", "1qaz2wsx3edc",
        "motdepasse123", "contraseña123", "trustno1trustno1", "summerholiday2026", "Liverpool1892",
        "ｐａｓｓｗｏｒｄ1234",
        "000000000000", "q1w2e3r4t5y6", "reception2026", "Christmas2025!", "  password1234  ",
    ],
)  # fmt: skip
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    assert code_of(password) == "staff.password.common"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "tulip-anvil-73-harbour", "kV9#mq2LpXw4", "Der Igel frisst abends Birnen",
        "vingt-deux corbeaux gris", "my dog ate the red summer hat", "öffne-niemals-Tor-17",
        "さくらの花が咲いた朝に散歩する",
    ],
)  # fmt: skip
def test_a_password_that_nobody_would_guess_passes(password: str) -> None:
    assert code_of(password) is None


@pytest.mark.parametrize(
    "length, code", [(0, "too_short"), (11, "too_short"), (12, None), (256, None), (257, "too_long")]
)
def test_a_password_has_12_to_256_characters(length: int, code: str | None) -> None:
    password = ("kV9#mq2LpXw4-Tz7_" * 20)[:length]
    assert (PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX) == (12, 256)
    assert code_of(password) == (code and f"staff.password.{code}")


@pytest.mark.parametrize(
    "password", ["ada.lovelace@x", "adalovelace1815", "Ada Lovelace 1", "ada@bakery.example", "lovelace1815"]
)
def test_a_password_is_not_the_persons_own_name(password: str) -> None:
    assert code_of(password, "ada@bakery.example", "Ada Lovelace", "adalovelace") == "staff.password.personal"


@given(st.text(st.sampled_from(string.ascii_letters + string.digits + "#-_+"), min_size=20, max_size=60))
def test_digits_and_signs_around_a_common_password_change_nothing(noise: str) -> None:
    around = "".join(one for one in noise if not one.isalpha())
    assert is_common(f"{around}password{around[::-1]}")


@given(st.text(min_size=0, max_size=400))
def test_any_text_is_judged_without_a_fault(password: str) -> None:
    assert code_of(password) in {None, *(f"staff.password.{one}" for one in ("too_short", "too_long", "common"))}
