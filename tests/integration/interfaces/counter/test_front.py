"""Where somebody stands at the counter, and whose forms count there."""

import dataclasses
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.interfaces.counter.operations import OperationUnknown, new_operation, read_operation
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.locations import a_location
from tests.builders.staff import Worker, a_worker, signed_in
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"


class Spa(NamedTuple):
    """A merchant with a clerk."""

    application: Application
    app: Litestar
    merchant: Merchant
    clerk: Worker


@pytest.fixture
async def spa(database: Database) -> AsyncIterator[Spa]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, name="Bob", role=Role.CLERK)
        yield Spa(application, office_app(application), merchant, clerk)


async def comes(spa: Spa, client: httpx.AsyncClient) -> None:
    comes_with(client, await signed_in(spa.application, spa.clerk))


async def test_where_there_is_one_location_nobody_is_asked_where_they_are(spa: Spa) -> None:
    async with visiting(spa.app) as client:
        await comes(spa, client)
        answer = await client.get(COUNTER)
        assert answer.status_code == 200
        assert "Bob" in answer.text


async def test_where_there_are_two_the_one_that_was_chosen_is_remembered(spa: Spa, database: Database) -> None:
    cafe = await a_location(database, spa.merchant, code="CAFE", name="The garden café")
    async with visiting(spa.app) as client:
        await comes(spa, client)
        asked = await client.get(COUNTER)
        place = asked.headers["location"]
        assert place == f"{COUNTER}/place?next={COUNTER}"
        chosen = await fill(client, place, f"{COUNTER}/place", {"location": str(cafe.location_id)})
        assert chosen.headers["location"] == COUNTER
        assert texts(await client.get(COUNTER), "//h1") == ["The garden café"]


async def test_a_location_of_somebody_else_cannot_be_chosen(spa: Spa, database: Database) -> None:
    await a_location(database, spa.merchant, code="CAFE")
    other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    theirs = await a_location(database, other, code="CAFE")
    async with visiting(spa.app) as client:
        await comes(spa, client)
        typed = {"location": str(theirs.location_id)}
        assert (await fill(client, f"{COUNTER}/place", f"{COUNTER}/place", typed)).status_code == 422
        assert "counter-place" not in client.cookies


async def test_a_form_made_for_another_person_is_refused(spa: Spa) -> None:
    ada = await a_worker(spa.application, spa.merchant, email="owner@bakery.example")
    async with visiting(spa.app) as client:
        await comes(spa, client)
        form = forms_of(await client.get(f"{COUNTER}/place"))[f"{COUNTER}/place"]
        comes_with(client, await signed_in(spa.application, ada))
        assert (await client.post(f"{COUNTER}/place", data=form)).status_code == 403


def test_an_operation_counts_for_whom_it_was_made_alone(spa: Spa) -> None:
    keys = spa.application.keyring
    carried = {"operation": new_operation(keys, made_for="counter:m:d:p", now=NOW)}
    assert isinstance(read_operation(keys, carried, made_for="counter:m:d:p"), UUID)
    for foreign in ("counter:m:d:q", "counter:m:e:p", "counter:n:d:p"):
        with pytest.raises(OperationUnknown):
            read_operation(keys, carried, made_for=foreign)
    with pytest.raises(OperationUnknown):
        read_operation(keys, {}, made_for="counter:m:d:p")


async def test_by_plain_http_the_counter_is_refused(spa: Spa) -> None:
    plain = dataclasses.replace(spa.application, base_url="http://192.0.2.80:8000")
    async with visiting(office_app(plain)) as client:
        answer = await client.get(f"http://192.0.2.80:8000{COUNTER}")
    assert answer.status_code == 403
    assert "Only by https" in answer.text
