"""What profiles say stands in every language of the pages, once, and with the same blanks."""

from string import Formatter

import pytest

from largesse.domain.law import (
    ADVICE,
    PHRASES,
    TOPICS,
    CashOutAnswer,
    HeldRule,
    Owed,
    StatedRule,
    Sureness,
    find_profile,
    in_language,
    profiles,
    rule_words,
    translations,
    validity_warnings,
)
from largesse.domain.law.profiles import profile_or_unknown
from largesse.kernel.validity import Validity
from largesse.ui import LANGUAGES
from tests.unit.domain.law.test_profiles import RULES, TODAY

OTHERS = tuple(one for one in LANGUAGES if one != "en")


def spoken() -> set[str]:
    """Every sentence of the profiles, and every phrase that their rules are put in words with."""
    found = {one.name for one in profiles().values()} | {one.note for one in profiles().values() if one.note}
    for _, _, rule in RULES:
        found |= {rule.note} if rule.note else set()
        found |= {rule.says} if isinstance(rule, StatedRule) and rule.says else set()
    return found | {*PHRASES, *ADVICE, profile_or_unknown("gone").name}


def test_every_sentence_is_translated_and_nothing_else() -> None:
    assert (spoken() - set(translations()), set(translations()) - spoken()) == (set(), set())


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_says_all_with_the_same_blanks(language: str) -> None:
    def blanks(text: str) -> list[str]:
        return sorted(name for _, name, _, _ in Formatter().parse(text) if name)

    wrong = [
        en
        for en in spoken()
        if not in_language(en, language).strip() or blanks(en) != blanks(in_language(en, language))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_rule_and_no_note_is_told_in_english(language: str) -> None:
    english = [
        (code, topic, rule_words(rule))
        for code, topic, rule in RULES
        if rule_words(rule, language) == rule_words(rule) and rule_words(rule) not in {"unknown", "none"}
    ]
    assert english == []
    assert [rule.note for _, _, rule in RULES if rule.note and in_language(rule.note, language) == rule.note] == []


def test_what_a_law_demands_in_one_language_stays_in_it() -> None:
    for en, one in translations().items():
        for words in ("no expiry date", "do not expire"):
            if f"“{words}”" in en:
                assert all(words in one.text(language) for language in OTHERS), en


def test_every_translation_says_how_sure_it_is() -> None:
    assert {one.sure for one in translations().values()} == {Sureness.YES, Sureness.MEDIUM}


def test_rules_and_warnings_are_said_in_the_readers_language() -> None:
    [rule] = find_profile("US-CO").rules("cash_out")
    assert rule_words(rule, "de") == "höchstens 5,00 USD"
    answer = CashOutAnswer(owed=Owed.YES, held=HeldRule(profile="US-CO", rule=rule))
    assert (answer.reason, answer.reason_in("fr")) == ("US-CO: at most 5.00 USD", "US-CO: au plus 5,00 USD")
    assert CashOutAnswer(owed=Owed.UNKNOWN).reason_in("es") == "desconocido"
    [warning] = validity_warnings(find_profile("US-CA"), Validity(months=12), today=TODAY, language="es")
    assert (warning.code, warning.message) == (
        "law.validity.no_expiry",
        "La ley de US-CA dice: sin caducidad. Véndalo sin último día.",
    )
    assert in_language("a sentence that nobody translated", "de") == "a sentence that nobody translated"


def test_every_topic_is_one_of_the_rules_that_are_told() -> None:
    assert {topic for _, topic, _ in RULES} <= set(TOPICS)
