import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.adapters.typeset.plain_text import cjk_region, direction, one_line, paragraph

ACTING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad"


def test_ordinary_words_stay_as_they_are() -> None:
    for text in ("Happy birthday, Ada!", "Joyeux anniversaire\u00a0!", "# $ \\ <b> `x`", "誕生日", "नमस्ते", "مرحبا"):
        assert one_line(text) == text


@given(st.text())
def test_nothing_that_acts_on_its_surroundings_comes_through(text: str) -> None:
    for shown in (one_line(text + ACTING + text), paragraph(text + ACTING + text)):
        assert not set(shown) & set(ACTING)
        assert all(unicodedata.category(character) not in {"Cc", "Cs"} or character == "\n" for character in shown)


def test_a_tower_of_marks_is_cut_to_what_languages_use() -> None:
    assert one_line("e" + "\u0316" * 30) == "e" + "\u0316" * 4
    assert one_line("Việt Nam") == unicodedata.normalize("NFC", "Việt Nam")


def test_families_of_emoji_stay_together() -> None:
    family = "👩‍👩‍👧‍👦"
    assert one_line(family * 8) == family * 8


def test_a_word_without_end_may_break_and_loses_no_letter() -> None:
    shown = one_line("W" * 100)
    assert shown.replace("\u200b", "") == "W" * 100
    assert max(len(part) for part in shown.split("\u200b")) <= 16


def test_a_few_lines_are_kept_and_many_are_run_together() -> None:
    assert paragraph("Roses are red,\r\nviolets are blue \n\u2028fin") == "Roses are red,\nviolets are blue\n\nfin"
    assert paragraph("a\n" * 10_000) == " ".join("a" * 10_000)
    assert one_line("two\nlines") == "two lines"


@pytest.mark.parametrize(
    "text,expected",
    [("Ada", "ltr"), ("مريم", "rtl"), ("שלום Ada", "rtl"), ("123 — אדה", "rtl"), ("", "ltr"), ("🎂", "ltr")],
)
def test_the_first_letter_gives_the_direction(text: str, expected: str) -> None:
    assert direction(text) == expected


def test_han_characters_take_the_forms_of_their_neighbours() -> None:
    assert cjk_region("お誕生日") == "JP"
    assert cjk_region("생일 漢字") == "KR"
    assert cjk_region("生日快乐") == "SC"
