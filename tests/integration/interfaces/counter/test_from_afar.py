"""A word of a second person who is elsewhere: asked for at the till, given in the office, and the till goes on."""

import email
import email.policy
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import approvals, staff
from largesse.domain.approvals import ActLimit, LimitedAct, RequestDecision
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, AuditReason, Role
from largesse.kernel.ids import new_id
from largesse.services.approvals import change_limit
from largesse.services.staff import SignedIn, end_membership
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_card, a_merchant
from tests.builders.gifts import a_gift, a_relay, bought
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.builders.tills import PIN, Till, a_pin, a_till
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.counter.test_tills import is_till, types_pin
from tests.support.office import comes_with, forms_of, office_app, texts, visiting
from tests.support.words import mentions

COUNTER, REQUESTS = "/counter/corner-spa", "/admin/corner-spa/requests"
LONG_AGO = NOW - timedelta(days=30)


class Bar(NamedTuple):
    """A till with a clerk at it, and an owner who is at home."""

    application: Application
    app: Litestar
    merchant: Merchant
    till: Till
    clerk: Worker
    owner: Worker
    clock: StillClock


@pytest.fixture
async def bar(database: Database) -> AsyncIterator[Bar]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as application:
        merchant = await a_merchant(database)
        await on_sale(database, merchant, a_draft())
        clerk = await a_worker(
            application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK, now=LONG_AGO
        )
        owner = await a_worker(application, merchant, now=LONG_AGO)
        await a_pin(application, clerk)
        yield Bar(
            application, office_app(application), merchant, await a_till(application, merchant), clerk, owner, clock
        )


