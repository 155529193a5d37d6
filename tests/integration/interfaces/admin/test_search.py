"""The box that searches: what is exact leads there, and what names somebody stands in no address."""

from collections.abc import AsyncIterator
from urllib.parse import unquote

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.imports import Choices, ImportTerms, LastDay
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.interfaces.admin.office.search_page import MISSES
from largesse.services.certificates import locate
from largesse.services.imports import confirm, run, stage
from largesse.wire.loose_tables import read_loose_table
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant
from tests.builders.gifts import a_gift, bought
from tests.builders.office import at_the_desk
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

HOME = "/admin/corner-spa"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def order(application: Application, merchant: Merchant) -> Order:
    [made] = await bought(application, merchant, a_gift(a_charge(12_345), name="Ada", email="ada@example.com"))
    return made


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


async def finds(desk: httpx.AsyncClient, text: str) -> str:
    """Where the box leads."""
    opened = await desk.get(f"{HOME}/keys")
    answer = await desk.post(f"{HOME}/search", data={**forms_of(opened)[f"{HOME}/search"], "search": text})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def hits(desk: httpx.AsyncClient, text: str) -> list[str]:
    """What stands in the rows that the box leads to; the address says nothing of what was typed."""
    address = await finds(desk, text)
    assert address.startswith(f"{HOME}/search?of=")
    for word in text.split():
        assert word.casefold() not in unquote(address.removeprefix(f"{HOME}/search?of=")).casefold() or len(word) < 4
    answer = await desk.get(address)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    return texts(answer, "//td/a[@data-row]")


async def test_what_is_exact_leads_there(desk: httpx.AsyncClient, order: Order) -> None:
    here = f"{HOME}/orders/{order.order_number}"
    assert await finds(desk, order.order_number) == here
    assert await finds(desk, f" {order.order_number.lower()} ") == here
    assert await finds(desk, str(order.order_id)) == here
    assert await finds(desk, str(order.certificate_id)) == f"{HOME}/certificates/{order.certificate_id}"


async def test_a_whole_number_leads_to_its_certificate_and_is_audited(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    assert await finds(desk, card.number) == f"{HOME}/certificates/{card.place.certificate_id}"
    async with application.database.connection() as connection:
        [entry] = await staff.entries_about(connection, merchant.merchant_id, str(card.place.certificate_id))
    assert (entry.action.value, entry.reason) == ("certificate.number.searched", None)
    assert await hits(desk, card.number[-4:]) == [f"… {card.number[-4:]}"]


@pytest.mark.parametrize(
    "text", ["Ada@Example.com", "grace@example.com", "ada", "Hopper", "grace hopper", "GRACE HOP", "123.45", "$123.45"]
)
async def test_people_and_amounts_are_found_under_an_opaque_word(
    desk: httpx.AsyncClient, order: Order, text: str
) -> None:
    assert await hits(desk, text) == [order.order_number]


@pytest.mark.parametrize("text", ["lovelace", "nobody@example.com", "%", "_da", "99", "ab%", "\\"])
async def test_what_is_not_there_is_said(desk: httpx.AsyncClient, order: Order, text: str) -> None:
    assert order.order_number
    assert await hits(desk, text) == []


@pytest.mark.parametrize(
    "text, query",
    [
        ("yesterday", "placed=yesterday"),
        ("Last week", "placed=7d"),
        ("last month", "placed=last-month"),
        ("over 200", "over=200"),
        ("> $20.50", "over=%2420.50"),
    ],
)
async def test_words_of_time_and_amount_lead_to_the_list(desk: httpx.AsyncClient, text: str, query: str) -> None:
    assert await finds(desk, text) == f"{HOME}/orders?{query}"


async def test_a_number_of_another_system_leads_to_what_was_imported(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    table = read_loose_table(b"number,balance\nOLD-0001-KMPR,100.00\n", size_max=1 << 20, encoding="")
    plain = Choices(preset="plain", last_day=LastDay.INCLUDED)
    one = await stage(
        application, merchant, table, file_name="old.csv", choices=plain, terms=ImportTerms(), actor="test", now=NOW
    )
    await confirm(application, merchant, one.import_id, actor="test", reason=None, now=NOW)
    await run(application, merchant, one.import_id, now=NOW)
    held = await locate(application, "OLD-0001-KMPR", at=merchant)
    assert await finds(desk, "old 0001 kmpr") == f"{HOME}/certificates/{held.certificate.certificate_id}"


async def test_nothing_of_another_merchant_is_found_and_no_word_of_anybody_elses_counts(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, order: Order
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    card = await a_card(application, other)
    [foreign] = await bought(application, other, a_gift(name="Zoe", email="zoe@example.com"))
    for text in (card.number, foreign.order_number, str(foreign.order_id), str(foreign.certificate_id), "zoe"):
        assert await hits(desk, text) == []
    word = await finds(desk, "ada")
    async with at_the_desk(application, merchant, email="second@bakery.example") as second:
        assert texts(await second.get(word), "//td/a") == []
    assert texts(await desk.get(f"{HOME}/search?of=AAAA"), "//td/a") == []
    assert order.order_number in (await desk.get(word)).text


async def test_who_guesses_numbers_is_stopped_and_their_colleague_is_not(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, order: Order
) -> None:
    form = forms_of(await desk.get(f"{HOME}/keys"))[f"{HOME}/search"]
    for text in ("ada", *(f"{guess:04}" for guess in range(MISSES))):
        assert (await desk.post(f"{HOME}/search", data={**form, "search": text})).status_code == 303
    stopped = await desk.post(f"{HOME}/search", data={**form, "search": order.order_number})
    assert (stopped.status_code, "looked for much" in stopped.text) == (429, True)
    async with at_the_desk(application, merchant, email="second@bakery.example") as second:
        assert await finds(second, order.order_number) == f"{HOME}/orders/{order.order_number}"
