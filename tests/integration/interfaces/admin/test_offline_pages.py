"""Work without a line in the office: what is allowed, the most that can be lost, and what is settled."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
import lxml.html
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.services.certificates import redeem
from largesse.services.offline import take_queue
from largesse.services.staff import SignedIn
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.offline import OfflineTill, an_offline_till
from tests.builders.staff import BROWSER, Worker, a_worker
from tests.builders.tills import a_till
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting

PAGE = "/admin/corner-spa/devices/offline"
AMOUNTS = {"allowed": "yes", "per_certificate": "50", "per_device_day": "200.00", "over_all": "600", "hours_max": "12"}


class Office(NamedTuple):
    """A merchant with an owner, a bookkeeper and a till."""

    application: Application
    app: Litestar
    merchant: Merchant
    owner: Worker
    bookkeeper: Worker
    till: OfflineTill


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        owner = await a_worker(application, merchant)
        bookkeeper = await a_worker(application, merchant, email="bo@bakery.example", role=Role.BOOKKEEPER)
        card, other = [await a_card(application, merchant) for _ in range(2)]
        till = await an_offline_till(application, merchant, await a_till(application, merchant))
        await redeem(application, card.place, value=9_000, request=a_request(), now=NOW)
        till.take((card, 5_000))
        till.take((other, 100))
        await take_queue(application, merchant, till.rows[:1], now=NOW)
        yield Office(application, office_app(application), merchant, owner, bookkeeper, till)


async def _comes(office: Office, client: httpx.AsyncClient, worker: Worker) -> None:
    async with office.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
        )
        session, _ = await staff.sign_in(connection, session, now=NOW)
        session, token = await staff.step_up(connection, session, office.merchant.merchant_id, now=NOW)
    comes_with(client, SignedIn(session=session, token=token))


async def test_an_owner_allows_and_forbids_and_is_told_the_most_that_can_be_lost(office: Office) -> None:
    async with visiting(office.app) as client:
        await _comes(office, client, office.owner)
        for wrong, said in (
            ({"over_all": "much"}, "Give an amount above zero."),
            ({"per_certificate": "300"}, "Allow a device no less in a day"),
            ({"hours_max": "100"}, "Give 1 to 72 hours."),
        ):
            answer = await fill(client, PAGE, f"{PAGE}/rules", AMOUNTS | wrong)
            assert (answer.status_code, said in answer.text) == (422, True)
            assert next(iter(wrong.values())) in answer.text, "what was typed is kept"
        answer = await fill(client, PAGE, f"{PAGE}/rules", AMOUNTS)
        assert answer.headers["location"] == f"{PAGE}?done=changed"
        page = await client.get(PAGE)
        assert "At most $600.00 can be lost." in page.text
        assert forms_of(page)[f"{PAGE}/rules"]["per_device_day"] == "200.00"
        await fill(client, PAGE, f"{PAGE}/rules", {"allowed": ""})
        assert "What is allowed" in (await client.get(PAGE)).text


async def test_a_conflict_stands_on_today_and_is_settled_with_words(office: Office) -> None:
    async with visiting(office.app) as client:
        await _comes(office, client, office.owner)
        assert "2 conflicts of the tills" in (await client.get("/admin/corner-spa")).text
        page = await client.get(PAGE)
        assert "$40.00 is missing of" in page.text
        assert "spent elsewhere meanwhile" in page.text
        assert "Bar left, number 1" in page.text
        form = next(values for values in _settling(page) if "reason" in values)
        missing = await client.post(f"{PAGE}/settle", data={**form, "remedy": "charge"})
        assert (missing.status_code, "Say who is asked to pay" in missing.text) == (422, True)
        done = await client.post(f"{PAGE}/settle", data={**form, "remedy": "charge", "reason": "Room 12"})
        assert done.headers["location"] == f"{PAGE}?done=settled"
        assert "Ada asks for it: Room 12" in (await client.get(PAGE)).text
        await client.post(f"{PAGE}/settle", data={**form, "remedy": "paid"})
        again = await client.post(f"{PAGE}/settle", data={**form, "remedy": "paid"})
        assert (again.status_code, "changed meanwhile" in again.text) == (422, True)
        for values in _settling(await client.get(PAGE)):
            await client.post(f"{PAGE}/settle", data={**values, "remedy": "seen"})
        assert "of the tills" not in (await client.get("/admin/corner-spa")).text


def _settling(page: httpx.Response) -> list[dict[str, str]]:
    root: Any = lxml.html.fromstring(page.text)
    return [
        {name: str(value or "") for name, value in form.form_values()}
        for form in root.forms
        if form.action == f"{PAGE}/settle"
    ]


async def test_a_receipt_is_posted_from_its_code_once(office: Office) -> None:
    row = office.till.rows[1]
    async with visiting(office.app) as client:
        await _comes(office, client, office.owner)
        wrong = await fill(client, PAGE, f"{PAGE}/paper", {"code": "https://gifts.example.com"})
        assert (wrong.status_code, "no receipt that one of your devices" in wrong.text) == (422, True)
        for _ in range(2):
            done = await fill(client, PAGE, f"{PAGE}/paper", {"code": f"{row.signature}.{row.body}"})
            assert done.headers["location"] == f"{PAGE}?done=posted"


async def test_a_bookkeeper_sees_and_changes_nothing(office: Office) -> None:
    async with visiting(office.app) as client:
        await _comes(office, client, office.bookkeeper)
        page = await client.get(PAGE)
        assert page.status_code == 200
        assert not any(str(action).startswith(PAGE) for action in forms_of(page))
        assert "of the tills" not in (await client.get("/admin/corner-spa")).text
        assert texts(page, "//h1") == ["Without a line"]
