"""A second person's word at the till: whose it may be, that it is asked for in place, and that the till locks then."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar, Response

from largesse.app import trouble
from largesse.app.application import Application
from largesse.app.routes import open_templates
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.approvals import TillShown
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, Role
from largesse.domain.tills import ApproverRefused, TillAct
from largesse.interfaces import counter
from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.front import CounterAnswer, CounterFront
from largesse.interfaces.counter.limits import TillLimits
from largesse.interfaces.counter.rules import ACTING
from largesse.services.tills import TillApproval, approve_here
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.staff import Worker, a_worker
from tests.builders.tills import PIN, Till, a_pin, a_till, unlocked
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts, visiting

COUNTER = "/counter/corner-spa"
SHOWN = TillShown(amount=1_500, currency="USD", ends=("7K2M",), reason="wrong guest")


class Desk(NamedTuple):
    """A till with a clerk before it, a page that needs a second person, and who may be one."""

    application: Application
    app: Litestar
    merchant: Merchant
    till: Till
    clerk: Worker
    owner: Worker
    done: list[tuple[str, str]]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        owner = await a_worker(application, merchant)
        for one, pin in ((clerk, "740291"), (owner, PIN)):
            await a_pin(application, one, pin)
        templates, done = open_templates(application), list[tuple[str, str]]()
        front = CounterFront(application, templates)
        approval = CounterApproval(front, TillLimits(application))

        async def undo(caller: CounterCaller) -> CounterAnswer:
            approved = await approval.ask(caller, TillAct.LATE_UNDO, shown=SHOWN, subject="a-card")
            if not isinstance(approved, TillApproval):
                return approved
            done.append((approved.approver.name, caller.fields["reason"]))
            return Response("undone")

        async def begin(caller: CounterCaller) -> CounterAnswer:
            return Response(f'<form method="post" action="{COUNTER}/undo-it">{front.marks(caller)}</form>')

        app = Litestar(
            [
                *counter.routes(application, templates),
                front.route("GET", "/counter/{slug:str}/undo-it", ACTING, begin),
                front.route("POST", "/counter/{slug:str}/undo-it", ACTING, undo),
            ],
            exception_handlers=trouble.handlers(templates),
            openapi_config=None,
            logging_config=None,
        )
        yield Desk(application, app, merchant, await a_till(application, merchant), clerk, owner, done)


async def stands_at(desk: Desk, client: httpx.AsyncClient, worker: Worker, pin: str) -> None:
    seat = await unlocked(desk.application, desk.till, worker, pin)
    for name, value in (("till", desk.till.key), ("till-person", seat.token)):
        client.cookies.set(f"__Secure-{name}", value, domain="gifts.example.com", path=COUNTER)


async def asks(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    form = forms_of(await client.get(f"{COUNTER}/undo-it"))[f"{COUNTER}/undo-it"]
    return await client.post(f"{COUNTER}/undo-it", data={**form, "reason": "wrong guest", **typed})


async def test_a_second_person_is_asked_for_in_place_and_then_the_till_locks(desk: Desk) -> None:
    async with visiting(desk.app) as client:
        await stands_at(desk, client, desk.clerk, "740291")
        page = await asks(client)
        assert page.status_code == 422
        assert "$15.00 is put back on …7K2M: wrong guest" in page.text
        assert texts(page, "//fieldset//b") == ["Ada"]
        form = forms_of(page)[f"{COUNTER}/undo-it"]
        assert form["reason"] == "wrong guest"
        assert desk.done == []
        typed = {"approver": str(desk.owner.membership.membership_id), "approver_pin": PIN}
        assert (await client.post(f"{COUNTER}/undo-it", data={**form, **typed})).text == "undone"
        assert desk.done == [("Ada", "wrong guest")]
        assert (await client.get(COUNTER)).headers["location"] == f"{COUNTER}/lock"
    async with desk.application.database.connection() as connection:
        (entry,) = await staff.entries_about(connection, desk.merchant.merchant_id, "a-card")
    assert (entry.action, entry.actor) == (Audited.TILL_APPROVED, f"person:{desk.owner.person.person_id}")
    assert entry.reason == f"late_undo by person:{desk.clerk.person.person_id}"


@pytest.mark.parametrize("who", ["clerk", "nobody", "owner"])
async def test_nobody_approves_what_they_do_themselves_nor_who_may_not(desk: Desk, who: str) -> None:
    async with visiting(desk.app) as client:
        if who == "owner":
            await stands_at(desk, client, desk.owner, PIN)
            typed = {"approver": str(desk.owner.membership.membership_id), "approver_pin": PIN}
        else:
            await stands_at(desk, client, desk.clerk, "740291")
            other = desk.clerk.membership.membership_id if who == "clerk" else desk.merchant.merchant_id
            typed = {"approver": str(other), "approver_pin": "740291"}
        answer = await asks(client, **typed)
        assert answer.status_code == 422
        assert ("Nobody else here may approve" if who == "owner" else "It takes another person") in answer.text
        assert desk.done == []


async def test_four_digits_unlock_and_do_not_approve(desk: Desk) -> None:
    await a_pin(desk.application, desk.owner, "1793")
    with pytest.raises(ApproverRefused) as refused:
        await approve_here(
            desk.application, desk.merchant, TillAct.CASH_OUT, membership_id=desk.owner.membership.membership_id,
            pin="1793", actor_id=desk.clerk.person.person_id, subject="x", now=NOW,
        )  # fmt: skip
    assert refused.value.code == "till.approver.refused"


async def test_guessing_a_pin_of_somebody_who_approves_is_paused_however_many_guess_at_once(desk: Desk) -> None:
    async with visiting(desk.app) as client:
        await stands_at(desk, client, desk.clerk, "740291")
        form = forms_of(await asks(client))[f"{COUNTER}/undo-it"]
        approver = str(desk.owner.membership.membership_id)

        async def guess(number: int) -> int:
            typed = {"approver": approver, "approver_pin": f"97{number:04d}"}
            return (await client.post(f"{COUNTER}/undo-it", data={**form, **typed})).status_code

        statuses = await asyncio.gather(*(guess(number) for number in range(12)))
        assert sorted(statuses) == [422] * 5 + [429] * 7
        right = await client.post(f"{COUNTER}/undo-it", data={**form, "approver": approver, "approver_pin": PIN})
        assert right.status_code == 429
        assert desk.done == []
