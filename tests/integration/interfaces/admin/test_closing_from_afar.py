"""A device's day that is closed from the office, refusals in the reader's language, and where one comes back to."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import msgspec
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import closings, staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import AuditReason, Role
from largesse.services.certificates import Request, block
from largesse.services.staff import SignedIn, end_membership
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_request
from tests.builders.counters import Counter, a_counter, sold_at
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter
from tests.support.office import comes_with, forms_of, office_app, texts, visiting


class Office(NamedTuple):
    """A merchant with a counter, and an owner's browser that has just stepped up."""

    application: Application
    merchant: Merchant
    counter: Counter
    owner: Worker
    client: httpx.AsyncClient


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        counter = await a_counter(database)
        owner = await a_worker(application, counter.merchant)
        async with application.database.transaction() as connection:
            session, _ = await staff.begin_session(
                connection, owner.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
            )
            session, _ = await staff.sign_in(connection, session, now=NOW)
            session, token = await staff.step_up(connection, session, counter.merchant.merchant_id, now=NOW)
        async with visiting(office_app(application)) as client:
            comes_with(client, SignedIn(session=session, token=token))
            yield Office(application, counter.merchant, counter, owner, client)


async def test_a_dead_device_is_closed_from_the_office_once_and_said_so(office: Office) -> None:
    device, client = office.counter.device, office.client
    await sold_at(office.application, office.counter)
    page = f"/admin/corner-spa/devices/{device.device_id}/close"
    form = forms_of(await client.get(page))[page]
    assert "54.13" not in (await client.get(page)).text, "the count comes before what should be there"
    wrong = await client.post(page, data={**form, "cash": "much", "reason": "stolen"})
    assert (wrong.status_code, texts(wrong, "//input[@name='reason']/@value")) == (422, ["stolen"])
    unexplained = await client.post(page, data={**form, "cash": "0"})
    assert "say why" in unexplained.text
    assert "In the drawer lies $54.13 too little." in texts(unexplained, "//p[@class='title']")
    typed = {**form, "cash": "0", "reason": "stolen"}
    for _ in range(2):
        assert "done=closed" in (await client.post(page, data=typed)).headers["location"]
    async with office.application.database.connection() as connection:
        found = await closings.find_closing(connection, office.merchant.merchant_id, device.device_id, 1)
    assert (found.from_office, found.actor) == (True, office.owner.manager.actor)
    listed = await client.get("/admin/corner-spa/reports/closings")
    [there] = texts(listed, "//main//table//a/@href")
    assert there == f"/admin/corner-spa/reports/closings/{device.device_id}/1"
    assert " ".join(texts(listed, "//main//tbody//td[@class='money']")).startswith("$0.00 ")
    told = await client.get(there)
    assert [texts(told, "//h1"), "stolen" in told.text, "closed from the office" in told.text] == [
        ["Close 1"],
        True,
        True,
    ]
    papers = texts(told, "//main//a[contains(@href, '.pdf')]/@href")
    assert papers == [f"{there}/{one}.pdf" for one in ("80", "58", "a4")]
    printer = office.application.receipt_printer
    assert isinstance(printer, PlainTypesetter)
    for paper in papers:
        printed = await client.get(paper)
        assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
        face, roll = printer.receipts[-1]
        words = repr(msgspec.to_builtins(face))
        assert paper.endswith(f"/{roll.value}.pdf")
        assert all(one in words for one in ("Close 1", "stolen", "closed from the office", "−$54.13")), words
    for other in ("57.pdf", "a4", "../2/a4.pdf"):
        assert (await client.get(f"{there}/{other}")).status_code == 404
    for other in ("2", "0" * 20, "99999999", "x"):
        assert (await client.get(f"{there[:-1]}{other}")).status_code == 404
    before = f"/admin/corner-spa/reports/closings?device={device.device_id}&before={found.operation_id}"
    assert "No day was closed yet" in (await client.get(before)).text
    again = await client.post(page, data={**forms_of(await client.get(page))[page], "cash": "0"})
    assert "Nothing happened on it since its last close." in again.text
    assert (await client.get("/admin/corner-spa/devices/nothing/close")).status_code == 404


async def test_what_the_ledger_refuses_is_said_in_the_readers_language(office: Office) -> None:
    card = await a_card(office.application, office.merchant)
    page = f"/admin/corner-spa/certificates/{card.place.certificate_id}/unblock"
    headers = {"accept-language": "de"}
    await block(office.application, card.place, request=a_request(), now=NOW)
    form = forms_of(await office.client.get(page, headers=headers))[page] | {"why": "Irrtum"}
    shown = await office.client.post(page, data=form, headers=headers)
    confirmed = {**forms_of(shown)[page], "sure": "yes"}
    assert (await office.client.post(page, data=confirmed, headers=headers)).status_code == 303
    form = forms_of(await office.client.get(page, headers=headers))[page] | {"why": "Irrtum"}
    shown = await office.client.post(page, data=form, headers=headers)
    refused = await office.client.post(page, data={**forms_of(shown)[page], "sure": "yes"}, headers=headers)
    assert (refused.status_code, "Er ist nicht mehr gesperrt." in refused.text) == (409, True)


async def test_filters_are_there_after_signing_in(office: Office) -> None:
    async with visiting(office_app(office.application)) as client:
        answer = await client.get("/admin/corner-spa/orders?status=placed&sort=newest")
        back = answer.headers["location"]
        assert back == "/staff/sign-in?next=/admin/corner-spa/orders%3Fstatus%3Dplaced%26sort%3Dnewest"
        signing = await client.get(back)
        assert "/admin/corner-spa/orders?status=placed&sort=newest" in texts(signing, "//input[@name='next']/@value")
        at_counter = await client.get("/counter/corner-spa/sold/GL-1?mailed=yes")
        assert at_counter.headers["location"].endswith("%3Fmailed%3Dyes")


async def test_who_lets_somebody_go_is_led_to_what_they_know(office: Office) -> None:
    application, merchant, client = office.application, office.merchant, office.client
    clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
    known = f"/admin/corner-spa/people/{clerk.membership.membership_id}/known"
    assert "Nothing to worry about" in (await client.get(known)).text
    sold = await sold_at(application, office.counter, request=_of(clerk))
    people = "/admin/corner-spa/people"
    form = forms_of(await client.get(people))[f"{people}/end"]
    typed = {**form, "member": str(clerk.membership.membership_id), "reason": "moved away"}
    assert (await client.post(f"{people}/end", data=typed)).headers["location"] == f"{known}?done=ended"
    page = await client.get(f"{known}?done=ended")
    assert f"/admin/corner-spa/certificates/{sold.order.certificate_id}" in texts(page, "//li//a/@href")
    form = forms_of(page)[known]
    assert (await client.post(known, data=form)).status_code == 422
    done = await client.post(known, data={**form, "reason": "he has left"})
    assert "1 certificate has a new number." in done.text
    assert (await client.get("/admin/corner-spa/people/nobody/known")).status_code == 404
    other = await a_worker(application, merchant, email="mia@bakery.example", name="Mia", role=Role.MANAGER)
    async with application.database.transaction() as connection:
        await end_membership(
            connection, merchant, other.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT, now=NOW
        )
    assert (await client.get(f"/admin/corner-spa/people/{other.membership.membership_id}/known")).status_code == 200


def _of(worker: Worker) -> Request:
    return Request(operation_id=a_request().operation_id, actor=worker.manager.actor)
