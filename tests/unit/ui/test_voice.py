"""Money, days and counts are written the way their readers write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ui import speak

NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 12, 24, 14, 0, tzinfo=UTC)
HARD, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    "language, minor, code, written",
    [
        ("en", 11000, "USD", "$110.00"),
        ("en", -1000, "USD", "−$10.00"),
        ("en", 123456, "JPY", "¥123,456"),
        ("en", 1500, "BHD", f"BHD{HARD}1.500"),
        ("en", 123456789, "EUR", "€1,234,567.89"),
        ("de", 123456, "EUR", f"1.234,56{HARD}€"),
        ("fr", 123456, "EUR", f"1{NARROW}234,56{HARD}€"),
        ("es", 11000, "EUR", f"110,00{HARD}€"),
    ],
)
def test_money_has_the_currencys_own_decimals(language: str, minor: int, code: str, written: str) -> None:
    assert speak(language).money(Money(minor, currency(code))) == written


def test_short_money_drops_only_decimals_that_say_nothing() -> None:
    dollars = currency("USD")
    assert speak("en").money(Money(5000, dollars), short=True) == "$50"
    assert speak("en").money(Money(5050, dollars), short=True) == "$50.50"


def test_the_largest_amount_keeps_every_unit() -> None:
    assert speak("en").money(Money(8_999_999_999_999_999, currency("USD"))) == "$89,999,999,999,999.99"


@pytest.mark.parametrize(
    "language, written",
    [
        ("en", "Saturday, 20 November 2027"),
        ("en-US", "Saturday, November 20, 2027"),
        ("en-GB", "Saturday, 20 November 2027"),
        ("es", "sábado, 20 de noviembre de 2027"),
        ("fr", "samedi 20 novembre 2027"),
        ("de", "Samstag, 20. November 2027"),
    ],
)
def test_a_long_day_names_its_weekday(language: str, written: str) -> None:
    assert speak(language).long_day(date(2027, 11, 20)) == written


def test_french_counts_the_first_of_a_month_and_no_other_day() -> None:
    first, eleventh = date(2027, 1, 1), date(2027, 1, 11)
    french = speak("fr")
    assert french.long_day(first) == "vendredi 1er janvier 2027"
    assert french.day(first, today=first) == "1er janvier"
    assert french.short_day(first) == "1er janv. 2027"
    assert french.day(eleventh) == "11 janvier 2027"
    assert speak("es").day(first) == "1 de enero de 2027"


@pytest.mark.parametrize(
    "language, written",
    [
        ("en", "on 24 December at 09:00"),
        ("en-US", "on December 24 at 9\xa0a.m."),
        ("es", "el 24 de diciembre a las 09:00"),
        ("fr", "le 24 décembre à 9\xa0h"),
        ("de", "am 24. Dezember um 09:00 Uhr"),
    ],
)
def test_a_moment_stands_in_a_sentence_in_the_merchants_zone(language: str, written: str) -> None:
    assert speak(language).on_moment(MORNING, zone=NEW_YORK, now=MORNING - timedelta(days=30)) == written


def test_a_moment_of_another_year_says_which() -> None:
    assert speak("en").moment(MORNING, zone=NEW_YORK, now=MORNING + timedelta(days=30)) == "24 December 2026 at 09:00"
    assert speak("en").moment(MORNING, zone=NEW_YORK) == "24 December 2026 at 09:00"


@pytest.mark.parametrize(
    "hour, minute, written",
    [
        (0, 0, "12\xa0a.m."),
        (9, 5, "9:05\xa0a.m."),
        (12, 0, "12\xa0p.m."),
        (12, 30, "12:30\xa0p.m."),
        (23, 59, "11:59\xa0p.m."),
    ],
)
def test_americans_count_twelve_hours_twice(hour: int, minute: int, written: str) -> None:
    assert speak("en-US").time_of_day(hour, minute) == written
    assert speak("en").time_of_day(hour, minute) == f"{hour:02d}:{minute:02d}"


def test_american_english_is_english_with_days_and_words_of_its_own() -> None:
    american = speak("en-US")
    assert (american.language, american.tag, speak("en").tag) == ("en", "en-US", "en")
    assert american.short_day(date(2027, 11, 20)) == "Nov 20, 2027"
    assert american.day(date(2027, 11, 20), today=date(2027, 1, 1)) == "November 20"
    assert american.money(Money(5000, currency("USD"))) == speak("en").money(Money(5000, currency("USD")))


@pytest.mark.parametrize("days, word", [(0, "today"), (1, "yesterday"), (-1, "tomorrow")])
def test_a_near_moment_is_told_by_its_calendar_day(days: int, word: str) -> None:
    near_midnight = datetime(2026, 12, 24, 4, 30, tzinfo=UTC)  # 23:30 the evening before in New York
    now = near_midnight + timedelta(days=days, minutes=10)
    assert speak("en").moment(near_midnight, zone=NEW_YORK, now=now) == f"{word} at 23:30"
    assert speak("en").on_moment(near_midnight, zone=NEW_YORK, now=now) == f"{word} at 23:30"


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        speak("en").moment(MORNING.replace(tzinfo=None), zone=NEW_YORK)


@pytest.mark.parametrize(
    "language, count, said",
    [
        ("en", 1, "1 character left"),
        ("en", 0, "0 characters left"),
        ("en", 1200, "1,200 characters left"),
        ("fr", 0, "encore 0 caractère"),
        ("fr", 2, "encore 2 caractères"),
        ("es", 1, "queda 1 carácter"),
        ("de", 1200, "noch 1.200 Zeichen"),
    ],
)
def test_a_count_takes_the_plural_of_its_language(language: str, count: int, said: str) -> None:
    assert speak(language).n("{count} character left", "{count} characters left", count) == said


def test_what_is_filled_in_is_never_taken_for_a_placeholder() -> None:
    assert (
        speak("en").t("{items} and {last}", items="{last}", last="{items.__class__}") == "{last} and {items.__class__}"
    )


def test_a_message_without_a_translation_is_said_in_english() -> None:
    assert speak("de").t("No catalogue has this") == "No catalogue has this"


def test_words_are_joined_as_in_a_sentence() -> None:
    assert speak("en").listing(["Ada", "Grace", "Mary"]) == "Ada, Grace and Mary"
    assert speak("fr").listing(["Ada", "Grace"]) == "Ada et Grace"
    assert speak("en").listing(["Ada"]) == "Ada"
    assert speak("en").listing([]) == ""


def test_a_share_keeps_its_decimals() -> None:
    assert speak("en").percent(Decimal("0.0825")) == "8.25%"
    assert speak("de").percent(Decimal("0.15")) == f"15{HARD}%"


def test_every_language_names_itself_and_its_direction() -> None:
    assert (speak("fr").name, speak("fr").direction) == ("Français", "ltr")
