"""F26: whoever slips on a key is asked, and nobody who means what they type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.mail import meant_address
from largesse.kernel.mail.meant import _ELSEWHERE, _OF_PEOPLE

KNOWN = st.sampled_from(sorted(_OF_PEOPLE))
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz.-0")


@st.composite
def slips(draw: st.DrawFn) -> str:
    """A domain that everybody knows, with one slip of the hand in it."""
    known = draw(KNOWN.filter(lambda one: len(one.partition(".")[0]) > 4))
    place, letter = draw(st.integers(0, len(known) - 2)), draw(LETTERS)
    before, here, after = known[:place], known[place], known[place + 1 :]
    return draw(
        st.sampled_from(
            [
                before + after,
                before + letter + here + after,
                before + letter + after,
                before + after[0] + here + after[1:],
            ]
        )
    )


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("ada@gmial.com", "ada@gmail.com"),
        ("ada@gmail.con", "ada@gmail.com"),
        ("ada@gmail.co", "ada@gmail.com"),
        ("Ada.Byron+x@GMAL.com", "Ada.Byron+x@gmail.com"),
        ("ada@hotmial.com", "ada@hotmail.com"),
        ("ada@hotmal.fr", "ada@hotmail.fr"),
        ("ada@example.c", "ada@example.com"),
        ("ada@gmial.con", "ada@gmail.com"),
        ("ada@yahooo.es", "ada@yahoo.es"),
        *((one, None) for one in ("ada@gmail.com", "ada@mail.com", "ada@gmx.ch", "ada@ymail.com", "ada@spa.example")),
        *((one, None) for one in ("", "ada", "@gmial.com", "a@b@gmial.com", "ada@", "ada@gmial", "ada@live.nl")),
        *((f"ada@{one}", None) for one in ("yahoo.dk", "yahoo.gr", "hotmail.se", "outlook.pt", "yahoo.com.ar")),
        ("a" * 250 + "@gmial.com", None),
    ],
)
def test_slips_are_told_from_addresses(typed: str, meant: str | None) -> None:
    assert meant_address(typed) == meant


@given(slips())
def test_one_slip_in_a_domain_that_everybody_knows_is_seen(slipped: str) -> None:
    meant = meant_address(f"ada@{slipped}")
    assert (meant is None) == (slipped in _OF_PEOPLE | _ELSEWHERE)
    assert meant is None or meant.startswith("ada@")


@given(st.text(max_size=300))
def test_what_is_meant_is_not_doubted_again_and_leaves_what_stands_before_the_at_alone(text: str) -> None:
    meant = meant_address(text)
    if meant is not None:
        assert meant != text.strip()
        assert meant.rpartition("@")[0] == text.strip().rpartition("@")[0]
        assert meant_address(meant) is None


@given(KNOWN, st.sampled_from(["con", "c", "vom", "cmo"]))
def test_an_ending_that_nothing_has_is_mended(known: str, ending: str) -> None:
    name = known.partition(".")[0]
    meant = meant_address(f"ada@{name}.{ending}")
    assert meant is not None
    assert not meant.endswith(f".{ending}")
    assert meant_address(meant) is None
