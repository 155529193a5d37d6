from datetime import date

import msgspec
import pytest

from largesse.domain.catalog.face_words import (
    WORDS,
    FaceWords,
    good_through_sentence,
    gratuity_sentence,
    language_of,
    receipt_sentence,
)


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_every_language_says_everything_with_the_same_gaps(language: str) -> None:
    english = msgspec.structs.asdict(WORDS["en"])
    for field, words in msgspec.structs.asdict(WORDS[language]).items():
        assert words.strip() == words != ""
        for gap in ("{amount}", "{date}", "{merchant}", "{number}", "{rate}"):
            assert (gap in words) == (gap in english[field])
        assert language == "en" or words != english[field]
    assert isinstance(WORDS[language], FaceWords)


@pytest.mark.parametrize(
    "locale,sentence",
    [
        ("en", "Good through Sunday, 21 November 2027"),
        ("es", "Válido hasta el domingo, 21 de noviembre de 2027"),
        ("fr-CA", "Valable jusqu’au dimanche 21 novembre 2027"),
        ("de_AT", "Gültig bis Sonntag, 21. November 2027"),
        ("tlh", "Good through Sunday, 21 November 2027"),
    ],
)
def test_the_day_is_written_as_people_read_it(locale: str, sentence: str) -> None:
    written = good_through_sentence(date(2027, 11, 21), locale)
    assert written.replace("\u00a0", " ") == sentence
    assert "21\u00a0" in written or "21,\u00a0" in written or "21.\u00a0" in written


def test_a_certificate_without_an_end_says_so() -> None:
    assert good_through_sentence(None, "de") == "Dieser Gutschein gilt unbefristet"


@pytest.mark.parametrize(
    "locale, sentence",
    [
        ("en", "Gift receipt, issued on 29 November 2026"),
        ("es", "Recibo de regalo, emitido el 29 de noviembre de 2026"),
        ("fr", "Ticket cadeau, émis le 29 novembre 2026"),
        ("de", "Geschenkbeleg, ausgestellt am 29. November 2026"),
    ],
)
def test_a_gift_receipt_names_its_day(locale: str, sentence: str) -> None:
    assert receipt_sentence(date(2026, 11, 29), locale).replace("\u00a0", " ") == sentence


def test_a_locale_speaks_its_language_or_english() -> None:
    assert [language_of(locale) for locale in ("fr-CA", "de_AT", "es", "EN-us", "ja")] == ["fr", "de", "es", "en", "en"]
    assert gratuity_sentence("20,00 €", "fr") == "plus 20,00 € de pourboire"
    assert gratuity_sentence("$24.00", "en") == "plus $24.00 gratuity"


def test_the_first_of_a_month_is_written_as_french_reads_it() -> None:
    assert good_through_sentence(date(2027, 5, 1), "fr") == "Valable jusqu’au samedi 1er\u00a0mai\u00a02027"
