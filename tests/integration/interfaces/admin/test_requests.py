"""Requests in the office: what happens is said, another person decides, and an owner sets the limits."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import approvals, locations, orders, payments, staff
from largesse.domain.approvals import ActLimit, FrozenAct, LimitedAct
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order, OrderStatus
from largesse.domain.staff import Role
from largesse.kernel.ids import new_id
from largesse.services import approvals as services
from largesse.services.certificates import Request
from largesse.services.staff import SignedIn
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant
from tests.builders.gifts import a_gift, bought
from tests.builders.orders import a_charge
from tests.builders.staff import BROWSER, OPERATOR, Worker, a_worker
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, fill, forms_of, office_app, texts, visiting

REQUESTS = "/admin/corner-spa/requests"
IBAN = "DE89370400440532013000"


class Deciding(NamedTuple):
    """A merchant where a manager asked for an adjustment that is beyond her limit."""

    application: Application
    app: Litestar
    merchant: Merchant
    card: Card
    manager: Worker
    owner: Worker


@pytest.fixture
async def deciding(database: Database) -> AsyncIterator[Deciding]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        long_ago = NOW - timedelta(days=30)
        owner = await a_worker(application, merchant, now=long_ago)
        manager = await a_worker(
            application, merchant, email="mia@bakery.example", name="Mia", role=Role.MANAGER, now=long_ago
        )
        card = await a_card(application, merchant)
        async with application.database.transaction() as connection:
            limit = ActLimit(merchant_id=merchant.merchant_id, act=LimitedAct.ADJUST, per_act=2_000)
            await services.change_limit(connection, merchant, limit, by=OPERATOR, now=NOW)
        command = FrozenAct(act=LimitedAct.ADJUST, certificate_id=card.place.certificate_id, value=-5_000)
        request = Request(operation_id=new_id(NOW), actor=manager.manager.actor, memo="Sold twice.")
        await services.ask_or_do(application, merchant, command, by=manager.manager, request=request, now=NOW)
        yield Deciding(application, office_app(application), merchant, card, manager, owner)


async def comes(deciding: Deciding, client: httpx.AsyncClient, worker: Worker) -> None:
    """Come with a session that has just stepped up."""
    async with deciding.application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, worker.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=NOW
        )
        session, _ = await staff.sign_in(connection, session, now=NOW)
        session, token = await staff.step_up(connection, session, deciding.merchant.merchant_id, now=NOW)
    comes_with(client, SignedIn(session=session, token=token))


async def test_another_person_sees_what_happens_and_approves_it(deciding: Deciding) -> None:
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        page = await client.get(REQUESTS)
        assert f"Take $50.00 off the certificate ending in {deciding.card.number[-4:]}" in page.text
        assert "Mia asked for it today at" in page.text
        assert deciding.card.number not in page.text
        answer = await client.post(f"{REQUESTS}/approve", data=forms_of(page)[f"{REQUESTS}/approve"])
        assert answer.headers["location"] == f"{REQUESTS}?done=approved"
        assert await deciding.card.left(deciding.application) == (5_000, 0)
        assert "decided by Ada" in (await client.get(REQUESTS)).text


async def test_who_asked_takes_it_back_and_does_not_approve_it(deciding: Deciding) -> None:
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.manager)
        page = await client.get(REQUESTS)
        answer = await client.post(f"{REQUESTS}/approve", data=forms_of(page)[f"{REQUESTS}/approve"])
        assert answer.status_code == 409
        assert "You asked for this yourself" in answer.text
        answer = await client.post(f"{REQUESTS}/refuse", data=forms_of(page)[f"{REQUESTS}/refuse"])
        assert answer.headers["location"] == f"{REQUESTS}?done=refused"
        assert await deciding.card.left(deciding.application) == (10_000, 0)


async def test_an_owner_sets_limits_as_people_type_them(deciding: Deciding) -> None:
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        typed = {"act": "refund", "once": "50", "day": "$200.00", "each": ""}
        answer = await fill(client, REQUESTS, f"{REQUESTS}/limits", typed)
        assert answer.headers["location"] == f"{REQUESTS}?done=limits"
        async with deciding.application.database.connection() as connection:
            limits = await approvals.act_limits(connection, deciding.merchant.merchant_id)
        refund = limits[LimitedAct.REFUND]
        assert (refund.per_act, refund.per_day, refund.per_certificate) == (5_000, 20_000, None)
        assert (await fill(client, REQUESTS, f"{REQUESTS}/limits", {**typed, "once": "much"})).status_code == 422
        await comes(deciding, client, deciding.manager)
        assert f"{REQUESTS}/limits" not in (await client.get(REQUESTS)).text


async def test_an_owner_gives_one_person_a_limit_of_their_own(deciding: Deciding) -> None:
    member = deciding.manager.membership.membership_id
    page = f"/admin/corner-spa/people/{member}/limits"
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        assert page in (await client.get("/admin/corner-spa/people")).text
        shown = await client.get(page)
        assert texts(shown, "(//ul[@class='listing']/li)[1]//*[@class='note']")[0] == "At once $20.00"
        assert set(texts(shown, "//*[contains(@class,'badge')]")) == {"as everybody"}
        form = {**forms_of(shown)[page], "act": "adjust", "whose": "own", "once": "75", "day": "$200.00", "each": ""}
        for wrong in ({"once": "much"}, {"whose": "nobody"}, {"act": "sleep"}):
            refused = await client.post(page, data={**form, **wrong})
            assert refused.status_code == 422
        answer = await client.post(page, data=form)
        assert answer.headers["location"] == f"{page}?done=changed"
        again = await client.get(answer.headers["location"])
        assert "The limit is another one now." in again.text
        [said, *_] = texts(again, "(//ul[@class='listing']/li)[1]//*[@class='note']")
        assert said == "At once $75.00 · In a day $200.00"
        assert "their own" in texts(again, "//*[contains(@class,'badge')]")
        back = {**forms_of(again)[page], "act": "adjust", "whose": "everybody"}
        await client.post(page, data=back)
        assert set(texts(await client.get(page), "//*[contains(@class,'badge')]")) == {"as everybody"}
        await comes(deciding, client, deciding.manager)
        assert (await client.get(page)).status_code == 403
        assert (await client.post(page, data=form)).status_code == 403


async def test_of_two_owners_a_limit_of_ones_own_takes_both(deciding: Deciding) -> None:
    long_ago = NOW - timedelta(days=30)
    other = await a_worker(deciding.application, deciding.merchant, email="bea@bakery.example", now=long_ago)
    member = deciding.manager.membership.membership_id
    page = f"/admin/corner-spa/people/{member}/limits"
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        form = {**forms_of(await client.get(page))[page], "act": "adjust", "whose": "own", "once": "75"}
        assert (await client.post(page, data=form)).headers["location"] == f"{page}?done=asked"
        await comes(deciding, client, other)
        requests = await client.get(REQUESTS)
        assert "Alone, Mia may do this" in requests.text
        agreed = await client.post(f"{REQUESTS}/give-word", data=forms_of(requests)[f"{REQUESTS}/give-word"])
        assert agreed.headers["location"] == f"{REQUESTS}?done=approved"
        async with deciding.application.database.connection() as connection:
            own = await approvals.own_limits(connection, deciding.merchant.merchant_id)
        assert own[member][LimitedAct.ADJUST].per_act == 7_500
        await comes(deciding, client, deciding.owner)
        form = {**forms_of(await client.get(page))[page], "act": "adjust", "whose": "everybody"}
        await client.post(page, data=form)
        await comes(deciding, client, other)
        assert "For Mia the limit of everybody counts again" in (await client.get(REQUESTS)).text


async def test_of_two_owners_one_asks_and_the_other_decides_on_pages(deciding: Deciding) -> None:
    application, merchant = deciding.application, deciding.merchant
    other = await a_worker(application, merchant, email="bea@bakery.example", name="Bea", now=NOW - timedelta(days=30))
    people, member = "/admin/corner-spa/people", str(deciding.manager.membership.membership_id)
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        typed = {"act": "refund", "once": "50", "day": "", "each": ""}
        answer = await fill(client, REQUESTS, f"{REQUESTS}/limits", typed)
        assert answer.headers["location"] == f"{REQUESTS}?done=asked"
        typed_role = {"member": member, "role": "owner", "reason": "She is a partner now"}
        assert (await fill(client, people, f"{people}/role", typed_role)).headers["location"] == f"{people}?done=asked"
        ended = {"member": str(other.membership.membership_id), "reason": "Sold her share"}
        assert (await fill(client, people, f"{people}/end", ended)).headers["location"] == f"{people}?done=asked"
        page = await client.get(REQUESTS)
        assert "Mia becomes Owner" in page.text
        own = await client.post(f"{REQUESTS}/give-word", data=forms_of(page)[f"{REQUESTS}/give-word"])
        assert (own.status_code, "You asked for this yourself" in own.text) == (409, True)
        await comes(deciding, client, other)
        page = await client.get(REQUESTS)
        assert "at once $50.00, in a day no limit" in page.text
        async with application.database.connection() as connection:
            asked = await connection.fetchval("SELECT request_id FROM owner_requests WHERE act = 'limit'")
        form = forms_of(page)[f"{REQUESTS}/give-word"] | {"request": str(asked)}
        agreed = await client.post(f"{REQUESTS}/give-word", data=form)
        assert agreed.headers["location"] == f"{REQUESTS}?done=approved"
        for _ in range(2):
            page = await client.get(REQUESTS)
            answer = await client.post(f"{REQUESTS}/withhold-word", data=forms_of(page)[f"{REQUESTS}/withhold-word"])
            assert answer.headers["location"] == f"{REQUESTS}?done=refused"
        async with application.database.connection() as connection:
            limits = await approvals.act_limits(connection, merchant.merchant_id)
            mine = await staff.membership_with(connection, merchant.merchant_id, other.person.person_id)
            hers = await staff.membership_with(connection, merchant.merchant_id, deciding.manager.person.person_id)
        assert limits[LimitedAct.REFUND].per_act == 5_000
        assert (mine and mine.role, hers and hers.role) == (Role.OWNER, Role.MANAGER)


async def test_of_two_owners_both_agree_where_invoices_and_buyers_are_told_to_pay(deciding: Deciding) -> None:
    application, merchant = deciding.application, deciding.merchant
    other = await a_worker(application, merchant, email="bea@bakery.example", name="Bea", now=NOW - timedelta(days=30))
    async with application.database.connection() as connection:
        entity = await locations.default_entity(connection, merchant.merchant_id)
    settings = "/admin/corner-spa/settings"
    changes = {
        f"{settings}/invoices/{entity.entity_id}/account": {"iban": IBAN},
        f"{settings}/payments/by-hand/change": {"iban": IBAN, "holder": "Corner Spa Ltd", "days": "9"},
    }
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        for path, typed in changes.items():
            showing = await client.post(
                path, data={**forms_of(await client.get(path))[path], **typed, "why": "Another bank"}
            )
            assert "nothing changes until they agree" in showing.text
            form = {**forms_of(showing)[path], "sure": "yes"}
            section = path[: path.index("/", len(settings) + 1)]
            for _ in range(2):
                answer = await client.post(path, data=form)
                assert answer.headers["location"] == f"{section}?done=waits"
            assert "Another owner is asked by mail." in (await client.get(f"{section}?done=waits")).text
        page = await client.get(REQUESTS)
        assert page.text.count("DE89 3704 0044 0532 0130 00") == 2, "each was asked for once"
        own = await client.post(f"{REQUESTS}/give-word", data=forms_of(page)[f"{REQUESTS}/give-word"])
        assert own.status_code == 409
        assert IBAN[-6:-2] not in (await client.get(f"{settings}/invoices")).text
        await comes(deciding, client, other)
        for _ in changes:
            page = await client.get(REQUESTS)
            await client.post(f"{REQUESTS}/give-word", data=forms_of(page)[f"{REQUESTS}/give-word"])
        for section in ("invoices", "payments"):
            assert "DE89 3704 0044 0532 0130 00" in (await client.get(f"{settings}/{section}")).text


async def does(client: httpx.AsyncClient, page: str, typed: dict[str, str]) -> list[httpx.Response]:
    """Fill in the form of an act, and confirm it twice."""
    showing = await client.post(page, data={**forms_of(await client.get(page))[page], **typed, "why": "A mistake"})
    assert showing.status_code == 200, showing.text
    return [await client.post(page, data={**forms_of(showing)[page], "sure": "yes"}) for _ in range(2)]


async def asked_for(deciding: Deciding) -> list[FrozenAct]:
    """What waits, but for what the manager asked for at first."""
    async with deciding.application.database.connection() as connection:
        found = await approvals.requests(connection, deciding.merchant.merchant_id)
    return [one.command for one in found if one.reason == "A mistake" and one.decision is None]


async def test_an_adjustment_beyond_the_limit_waits_and_its_page_says_so(deciding: Deciding) -> None:
    home = f"/admin/corner-spa/certificates/{deciding.card.place.certificate_id}"
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.manager)
        for answer in await does(client, f"{home}/adjust", {"value": "-20.01"}):
            assert (answer.status_code, answer.headers["location"]) == (303, f"{home}?done=waits")
        told = await client.get(f"{home}?done=waits")
        assert "It waits for a second person. Nothing is booked yet." in told.text
        assert texts(told, "//*[@role='status']//a/@href") == [REQUESTS]
        assert await deciding.card.left(deciding.application) == (10_000, 0)
        assert [one.value for one in await asked_for(deciding)] == [-2_001]
        [answer, _] = await does(client, f"{home}/adjust", {"value": "-20.00"})
        assert answer.headers["location"] == f"{home}?done=adjust"
        assert await deciding.card.left(deciding.application) == (8_000, 0)
        assert len(await asked_for(deciding)) == 1


async def test_today_counts_what_waits_for_whoever_may_decide_it(deciding: Deciding) -> None:
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.owner)
        told = await client.get("/admin/corner-spa")
        assert "1 request waits for you" in told.text
        assert REQUESTS in texts(told, "//ul[@class='work']//a/@href")
        await comes(deciding, client, deciding.manager)
        assert "request waits for you" not in (await client.get("/admin/corner-spa")).text


@pytest.mark.parametrize("way, said", [
    ("money", "Refund $100.00 of order {number}"),
    ("credit", "Give back $100.00 of order {number} as credit, mailed to the buyer"),
])  # fmt: skip
async def test_a_refund_of_an_order_beyond_the_limit_is_done_as_asked_for_by_another_person(
    deciding: Deciding, way: str, said: str
) -> None:
    application, merchant = deciding.application, deciding.merchant
    [order] = await bought(application, merchant, a_gift(a_charge(10_000)))
    assert order.certificate_id is not None
    async with application.database.transaction() as connection:
        limit = ActLimit(merchant_id=merchant.merchant_id, act=LimitedAct.REFUND, per_act=2_000)
        await services.change_limit(connection, merchant, limit, by=OPERATOR, now=NOW)

    async def stands() -> Order:
        async with application.database.connection() as connection:
            return await orders.find_by_number(connection, merchant.merchant_id, order.order_number)

    home = f"/admin/corner-spa/orders/{order.order_number}"
    async with visiting(deciding.app) as client:
        await comes(deciding, client, deciding.manager)
        for answer in await does(client, f"{home}/refund", {"way": way}):
            assert answer.headers["location"] == f"{home}?done=waits"
        assert texts(await client.get(f"{home}?done=waits"), "//*[@role='status']//a/@href") == [REQUESTS]
        assert (await stands()).status is OrderStatus.ISSUED
        [command] = await asked_for(deciding)
        assert command.as_credit is (way == "credit")
        async with application.database.connection() as connection:
            found = await approvals.requests(connection, merchant.merchant_id)
        [request] = [one for one in found if one.command == command]
        await comes(deciding, client, deciding.owner)
        page = await client.get(REQUESTS)
        assert said.format(number=order.order_number) in page.text
        form = forms_of(page)[f"{REQUESTS}/approve"] | {"request": str(request.request_id)}
        answer = await client.post(f"{REQUESTS}/approve", data=form)
        assert answer.headers["location"] == f"{REQUESTS}?done=approved"
    assert (await stands()).status is OrderStatus.REFUNDED
    async with application.database.connection() as connection:
        credit = await payments.credit_of_operation(connection, merchant.merchant_id, request.request_id)
    assert (credit is not None) is (way == "credit")
