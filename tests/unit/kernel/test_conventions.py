"""How a country writes English, and what it prints on."""

import pytest

from largesse.kernel.conventions import English, SheetSize, english_of_zone, sheet_of_country, written_in


@pytest.mark.parametrize(
    "zone, english",
    [
        ("America/New_York", English.AMERICAN),
        ("US/Eastern", English.AMERICAN),
        ("America/Puerto_Rico", English.AMERICAN),
        ("America/Toronto", English.BRITISH),
        ("Europe/London", English.BRITISH),
        ("Etc/UTC", English.BRITISH),
    ],
)
def test_english_is_written_as_where_the_clock_stands(zone: str, english: English) -> None:
    assert english_of_zone(zone) is english


@pytest.mark.parametrize(
    "country, sheet",
    [
        ("US", "us-letter"),
        ("CA", "us-letter"),
        ("GU", "us-letter"),
        ("GB", "a4"),
        ("DE", "a4"),
        ("", "a4"),
        (None, "a4"),
    ],
)
def test_a_country_has_its_paper(country: str | None, sheet: str) -> None:
    assert sheet_of_country(country).value == sheet


def test_people_call_paper_by_its_name() -> None:
    assert [one.known_as for one in SheetSize] == ["A4", "Letter"]


def test_only_english_is_written_in_two_ways() -> None:
    assert written_in("en", English.AMERICAN) == "en-US"
    assert written_in("en", English.BRITISH) == "en"
    assert written_in("de", English.AMERICAN) == "de"
