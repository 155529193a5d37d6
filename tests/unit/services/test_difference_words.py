"""What the proof of the ledger finds, told in every language: no sentence of it is forgotten."""

import re
from pathlib import Path

import pytest

import largesse.ledger
from largesse.services.months import FOLDER
from largesse.services.months.difference_words import FINDINGS, difference_words
from largesse.ui import LANGUAGES, speak

LEDGER = Path(largesse.ledger.__file__).parent
PLACE = re.compile(r"\{([a-z]+)\}")
SENTENCES = sorted({sentence for several in FINDINGS.values() for sentence in several})


def test_every_query_that_finds_something_has_its_sentences() -> None:
    finding = set[str]()
    for path in LEDGER.glob("*.sql"):
        for query in re.split(r"^-- name: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            if " AS finding" in query:
                finding.add(query.split()[0])
    assert finding == set(FINDINGS) - {"seals"}


def test_every_sentence_on_seals_is_known() -> None:
    code = (LEDGER / "seal_proofs.py").read_text(encoding="utf-8")
    said = re.findall(r'_of\(seal, f?"([^"]+)"\)|found\.append\(\((?:seal|seals\[-1\]), f?"([^"]+)"\)\)', code)
    for sentence in (one or other for one, other in said):
        plain = difference_words(
            "seal 3", PLACE.sub("7", re.sub(r"\{[^}]*\}", "7", sentence)), speak("de", folders=(FOLDER / "locale",))
        )
        assert plain.startswith("Siegel 3: ")
        assert re.sub(r"\{[^}]*\}", "7", sentence) not in plain, sentence


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_every_sentence_is_told_in_every_language_with_what_stands_in_it(language: str) -> None:
    voice = speak(language, folders=(FOLDER / "locale",))
    for sentence in SENTENCES:
        names = PLACE.findall(sentence)
        english = sentence.format_map({name: f"<{at}>" for at, name in enumerate(names)})
        told = difference_words("USD", english, voice)
        assert english not in told, sentence
        assert all(f"<{at}>" in told for at in range(len(names))), sentence


def test_what_is_not_known_is_told_as_it_is() -> None:
    voice = speak("de", folders=(FOLDER / "locale",))
    assert difference_words("USD", "something new", voice) == "USD: something new"


@pytest.mark.parametrize(
    "finding, told",
    [
        (
            "journal row 4 says active, its kinds lead to blocked",
            "Journalzeile 4 sagt active, ihre Arten führen zu blocked",
        ),
        (
            "the bank_account says nothing; its journal row 3 of x",
            "bank_account sagt nothing; das Journal dazu row 3 of x",
        ),
        ("held 0 + 0, open holds add up to 5 + 0", "Vorgemerkt 0 + 0, offene Vormerkungen ergeben 5 + 0"),
    ],
)
def test_a_finding_is_told_by_its_own_sentence(finding: str, told: str) -> None:
    assert difference_words("USD", finding, speak("de", folders=(FOLDER / "locale",))) == f"USD: {told}"
