"""The office's lists, over real pages: paged by keys, filtered by their sentence, sorted, counted and exported."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import programs, staff
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.programs import ProgramCall
from largesse.domain.staff import Role
from largesse.kernel.ids import new_id
from largesse.services.orders import give_up
from largesse.services.orders.selling import place
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant
from tests.builders.counters import a_counter, sold_at
from tests.builders.gifts import bought
from tests.builders.office import at_the_desk, some_orders
from tests.builders.orders import a_basket, a_charge
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

ORDERS = "/admin/corner-spa/orders"
CERTIFICATES = "/admin/corner-spa/certificates"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


def numbers_on(answer: httpx.Response) -> list[str]:
    """What the first cell of each row says."""
    assert answer.status_code == 200, answer.text
    return texts(answer, "//td/a[@data-row]")


def link(answer: httpx.Response, rel: str) -> str:
    found = texts(answer, f"//a[@rel='{rel}']/@href")
    return found[0] if found else ""


async def placed_only(application: Application, merchant: Merchant, amount: int) -> Order:
    """An order that waits for its payment."""
    [order] = (await place(application, merchant, a_basket(a_charge(amount)), now=NOW)).orders
    return order


async def test_who_has_sold_nothing_is_told_what_will_stand_there(desk: httpx.AsyncClient) -> None:
    for path, heading in ((ORDERS, "No orders yet"), (CERTIFICATES, "No certificates yet")):
        assert heading in texts(await desk.get(path), "//h2")


async def test_pages_follow_each_other_by_keys_there_and_back_while_more_is_sold(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    made = await some_orders(application, merchant, 53)
    expected = [one.order_number for one in reversed(made)]
    first = await desk.get(ORDERS)
    assert numbers_on(first) == expected[:50]
    assert texts(first, "//*[@class='said']") == ["53 orders"]
    assert link(first, "prev") == ""
    await some_orders(application, merchant, 1, now=NOW + timedelta(minutes=1))
    second = await desk.get(link(first, "next"))
    assert numbers_on(second) == expected[50:]
    assert link(second, "next") == ""
    back = await desk.get(link(second, "prev"))
    assert numbers_on(back) == expected[:50]
    assert link(back, "prev") != ""


@pytest.mark.parametrize(
    "sort, places",
    [("newest", [2, 1, 0]), ("oldest", [0, 1, 2]), ("largest", [2, 1, 0]), ("smallest", [0, 1, 2]), ("x", [2, 1, 0])],
)
async def test_orders_stand_in_the_order_that_is_asked_for(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, sort: str, places: list[int]
) -> None:
    made = await some_orders(application, merchant, 3)
    answer = await desk.get(ORDERS, params={"sort": sort})
    assert numbers_on(answer) == [made[one].order_number for one in places]


async def test_the_sentence_asks_for_state_source_time_and_amount(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    made = await some_orders(application, merchant, 3)
    waiting = await placed_only(application, merchant, 500)
    cancelled = await placed_only(application, merchant, 700)
    await give_up(application, merchant, cancelled.order_number)
    issued = [one.order_number for one in reversed(made)]
    for asked, expected in (
        ({"status": "placed"}, [waiting.order_number]),
        ({"status": "cancelled"}, [cancelled.order_number]),
        ({"status": "issued"}, issued),
        ({"status": "issued", "placed": "today"}, issued[:1]),
        ({"status": "issued", "placed": "yesterday"}, issued[1:2]),
        ({"status": "issued", "over": "15"}, issued[:2]),
        ({"over": "20.00"}, issued[:1]),
        ({"channel": "partner"}, []),
        ({"placed": "last-year"}, []),
    ):
        answer = await desk.get(ORDERS, params=asked)
        assert numbers_on(answer) == expected, asked
        if not expected:
            assert texts(answer, "//h2") == ["Nothing is like that"]
    assert len(numbers_on(await desk.get(ORDERS, params={"status": "stolen", "over": "lots"}))) == 5


async def test_what_an_address_says_otherwise_is_as_if_it_said_nothing(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    [order] = await some_orders(application, merchant, 1)
    for given in ("x", "%00", "WzEsMl0", "W251bGwsbnVsbF0", "A" * 5_000):
        for name in ("after", "before"):
            assert numbers_on(await desk.get(f"{ORDERS}?{name}={given}")) == [order.order_number]


async def test_certificates_are_listed_with_the_last_four_and_never_more(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    answer = await desk.get(CERTIFICATES)
    assert numbers_on(answer) == [f"… {card.number[-4:]}"]
    assert card.number not in answer.text
    assert numbers_on(await desk.get(CERTIFICATES, params={"status": "void"})) == []
    assert numbers_on(await desk.get(CERTIFICATES, params={"good": "past"})) == []
    assert len(numbers_on(await desk.get(CERTIFICATES, params={"value": "paid", "issued": "today"}))) == 1


async def test_nothing_of_another_merchant_is_listed(desk: httpx.AsyncClient, application: Application) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    await bought(application, other)
    assert numbers_on(await desk.get(ORDERS)) == []
    assert numbers_on(await desk.get(CERTIFICATES)) == []


async def test_what_programs_asked_for_is_found_by_its_id(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    here = "/admin/corner-spa/api-requests"
    assert "No program has asked yet" in texts(await desk.get(here), "//h2")
    example: dict[str, Any] = {
        "program_id": new_id(NOW),
        "program": "Till",
        "live": True,
        "method": "POST",
        "duration_ms": 12,
    }
    async with application.database.transaction() as connection:
        calls = [
            ProgramCall(
                merchant_id=merchant.merchant_id,
                call_id=new_id(NOW + timedelta(seconds=place)),
                called_at=NOW,
                request_id=f"till-{place:05}",
                path="/api/v1/certificates/redeem",
                status=status,
                code="certificate.void" if status == 409 else None,
                body_bytes=20,
                body='{"amount":"1.00"}',
                faults=("amount amount.decimals",),
                **example,
            )
            for place, status in enumerate((200, 409, 503))
        ]
        await programs.write_calls(connection, calls)
    assert len(numbers_on(await desk.get(here))) == 3
    refused = await desk.get(here, params={"outcome": "refused"})
    assert len(numbers_on(refused)) == 1
    found = await desk.get(here, params={"id": "till-00001", "key": "true"})
    [link_to] = texts(found, "//td/a[@data-row]/@href")
    page = await desk.get(link_to)
    assert {"409", "certificate.void"} <= set(" ".join(texts(page, "//dd//text()")).split())
    assert texts(page, "//pre") == ['{"amount":"1.00"}']
    assert (await desk.get(f"{here}/nothing")).status_code == 404


async def test_an_export_has_what_the_list_shows_and_the_audit_log_who_took_it(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    made = await some_orders(application, merchant, 3)
    page = await desk.get(ORDERS, params={"over": "15", "sort": "smallest"})
    answer = await desk.post(f"{ORDERS}/export", data=forms_of(page)[f"{ORDERS}/export"])
    assert answer.headers["content-disposition"].startswith('attachment; filename="orders-2026-11-22.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["order_number"], one["total"]) for one in rows] == [
        (made[1].order_number, "20.00"),
        (made[2].order_number, "30.00"),
    ]
    async with application.database.connection() as connection:
        [entry, *_] = await staff.latest_entries(connection, merchant.merchant_id)
    assert (entry.action.value, entry.subject) == ("list.exported", "orders")
    card = await a_card(application, merchant)
    page = await desk.get(CERTIFICATES)
    answer = await desk.post(f"{CERTIFICATES}/export", data=forms_of(page)[f"{CERTIFICATES}/export"])
    assert card.number[-4:] in answer.text
    assert card.number not in answer.text


async def test_who_may_not_read_orders_is_not_led_to_them(application: Application, merchant: Merchant) -> None:
    async with at_the_desk(application, merchant, role=Role.DEVELOPER, email="dev@bakery.example") as client:
        home = await client.get("/admin/corner-spa")
        assert "Orders" not in texts(home, "//nav//a/span")
        assert (await client.get(ORDERS)).status_code == 403


async def test_an_address_of_a_list_says_what_is_chosen_and_nothing_that_is_usual(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    await some_orders(application, merchant, 1)
    page = await desk.get(ORDERS, params={"status": "issued", "placed": "", "sort": "newest"})
    [href] = texts(page, "//th/a[text()='Total']/@href")
    assert parse_qs(urlsplit(href).query) == {"status": ["issued"], "sort": ["largest"]}
    assert texts(page, "//th[@aria-sort]/@aria-sort") == ["descending"]


async def test_what_was_sold_to_nobody_by_name_says_at_which_counter(application: Application) -> None:
    counter = await a_counter(application.database)
    await sold_at(application, counter)
    await bought(application, counter.merchant)
    async with at_the_desk(application, counter.merchant) as client:
        from_whom = texts(await client.get(ORDERS), "//td[@data-label='From']")
    assert "at the counter, The bar" in from_whom
    assert len(set(from_whom)) == 2
