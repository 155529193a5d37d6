"""Whatever a page says, it says in every language, with the same things filled in."""

import re

import pytest

from tests.support.messages import TRANSLATIONS, Said, catalogue, key_of, said

SAID = sorted({message for _, _, message in said()}, key=str)
PLACEHOLDER = re.compile(r"\{(\w*)\}")


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def test_the_pages_say_something_that_the_search_finds() -> None:
    assert "Skip to the content" in SAID
    assert ("{count} character left", "{count} characters left") in SAID


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_every_message_is_translated(language: str) -> None:
    known = catalogue(language).messages
    missing = [message for message in SAID if key_of(message) not in known]
    assert missing == [], "run `make messages`, then translate the new entries"


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_no_catalogue_keeps_what_nobody_says(language: str) -> None:
    assert sorted(set(catalogue(language).messages) - {key_of(message) for message in SAID}) == []


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("message", SAID, ids=str)
def test_a_translation_fills_in_the_same_things(message: Said, language: str) -> None:
    translated = catalogue(language).messages[key_of(message)]
    if isinstance(message, str):
        assert isinstance(translated, str)
        assert placeholders(translated) == placeholders(message)
    else:
        assert isinstance(translated, tuple)
        assert len(translated) == 2
        assert placeholders(translated[1]) == placeholders(message[1])
        assert placeholders(translated[0]) <= placeholders(message[0]) | placeholders(message[1])
