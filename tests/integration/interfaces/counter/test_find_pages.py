"""A certificate is found without its number: seldom, written down, and spent with the word of a second person."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, staff
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.staff import Audited, Role
from largesse.ledger import EntryMode, Kind
from tests.builders.application import NOW, an_application
from tests.builders.gifts import a_gift, a_shop, bought
from tests.builders.staff import Worker, a_worker, signed_in
from tests.builders.tills import PIN, a_pin
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"
FIND = f"{COUNTER}/find"


class Looking(NamedTuple):
    """A counter with a clerk at it, somebody who may approve, and an order."""

    application: Application
    merchant: Merchant
    clerk: Worker
    owner: Worker
    order: Order
    client: httpx.AsyncClient


@pytest.fixture
async def looking(database: Database) -> AsyncIterator[Looking]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_shop(database)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, merchant)
        await a_pin(application, owner, PIN)
        [order] = await bought(application, merchant, a_gift())
        async with visiting(office_app(application)) as client:
            comes_with(client, await signed_in(application, clerk))
            yield Looking(application, merchant, clerk, owner, order, client)


async def looks(looking: Looking, **typed: str) -> httpx.Response:
    form = forms_of(await looking.client.get(FIND))[FIND]
    return await looking.client.post(FIND, data={**form, **typed})


async def last_four(looking: Looking) -> str:
    assert looking.order.certificate_id is not None
    async with looking.application.database.connection() as connection:
        ends = await certificates.last_four_of(connection, looking.merchant.merchant_id, [looking.order.certificate_id])
    return ends[looking.order.certificate_id]


async def test_it_is_found_by_its_order_or_by_an_address_and_one_more_fact(looking: Looking) -> None:
    ends = await last_four(looking)
    for typed in (
        {"order": looking.order.order_number.lower()},
        {"email": "ADA@example.com", "fact": "ada"},
        {"email": "ada@example.com", "fact": ends.lower()},
    ):
        found = await looks(looking, **typed)
        assert found.status_code == 200
        assert texts(found, "//section//h2") == [f"…{ends}"]
        assert "$" not in " ".join(texts(found, "//main"))


@pytest.mark.parametrize(
    "typed, status",
    [
        ({}, 422),
        ({"email": "ada@example.com"}, 422),
        ({"email": "ada@example.com", "fact": "Grace"}, 404),
        ({"email": "carl@example.com", "fact": "Ada"}, 404),
        ({"order": "GL-1"}, 404),
    ],
)
async def test_too_little_or_the_wrong_fact_finds_nothing(looking: Looking, typed: dict[str, str], status: int) -> None:
    assert (await looks(looking, **typed)).status_code == status


async def test_who_looks_is_written_down_and_looks_ten_times_an_hour(looking: Looking) -> None:
    for _ in range(10):
        assert (await looks(looking, order="GL-1")).status_code == 404
    assert (await looks(looking, order=looking.order.order_number)).status_code == 429
    async with looking.application.database.connection() as connection:
        entries = await staff.entries_about(connection, looking.merchant.merchant_id, str(looking.merchant.merchant_id))
    looked = [entry for entry in entries if entry.action is Audited.CERTIFICATE_LOOKED_FOR]
    assert [(entry.actor, entry.reason) for entry in looked] == [
        (f"person:{looking.clerk.person.person_id}", "by order")
    ] * 10


async def test_it_is_spent_with_the_word_of_a_second_person_alone(looking: Looking) -> None:
    found = await looks(looking, order=looking.order.order_number)
    take = f"{FIND}/take"
    asked = await looking.client.post(take, data={**forms_of(found)[take], "amount": "10"})
    assert asked.status_code == 422
    assert "whose paper or mail nobody has shown" in asked.text
    typed = {"approver": str(looking.owner.membership.membership_id), "approver_pin": PIN}
    done = await looking.client.post(take, data={**forms_of(asked)[take], **typed})
    again = await looking.client.post(take, data={**forms_of(asked)[take], **typed})
    assert (done.status_code, done.headers["location"]) == (303, again.headers["location"])
    assert looking.order.certificate_id is not None
    async with looking.application.database.connection() as connection:
        rows = await looking.application.ledger.statement(
            connection, looking.merchant.merchant_id, looking.order.certificate_id
        )
    [row] = [row for row in rows if row.kind is Kind.REDEEM]
    assert (row.amount, row.entry_mode) == (1_000, EntryMode.FOUND)


async def test_what_was_found_by_somebody_else_counts_for_nobody(looking: Looking) -> None:
    take = f"{FIND}/take"
    theirs = forms_of(await looks(looking, order=looking.order.order_number))[take]["found"]
    zoe = await a_worker(looking.application, looking.merchant, email="zoe@bakery.example", name="Zoe", role=Role.CLERK)
    async with visiting(office_app(looking.application)) as client:
        comes_with(client, await signed_in(looking.application, zoe))
        form = forms_of(await client.get(FIND))[FIND]
        answer = await client.post(take, data={**form, "found": theirs, "amount": "10"})
        assert answer.headers["location"] == FIND
