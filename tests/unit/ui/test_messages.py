"""Whatever a page says, it says in every language, with the same things filled in."""

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from largesse.ui import Voice, read_catalogue, translations_of
from tests.support.each import hold_for_each
from tests.support.messages import SOURCE, TRANSLATIONS, Text, key_of, translated, used

PLACEHOLDER = re.compile(r"\{(\w*)\}")
NO_BREAK, NARROW = "\u00a0", "\u202f"
LAW = SOURCE / "domain" / "law" / "translations.toml"


@cache
def said() -> tuple[Text, ...]:
    """All that pages, mails and commands say."""
    return tuple(sorted({message for _, _, message in used()}, key=str))


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_the_pages_say_something_that_the_search_finds() -> None:
    assert "Skip to the content" in said()
    assert ("{count} character left", "{count} characters left") in said()


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_message_is_translated(language: str) -> None:
    known = translated(language)
    missing = [message for message in said() if key_of(message) not in known]
    assert missing == [], "run `make messages`, then translate the new entries"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_no_catalogue_keeps_what_nobody_says(language: str) -> None:
    assert sorted(set(translated(language)) - {key_of(message) for message in said()}) == []


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_fills_in_the_same_things(language: str) -> None:
    known = translated(language)

    def fills_in_the_same(message: Text) -> None:
        assert key_of(message) in known
        found = known[key_of(message)]
        if isinstance(message, str):
            assert isinstance(found, str)
            assert placeholders(found) == placeholders(message)
        else:
            assert isinstance(found, tuple)
            assert len(found) == 2
            assert placeholders(found[1]) == placeholders(message[1])
            assert placeholders(found[0]) <= placeholders(message[0]) | placeholders(message[1])

    hold_for_each(said(), fills_in_the_same)


BRITISH = re.compile(
    r"\b(mum|\w*colour\w*|cheque\w*|centre\w*|cancelled|catalogue\w*|\w*organis\w*|\w*authoris\w*|\w*recognis\w*|"
    r"favour\w*|postcode\w*|licence\w*|enrol|enrols|unticked|ticked)\b",
    re.IGNORECASE,
)


def test_american_english_changes_what_is_said_and_leaves_no_british_word() -> None:
    own = translated("en-US")
    assert sorted(set(own) - {key_of(message) for message in said()}) == []

    def is_american(message: Text) -> None:
        forms = message if isinstance(message, tuple) else (message,)
        found = own.get(key_of(message), message)
        written = found if isinstance(found, tuple) else (found,)
        assert found != message or key_of(message) not in own, "a message that is the same need not be there"
        assert list(map(placeholders, written)) == list(map(placeholders, forms))
        assert [word for text in written for word in BRITISH.findall(PLACEHOLDER.sub("", text))] == []

    hold_for_each(said(), is_american)


def spaced_as_french_is(text: str) -> str:
    """The same text with the spaces that French prints before its signs: no line ends at one of them."""
    narrow = re.sub(r"\s([;!?])", rf"{NARROW}\1", text)
    return re.sub(r"«\s", f"«{NO_BREAK}", re.sub(r"\s([:»])", rf"{NO_BREAK}\1", narrow))


def test_no_line_of_french_begins_with_a_sign_or_ends_with_an_opening_quotation_mark() -> None:
    texts = [text for one in translated("fr").values() for text in ([one] if isinstance(one, str) else one)]
    law = tomllib.loads(LAW.read_text(encoding="utf-8"))
    texts += [one["fr"] for one in law["sentence"]]

    def is_spaced(text: str) -> None:
        assert text == spaced_as_french_is(text), (
            "before : and inside of « » a no-break space, before ; ! ? a narrow one"
        )

    hold_for_each(texts, is_spaced)


POLISH = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "{count} gift"
msgid_plural "{count} gifts"
msgstr[0] "{count} prezent"
msgstr[1] "{count} prezenty"
msgstr[2] "{count} prezentów"

msgid "Not yet"
msgstr ""
"""


def test_a_language_with_more_plural_forms_needs_no_more_than_its_catalogue(tmp_path: Path) -> None:
    (tmp_path / "pl").mkdir()
    (tmp_path / "pl" / "ui.po").write_text(POLISH, encoding="utf-8")
    voice = Voice("pl", translations_of(read_catalogue("pl", [tmp_path])))
    written = [voice.n("{count} gift", "{count} gifts", count) for count in (1, 2, 5, 12, 22, 25)]
    assert written == ["1 prezent", "2 prezenty", "5 prezentów", "12 prezentów", "22 prezenty", "25 prezentów"]
    assert voice.t("Not yet") == "Not yet"
    assert voice.day(date(2027, 11, 20)) == "20 listopada 2027"


def test_two_parts_that_translate_a_message_differently_are_refused(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    for part, text in (("a", "Datum"), ("b", "Tag")):
        (tmp_path / "de" / f"{part}.po").write_text(f'msgid "Day"\nmsgstr "{text}"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="one translation"):
        read_catalogue("de", [tmp_path])
