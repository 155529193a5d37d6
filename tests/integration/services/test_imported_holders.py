"""Whom certificates of another system are for: brought with them, and written to once where somebody asks for that."""

from collections.abc import AsyncIterator

import pytest

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import imports
from largesse.domain.imports import Import, ImportState, ImportTerms
from largesse.domain.merchants import Merchant
from largesse.services.certificates import Place, reissue
from largesse.services.counter import people_of
from largesse.services.imports import confirm, reverse, run, take_back
from largesse.services.privacy import erase_person
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.import_files import text
from tests.integration.services.test_imports import staged
from tests.support.mail_server import Letterbox, bodies_of, mail_server
from tests.support.words import mentions

HOLDERS = text(
    [
        "number,balance,good through,status,recipient email,recipient name,language",
        "OLD-0001-KMPR,100.00,,,ada@example.com,Ada,de-AT",
        "OLD-0002-KMPS,50.00,,,ada@example.com,Ada,de",
        "OLD-0003-KMPT,0,,inactive,card@example.com,,",
        "OLD-0004-KMPV,25.00,,,nobody at all,Bo,",
        "OLD-0005-KMPW,25.00,,,,,",
        "OLD-0006-KMPX,12.00,,,cy@example.com,,tlh",
    ]
)
TELLING = ImportTerms(tells=True)


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def brought(application: Application, merchant: Merchant, terms: ImportTerms) -> Import:
    one = await staged(application, merchant, HOLDERS, terms=terms)
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    await run(application, merchant, one.import_id, now=NOW)
    return await run(application, merchant, one.import_id, now=NOW)


async def posted(application: Application) -> Letterbox:
    """Send what is due, twice over, and return what a real mail server received."""
    letterbox = Letterbox()
    async with mail_server(letterbox) as url:
        relay = a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))
        for _ in range(2):
            await relay.run_once(NOW)
    return letterbox


async def recipients(application: Application) -> list[tuple[str, str, str]]:
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT email, name, locale FROM imported_recipients ORDER BY email, name")
    return [(row["email"], row["name"], row["locale"]) for row in rows]


async def test_whom_a_certificate_is_for_comes_with_it_and_nobody_is_written_to_unless_asked(
    application: Application, merchant: Merchant
) -> None:
    one = await brought(application, merchant, ImportTerms())
    assert one.state is ImportState.DONE
    assert (one.summary.addressed, one.summary.unaddressed, one.summary.rows) == (3, 1, 6)
    assert "ada@example.com" not in repr(one.summary)
    assert await recipients(application) == [
        ("ada@example.com", "Ada", "de"),
        ("ada@example.com", "Ada", "de"),
        ("card@example.com", "", ""),
        ("cy@example.com", "", ""),
    ]
    assert (await posted(application)).raw == []


async def test_each_holder_is_told_once_of_each_certificate_in_their_language(
    application: Application, merchant: Merchant
) -> None:
    await brought(application, merchant, TELLING)
    letterbox = await posted(application)
    assert sorted(one for _, some in letterbox.envelopes for one in some) == [
        "ada@example.com",
        "ada@example.com",
        "cy@example.com",
    ]
    told = [body for mail in letterbox.to("ada@example.com") for body in bodies_of(mail)]
    assert {("100,00" in body, "50,00" in body) for body in told} == {(True, False), (False, True)}
    assert all("Ihr Gutschein" in body or "Ihrer" in body for body in told)
    assert not any("OLD-000" in body or "OLD000" in body for body in told)
    [english] = letterbox.to("cy@example.com")
    assert english["Subject"] == "Your gift certificate of Corner Spa"


async def test_mails_that_have_not_left_stay_when_the_import_is_taken_back_and_so_does_nobody(
    application: Application, merchant: Merchant
) -> None:
    one = await brought(application, merchant, TELLING)
    await reverse(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    assert (await take_back(application, merchant, one.import_id, now=NOW)).state is ImportState.REVERSED
    assert (await posted(application)).raw == []
    assert await recipients(application) == []
    again = await brought(application, merchant, TELLING)
    assert again.import_id != one.import_id
    assert len((await posted(application)).raw) == 3


async def test_a_holder_is_known_at_the_counter_and_is_forgotten_when_they_ask(
    application: Application, merchant: Merchant
) -> None:
    await brought(application, merchant, ImportTerms())
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT certificate_id FROM imported_recipients WHERE email = 'ada@example.com'")
        ids = [row["certificate_id"] for row in rows]
        [ada] = await people_of(connection, application, merchant.merchant_id, ids)
        found = await imports.recipients_of(connection, merchant.merchant_id, ids)
    assert (ada.address, ada.name, ada.locale, len(found)) == ("ada@example.com", "Ada", "de", 2)
    erased = await erase_person(application, merchant, "Ada@example.com", actor="test", reason="asked", now=NOW)
    assert erased.imported == 2
    assert [one[0] for one in await recipients(application)] == ["card@example.com", "cy@example.com"]


async def test_a_holder_is_known_under_a_new_number_too_in_their_language_or_the_merchants(
    application: Application, merchant: Merchant
) -> None:
    await brought(application, merchant, TELLING)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE merchants SET language = 'fr'")
        one = await connection.fetchval("SELECT certificate_id FROM imported_recipients WHERE email = 'cy@example.com'")
        payloads = await connection.fetch("SELECT payload FROM events WHERE payload::text LIKE '%cy@example.com%'")
    assert len(payloads) == 1
    assert not mentions(str(payloads[0]["payload"]), "1200"), "what is on it is looked up when the mail leaves"
    for _ in range(2):
        place = Place(merchant_id=merchant.merchant_id, certificate_id=one)
        one = (await reissue(application, merchant, place, request=a_request("lost"), now=NOW)).certificate_id
    async with application.database.connection() as connection:
        [cy] = await people_of(connection, application, merchant.merchant_id, [one])
    assert (cy.address, cy.locale) == ("cy@example.com", "fr")
