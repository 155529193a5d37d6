"""Free text: what cannot be seen goes, what can be seen stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.free_text import lines, one_line


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("Ada\u202ecod.exe", "Adacod.exe"),
        ("A\u200bd\ufeffa\u00ad", "Ada"),
        ("Ada\x00\x1b[31m\x7f", "Ada[31m"),
        ("  Ada \t Lovelace ", "Ada Lovelace"),
        ("Ada\r\nLovelace", "Ada Lovelace"),
        ("e\u0301", "é"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u200dAda\u200d", "Ada"),
        ("\ud800Ada", "Ada"),
        ("Ada\U000e0041", "Ada"),
        (
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        ),
        ('<b>Ada</b> & "Co"', '<b>Ada</b> & "Co"'),
        ("d'\u00a0accord", "d'\u00a0accord"),
    ],
)
def test_one_line_keeps_what_is_seen(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize("mark", ["\u0335", "\u0489", "\u1ab2", "\u1dc4", "\u20dd", "\ufe20"])
def test_towers_of_accents_are_taken_down(mark: str) -> None:
    assert len(one_line("Z" + mark * 200 + "o")) <= 6
    assert one_line(f"1{mark}") == f"1{mark}"


def test_line_breaks_stay_and_gaps_between_lines_are_one() -> None:
    assert lines("\n\nDear Ada\r\n\r\n\r\n\r\nhappy\rbirthday \n") == "Dear Ada\n\nhappy\nbirthday"


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once_and_nothing_unseen_is_left(typed: str) -> None:
    once = lines(typed)
    assert lines(once) == once
    assert one_line(one_line(typed)) == one_line(typed)
    for symbol in once:
        assert symbol == "\n" or unicodedata.category(symbol) not in {"Cc", "Cs"}
        assert unicodedata.bidirectional(symbol) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
