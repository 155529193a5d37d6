"""Withdrawals in the office: what waits and until when, paid back at once or closed with a word; and on Today."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.law import LawChoice, choose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.staff import Role
from largesse.domain.withdrawals import Withdrawal, WithdrawalForm, list_withdrawals
from largesse.services.certificates import Place, redeem
from largesse.services.withdrawals import receive, settle
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant, a_request
from tests.builders.gifts import a_gift, bought
from tests.builders.office import at_the_desk
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

HOME = "/admin/corner-spa"
PAGE = f"{HOME}/orders/withdrawals"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    one = await a_merchant(application.database)
    async with application.database.transaction() as connection:
        await choose(connection, LawChoice(merchant_id=one.merchant_id, code="DE", chosen_at=NOW))
    return one


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


async def declared(application: Application, merchant: Merchant, number: str) -> Withdrawal:
    form = WithdrawalForm(name="Grace Hopper", order_number=number, email="grace@example.com")
    done = await receive(application, merchant, form, operation_id=uuid4(), actor="buyer", now=NOW)
    return done.withdrawal


async def half_spent(application: Application, merchant: Merchant) -> Order:
    [order] = await bought(application, merchant, a_gift(a_charge(10_000)))
    assert order.certificate_id is not None
    place = Place(merchant_id=merchant.merchant_id, certificate_id=order.certificate_id)
    await redeem(application, place, value=4_000, request=a_request(), now=NOW)
    return order


async def kept(application: Application, merchant: Merchant) -> dict[str, Withdrawal]:
    async with application.database.connection() as connection:
        found = await list_withdrawals(connection, merchant.merchant_id, closed_too=True, limit=9)
    return {one.order_number: one for one in found}


async def test_today_says_by_when_the_first_has_the_money_back(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    assert not [one for one in texts(await desk.get(HOME), "//ul[@class='work']/li//b") if "withdrawn" in one]
    await declared(application, merchant, "GL-NOBODYS")
    page = await desk.get(HOME)
    [row] = [" ".join(one.split()) for one in texts(page, "//ul[@class='work']/li") if "withdrawn" in one]
    assert "1 buyer has withdrawn" in row
    assert "The first must have the money back by 6 December 2026." in row
    assert PAGE in texts(page, "//ul[@class='work']/li//a/@href")


async def test_the_part_that_was_spent_is_proposed_with_amount_and_reason(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    order = await half_spent(application, merchant)
    one = await declared(application, merchant, order.order_number)
    page = await desk.get(PAGE)
    done = await desk.post(f"{PAGE}/settle", data=forms_of(page)[f"{PAGE}/settle"])
    assert done.headers["location"] == f"{PAGE}?done=settled"
    page = await desk.get(PAGE)
    assert "$40.00 was paid for the part that was spent: decide." in page.text
    about = await desk.get(f"{HOME}/orders/{order.order_number}")
    assert texts(about, f"//a[@href='{PAGE}?all=yes']") == ["The buyer withdrew on 22 November 2026 at 10:00"]
    closes = forms_of(page)[f"{PAGE}/close"]
    assert closes["reason"] == "$40.00 stays paid: that part was used, or had ended, before the withdrawal."
    empty = await desk.post(f"{PAGE}/close", data=closes | {"reason": " "})
    assert (empty.status_code, "Say in a few words what became of it." in empty.text) == (422, True)
    done = await desk.post(f"{PAGE}/close", data=closes)
    assert done.headers["location"] == f"{PAGE}?done=closed"
    stands = (await kept(application, merchant))[order.order_number]
    assert (stands.withdrawal_id, stands.reason) == (one.withdrawal_id, closes["reason"])
    again = await desk.post(f"{PAGE}/close", data=closes)
    assert (again.status_code, "It was closed meanwhile." in again.text) == (409, True)
    assert order.order_number not in (await desk.get(PAGE)).text
    assert order.order_number in (await desk.get(f"{PAGE}?all=yes")).text


async def test_what_is_doubtful_says_why_and_is_paid_back_by_nobody_here(
    application: Application, merchant: Merchant, desk: httpx.AsyncClient
) -> None:
    one = await declared(application, merchant, "GL-NOBODYS")
    page = await desk.get(PAGE)
    assert "There is no such order." in page.text
    assert [action for action in forms_of(page) if "withdrawals" in action] == [f"{PAGE}/close"]
    closes = forms_of(page)[f"{PAGE}/close"]
    refused = await desk.post(f"{PAGE}/settle", data=closes)
    assert (refused.status_code, "Refund the order itself." in refused.text) == (409, True)
    assert (await kept(application, merchant))["GL-NOBODYS"] == one


async def test_a_bookkeeper_reads_and_closes_nothing(application: Application, merchant: Merchant) -> None:
    order = await half_spent(application, merchant)
    one = await declared(application, merchant, order.order_number)
    await settle(application, merchant, one.withdrawal_id, actor="test", now=NOW)
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER) as desk:
        page = await desk.get(PAGE)
    assert order.order_number in page.text
    assert not [action for action in forms_of(page) if "withdrawals" in action]
