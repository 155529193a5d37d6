"""Normalizing is linear, also for texts of nothing but marks."""

import sys
import unicodedata
from collections.abc import Callable

import pytest

from largesse.kernel.free_text import lines, one_line
from largesse.kernel.normal_form import MARKS_MAX, nfc, nfkc

EVERY = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]


def longest_run(text: str) -> int:
    """How many marks stand in a row at most once a text is taken apart: what is put into order at once."""
    longest = run = 0
    for symbol in unicodedata.normalize("NFKD", text):
        run = run + 1 if unicodedata.combining(symbol) else 0
        longest = max(longest, run)
    return longest


def test_no_symbol_at_all_makes_a_run_of_marks_without_end() -> None:
    beside = "\u0301\u0316"  # two that are put into order
    for symbol in EVERY:
        if longest_run(symbol * 2) > 1 or unicodedata.combining(unicodedata.normalize("NFKD", symbol)[0]):
            text = "e" + (symbol + beside) * 40
            assert longest_run(nfc(text)) <= MARKS_MAX + 3, f"{ord(symbol):04x}"
            assert longest_run(nfkc(text)) <= MARKS_MAX + 3, f"{ord(symbol):04x}"


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301\u0316" * 30,
        "Z\u0351\u0322\u0489" * 9,
        "\u0915\u094d\u0937",
        "한국어",
        "ﬁ ½ Ａ",
        "שָׁלוֹם",
        "Tiếng Việt",
        "🌿",
    ],
)
def test_what_people_write_is_normalized_as_ever(text: str) -> None:
    assert nfc(text) == unicodedata.normalize("NFC", text)
    assert nfkc(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("clean", [one_line, lines], ids=["one_line", "lines"])
def test_what_people_are_shown_holds_no_run_of_marks_without_end(clean: Callable[[str], str]) -> None:
    for worst in ("\u0301\u0316", "\u0344\u0316", "\u0f81\u0301", "\u064b\u05b0"):
        assert longest_run(clean("e" + worst * 20_000)) <= MARKS_MAX + 3