@pytest.fixture
async def till(bar: Bar) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on the till, which Bob has unlocked."""
    async with visiting(bar.app) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, bar.clerk)
        yield client


async def at_home(bar: Bar, client: httpx.AsyncClient, worker: Worker) -> None:
    """Somebody has signed in and stepped up on a device of their own."""
    async with bar.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=bar.clock.now()
        )
        session, _ = await staff.sign_in(connection, session, now=bar.clock.now())
        session, token = await staff.step_up(connection, session, bar.merchant.merchant_id, now=bar.clock.now())
    comes_with(client, SignedIn(session=session, token=token))


async def decides(bar: Bar, worker: Worker, act: str = "approve") -> httpx.Response:
    """Decide what waits on the page of requests."""
    async with visiting(bar.app) as client:
        await at_home(bar, client, worker)
        page = await client.get(REQUESTS)
        return await client.post(f"{REQUESTS}/{act}-at-till", data=forms_of(page)[f"{REQUESTS}/{act}-at-till"])


async def asks_from_afar(client: httpx.AsyncClient, asking: httpx.Response, action: str) -> str:
    """Press `Ask from afar` on the page that asks for a second person; return where one waits."""
    assert asking.status_code == 422, asking.text
    answer = await client.post(action, data={**forms_of(asking)[action], "from_afar": "yes"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def limits_sales(bar: Bar, **amounts: int) -> None:
    async with bar.application.database.transaction() as connection:
        limit = ActLimit(merchant_id=bar.merchant.merchant_id, act=LimitedAct.SALE, **amounts)
        await change_limit(connection, bar.merchant, limit, by=OPERATOR, now=NOW)


async def sells(client: httpx.AsyncClient, amount: str) -> httpx.Response:
    page = f"{COUNTER}/sell/any-amount"
    form = forms_of(await client.get(page))[page]
    return await client.post(page, data={**form, "amount": "", "other": amount, "tender": "cash", "to": "Anna"})


async def test_the_till_waits_and_goes_on_by_itself_once_it_was_approved_elsewhere(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    await limits_sales(bar, per_act=4_000)
    page = f"{COUNTER}/sell/any-amount"
    waits_at = await asks_from_afar(till, await sells(till, "50"), page)
    waiting = await till.get(waits_at)
    assert texts(waiting, "//h1") == ["Waiting for a second person"]
    assert texts(waiting, "//noscript/meta/@content") == [f"4; url={waits_at}/waits?poll=1"]
    [code] = texts(waiting, "//p/b[@class='h1']")
    assert f"Asked: {code}" in (await till.get(COUNTER)).text
    async with visiting(bar.app) as client:
        await at_home(bar, client, bar.owner)
        assert "1 request waits for you" in (await client.get("/admin/corner-spa")).text
        told = await client.get(REQUESTS)
        assert "A certificate of $50.00 is sold." in told.text
        assert code in told.text
        assert not mentions(told.text, "Anna"), "only what is decided"
    assert (await decides(bar, bar.owner)).headers["location"] == f"{REQUESTS}?done=till"
    leads_on = await till.get(f"{waits_at}/waits?poll=2")
    assert texts(leads_on, "//meta[@http-equiv='refresh']/@content") == [f"0; url={waits_at}"]
    assert "data-again" not in leads_on.text
    first, again = [(await till.get(waits_at)) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    assert texts(await till.get(first.headers["location"]), "//h1") == ["Sold: $54.13"]
    async with bar.application.database.connection() as connection:
        found = await staff.latest_entries(connection, bar.merchant.merchant_id, limit=20)
    [approved] = [one for one in found if one.action is Audited.TILL_APPROVED]
    assert approved.actor == f"person:{bar.owner.person.person_id}"
    assert approved.reason == f"above_limit by person:{bar.clerk.person.person_id}, from afar"


async def test_what_is_within_a_clerks_limit_asks_nobody_and_fills_the_day(bar: Bar, till: httpx.AsyncClient) -> None:
    await limits_sales(bar, per_day=9_000)
    assert (await sells(till, "50")).status_code == 303
    assert "has to approve" in (await sells(till, "50")).text
    assert (await sells(till, "5")).status_code == 422, "less than is on sale"
    assert (await sells(till, "40")).status_code == 303, "what came to nothing does not count"
    await a_pin(bar.application, bar.owner, "740291")
    async with visiting(bar.app) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, bar.owner, "740291")
        assert (await sells(client, "500")).status_code == 303, "who approves is not limited"


async def test_who_may_approve_is_mailed_a_link_and_nothing_of_what_it_is_about(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    await limits_sales(bar, per_act=4_000)
    await asks_from_afar(till, await sells(till, "50"), f"{COUNTER}/sell/any-amount")
    mail = KeepingSender()
    await a_relay(bar.application, mail).run_once(NOW)
    [parcel] = [one for one in mail.parcels if one.url == "mailto:ada@bakery.example"]
    said = email.message_from_bytes(parcel.body, policy=email.policy.default)
    body = said.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Bob stands at the till" in text
    assert f"https://gifts.example.com{REQUESTS}" in text
    assert "50" not in text.replace("https://gifts.example.com", "")
    assert not [one for one in mail.parcels if "bob@" in one.url]
    bar.clock.moment = NOW + timedelta(minutes=1)
    await asks_from_afar(till, await sells(till, "60"), f"{COUNTER}/sell/any-amount")
    await decides(bar, bar.owner)
    late = KeepingSender()
    await a_relay(bar.application, late).run_once(bar.clock.now())
    assert late.parcels == [], "what is decided is not mailed any more"


async def test_a_late_undo_a_tab_and_a_cash_out_go_on_from_afar(bar: Bar, till: httpx.AsyncClient) -> None:
    card = await a_card(bar.application, bar.merchant, value=10_000)
    bill, home = f"{COUNTER}/bill", COUNTER
    page = await till.post(bill, data={**forms_of(await till.get(home))[bill], "number": card.number})
    opened = await till.post(f"{bill}/hold", data={**forms_of(page)[bill], "total": "60", "reference": "T7"})
    assert opened.status_code == 303, opened.text
    [tab] = texts(await till.get(f"{COUNTER}/tabs"), "//ul[@class='till-list']//a/@href")
    asking = await till.post(tab, data={**forms_of(await till.get(tab))[tab], "act": "release"})
    waits_at = await asks_from_afar(till, asking, tab)
    await decides(bar, bar.owner)
    done = await till.get(waits_at)
    assert "Tab released" in (await till.get(done.headers["location"])).text

    page = await till.post(bill, data={**forms_of(await till.get(home))[bill], "number": card.number})
    taken = await till.post(f"{bill}/redeem", data={**forms_of(page)[bill], "total": "60", "take": "total"})
    receipt = await till.get(taken.headers["location"])
    form = forms_of(receipt)[f"{COUNTER}/undo"] | {"reason": "wrong guest"}
    bar.clock.moment = NOW + timedelta(minutes=6)
    await types_pin(till, bar.till, bar.clerk)
    waits_at = await asks_from_afar(till, await till.post(f"{COUNTER}/undo", data=form), f"{COUNTER}/undo")
    await decides(bar, bar.owner)
    done = await till.get(waits_at)
    assert "Redemption undone" in (await till.get(done.headers["location"])).text
    assert (await card.left(bar.application))[0] == 10_000

    page = await till.post(bill, data={**forms_of(await till.get(home))[bill], "number": card.number})
    slips = forms_of(page)[bill]
    shown = await till.post(f"{COUNTER}/cash-out", data=slips)
    pay = f"{COUNTER}/cash-out/pay"
    waits_at = await asks_from_afar(till, await till.post(pay, data=forms_of(shown)[pay]), pay)
    await decides(bar, bar.owner)
    done = await till.get(waits_at)
    assert "Rest paid out in cash" in (await till.get(done.headers["location"])).text


async def test_what_was_refused_stays_refused_however_often_it_is_sent(bar: Bar, till: httpx.AsyncClient) -> None:
    await limits_sales(bar, per_act=4_000)
    page = f"{COUNTER}/sell/any-amount"
    asking = await sells(till, "50")
    waits_at = await asks_from_afar(till, asking, page)
    assert (await decides(bar, bar.owner, "refuse")).headers["location"] == f"{REQUESTS}?done=refused"
    assert texts(await till.get(waits_at), "//h1") == ["Refused"]
    again = await till.post(page, data={**forms_of(asking)[page], "from_afar": "yes"})
    assert again.status_code == 422
    async with bar.application.database.connection() as connection:
        [request] = await approvals.till_requests(connection, bar.merchant.merchant_id, since=NOW - timedelta(hours=1))
    assert request.decision is RequestDecision.REFUSED


async def test_nobody_else_learns_or_has_done_what_somebody_asked_for(bar: Bar, till: httpx.AsyncClient) -> None:
    await limits_sales(bar, per_act=4_000)
    waits_at = await asks_from_afar(till, await sells(till, "50"), f"{COUNTER}/sell/any-amount")
    mia = await a_worker(bar.application, bar.merchant, email="mia@bakery.example", name="Mia", role=Role.CLERK)
    await a_pin(bar.application, mia)
    await decides(bar, bar.owner)
    async with visiting(bar.app) as client:
        is_till(client, bar.till)
        await types_pin(client, bar.till, mia)
        assert (await client.get(waits_at)).status_code == 404
        assert (await client.get(f"{COUNTER}/asked/{new_id(NOW)}")).status_code == 404
        assert (await client.get(f"{COUNTER}/asked/nothing")).status_code == 404
    other = await a_till(bar.application, bar.merchant, name="Bar right")
    async with visiting(bar.app) as client:
        is_till(client, other)
        await types_pin(client, other, bar.clerk)
        assert (await client.get(waits_at)).status_code == 404


async def test_it_waits_for_half_an_hour_and_ends_with_whoever_asked(bar: Bar, till: httpx.AsyncClient) -> None:
    await limits_sales(bar, per_act=4_000)
    page = f"{COUNTER}/sell/any-amount"
    first = await asks_from_afar(till, await sells(till, "50"), page)
    bar.clock.moment = NOW + timedelta(minutes=30)
    await types_pin(till, bar.till, bar.clerk)
    assert texts(await till.get(first), "//h1") == ["Nobody answered in time"]
    second = await asks_from_afar(till, await sells(till, "60"), page)
    async with bar.application.database.transaction() as connection:
        await end_membership(
            connection, bar.merchant, bar.clerk.membership, by=OPERATOR, reason=None, code=AuditReason.LEFT,
            now=bar.clock.now(),
        )  # fmt: skip
        found = await approvals.find_till_request(connection, bar.merchant.merchant_id, id_of(second))
        assert (found.decision, found.form) == (RequestDecision.WITHDRAWN, None)


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


async def test_nobody_is_asked_who_has_to_do_with_it(bar: Bar, till: httpx.AsyncClient) -> None:
    """The owner bought it, so nobody is left who could approve; neither does the PIN of the owner count for it."""
    [order] = await bought(bar.application, bar.merchant, a_gift(email="ada@bakery.example"))
    assert order.certificate_id is not None
    await a_pin(bar.application, bar.owner, PIN)
    find, take = f"{COUNTER}/find", f"{COUNTER}/find/take"
    found = await till.post(find, data={**forms_of(await till.get(find))[find], "order": order.order_number})
    asking = await till.post(take, data={**forms_of(found)[take], "amount": "5"})
    form = forms_of(asking)[take]
    answer = await till.post(take, data={**form, "from_afar": "yes"})
    assert "Nobody else may approve this just now." in answer.text
    typed = {"approver": str(bar.owner.membership.membership_id), "approver_pin": PIN}
    assert "Somebody else does it." in (await till.post(take, data={**form, **typed})).text


async def test_what_was_typed_is_there_again_for_its_person_when_the_till_is_unlocked(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    page = f"{COUNTER}/sell/any-amount"
    form = forms_of(await till.get(page))[page]
    bar.clock.moment = NOW + timedelta(minutes=5)
    typed = {**form, "amount": "", "other": "75", "to": "Anna", "message": "Happy birthday", "tender": "cash"}
    assert (await till.post(page, data=typed)).headers["location"] == f"{COUNTER}/lock"
    async with bar.application.database.connection() as connection:
        [row] = await connection.fetch("SELECT begun_cipher FROM till_sessions WHERE begun_cipher IS NOT NULL")
    assert b"birthday" not in row["begun_cipher"]
    await a_pin(bar.application, bar.owner, "740291")
    async with visiting(bar.app) as other:
        is_till(other, bar.till)
        assert (await types_pin(other, bar.till, bar.owner, "740291")).headers["location"] == COUNTER
    back = await types_pin(till, bar.till, bar.clerk)
    assert back.headers["location"] == f"{COUNTER}/begun"
    shown = await till.get(f"{COUNTER}/begun")
    assert texts(shown, "//input[@name='other']/@value") == ["75"]
    assert texts(shown, "//textarea[@name='message']") == ["\nHappy birthday"]
    assert texts(shown, "//output") == ["$81.19"]
    goes_on = await till.post(page, data={**forms_of(shown)[page], "tender": "cash"})
    assert texts(await till.get(goes_on.headers["location"]), "//h1") == ["Sold: $81.19"]


async def test_a_script_that_locks_keeps_what_was_typed_and_no_form_of_somebody_else(
    bar: Bar, till: httpx.AsyncClient
) -> None:
    page, lock = f"{COUNTER}/sell/any-amount", f"{COUNTER}/lock"
    opened = await till.get(page)
    form = {**forms_of(opened)[page], "to": "Anna", "approver_pin": "258036"}
    told = {**forms_of(opened)[lock], "begun": page, "begun_to": page}
    foreign = str(httpx.QueryParams({**form, "csrf_token": "x.y"}))
    await till.post(lock, data={**told, "begun_fields": foreign})
    assert (await types_pin(till, bar.till, bar.clerk)).headers["location"] == page
    await till.post(lock, data={**told, "begun_fields": str(httpx.QueryParams(form))})
    assert (await types_pin(till, bar.till, bar.clerk)).headers["location"] == f"{COUNTER}/begun"
    assert texts(await till.get(f"{COUNTER}/begun"), "//input[@name='to']/@value") == ["Anna"]
