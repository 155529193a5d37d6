"""The texts that the law asks for: written in versions, read in the language that fits best."""

from datetime import UTC, datetime

import pytest

from largesse.db import Database
from largesse.domain.legal_texts import (
    LINK_MAX,
    TEXT_MAX,
    InvalidLegalText,
    LegalKind,
    LegalTextChanged,
    LegalTextDraft,
    legal_texts_of,
    write_legal_text,
)
from tests.builders.shop import a_seller

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)


def a_text(language: str = "en", *, text: str = "", link: str = "", seen: int = 0) -> LegalTextDraft:
    return LegalTextDraft(kind=LegalKind.TERMS, language=language, text=text, link=link, seen=seen)


async def test_the_newest_version_is_read_and_each_in_the_language_that_fits_best(database: Database) -> None:
    one = await a_seller(database)
    async with database.transaction() as connection:
        await write_legal_text(connection, one.merchant_id, a_text(text="Old"), now=NOW)
        await write_legal_text(connection, one.merchant_id, a_text(text="New", seen=1), now=NOW)
        await write_legal_text(connection, one.merchant_id, a_text("de", text="Neu"), now=NOW)
        texts = await legal_texts_of(connection, one.merchant_id, usual="en")
    read = {language: texts.read_in(language, LegalKind.TERMS) for language in ("en", "de", "fr")}
    assert {language: found.text for language, found in read.items() if found} == {
        "en": "New",
        "de": "Neu",
        "fr": "New",
    }
    assert texts.kinds == (LegalKind.TERMS,)
    assert texts.read_in("en", LegalKind.IMPRINT) is None
    assert texts.version_of(LegalKind.TERMS, "en") == 2


async def test_what_is_taken_away_is_read_no_more_and_what_is_left_stands_in(database: Database) -> None:
    one = await a_seller(database)
    async with database.transaction() as connection:
        await write_legal_text(connection, one.merchant_id, a_text(text="Terms"), now=NOW)
        await write_legal_text(connection, one.merchant_id, a_text("de", link="https://spa.example/agb"), now=NOW)
        await write_legal_text(connection, one.merchant_id, a_text(seen=1), now=NOW)
        texts = await legal_texts_of(connection, one.merchant_id, usual="en")
    found = texts.read_in("en", LegalKind.TERMS)
    assert found is not None
    assert found.link == "https://spa.example/agb"


async def test_who_saw_an_older_version_writes_over_nobody(database: Database) -> None:
    one = await a_seller(database)
    async with database.transaction() as connection:
        await write_legal_text(connection, one.merchant_id, a_text(text="First"), now=NOW)
        with pytest.raises(LegalTextChanged) as refused:
            await write_legal_text(connection, one.merchant_id, a_text(text="Second"), now=NOW)
        assert refused.value.code == "legal_text.changed"
        texts = await legal_texts_of(connection, one.merchant_id, usual="en")
    found = texts.read_in("en", LegalKind.TERMS)
    assert found is not None
    assert found.text == "First"


@pytest.mark.parametrize(
    "draft, field, code",
    [
        (a_text("tlh", text="x"), "language", "language.unknown"),
        (a_text(text="x" * (TEXT_MAX + 1)), "text", "legal_text.too_long"),
        (a_text(link="http://spa.example/terms"), "link", "legal_text.link.invalid"),
        (a_text(link="javascript:alert(1)"), "link", "legal_text.link.invalid"),
        (a_text(link="https://spa.example/" + "x" * LINK_MAX), "link", "legal_text.link.invalid"),
        (a_text(text="x", link="https://spa.example/terms"), "link", "legal_text.both"),
    ],
)
async def test_what_no_page_could_show_is_refused_by_its_field(
    database: Database, draft: LegalTextDraft, field: str, code: str
) -> None:
    one = await a_seller(database)
    async with database.transaction() as connection:
        with pytest.raises(InvalidLegalText) as refused:
            await write_legal_text(connection, one.merchant_id, draft, now=NOW)
        assert refused.value.code == "legal_text.invalid"
        assert [(fault.field, fault.code) for fault in refused.value.fields] == [(field, code)]
        assert not (await legal_texts_of(connection, one.merchant_id, usual="en")).all
