"""A program puts a certificate together, somebody pays by the link, and the program sees it; all of it once."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from largesse import client as sdk
from largesse.app.web import make_app
from largesse.client import AsyncLargesseClient
from largesse.db import Database
from largesse.domain import orders
from largesse.domain.payments import Gateways, ManualGateway, TestGateway
from largesse.interfaces import rest_api
from largesse.services.gifts import read_token
from largesse.services.orders import fulfil
from tests.builders.application import BASE_URL, NOW, an_application
from tests.builders.catalog import a_code, a_draft, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.orders import a_payment
from tests.builders.programs import a_program_key, speaking
from tests.fakes.clock import StillClock
from tests.integration.interfaces.rest_api.conftest import Shop

WANTED = {
    "offering": "any-amount", "currency": "USD", "amount": "50.00", "to": "Ada", "from": "Bob", "message": "For you",
    "email": "ada@example.com", "buyer_email": "bob@example.com",
}  # fmt: skip


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    clock = StillClock(NOW)
    async with an_application(database, clock=clock) as opened:
        trial = TestGateway(keyring=opened.keyring, base_url=opened.base_url, for_real=False)
        application = dataclasses.replace(opened, gateways=Gateways(trial, ManualGateway()))
        merchant = await a_merchant(database)
        await on_sale(database, merchant, a_draft())
        made = await a_program_key(application, merchant)
        async with speaking(application, made.text) as api:
            yield Shop(application=application, clock=clock, merchant=merchant, api=api, key=made.text)


async def test_a_checkout_is_opened_once_paid_by_its_link_and_told(shop: Shop) -> None:
    first = await shop.api.post("/checkouts", WANTED, key="booking-17")
    again = await shop.api.post("/checkouts", WANTED, key="booking-17")
    assert (first.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    opened = first.json()
    assert opened == again.json()
    # sales tax of 8.25 % is added, as in the shop
    assert (opened["status"], opened["total"], opened["paid_at"]) == ("open", "54.13", None)
    [order] = opened["orders"]
    assert (order["status"], order["amount"], order["tax"], order["certificate_id"]) == (
        "placed",
        "50.00",
        "4.13",
        None,
    )
    assert await shop.count("orders") == 1
    token = opened["pay_url"].partition("?token=")[2]
    link = read_token(shop.application.keyring, token, now=NOW)
    assert str(link.checkout_id) == opened["checkout_id"]
    path = f"/checkouts/{opened['checkout_id']}"
    assert (await shop.api.get(path)).json() == opened

    async with shop.application.database.connection() as connection:
        checkout = await orders.find_checkout(connection, shop.merchant.merchant_id, link.checkout_id)
    await fulfil(shop.application, shop.merchant, a_payment(checkout, now=NOW), actor="test", now=NOW)
    paid = (await shop.api.get(path)).json()
    assert (paid["status"], paid["pay_url"], paid["orders"][0]["status"]) == ("paid", None, "issued")
    assert paid["orders"][0]["certificate_id"]
    late = await shop.api.post("/checkouts", WANTED, key="booking-17")
    assert (late.json()["status"], late.json()["pay_url"]) == ("paid", None)


async def test_a_link_that_has_ended_is_told_no_more(shop: Shop) -> None:
    opened = await shop.api.done("/checkouts", WANTED, key="booking-17")
    shop.clock.moment = NOW + timedelta(days=3)
    ended = await shop.api.get(f"/checkouts/{opened['checkout_id']}")
    again = await shop.api.post("/checkouts", WANTED, key="booking-17")
    assert [one.json()["pay_url"] for one in (ended, again)] == [None, None]


async def test_a_buyer_is_kept_by_their_address_in_its_normal_form(shop: Shop) -> None:
    opened = await shop.api.done("/checkouts", {**WANTED, "buyer_email": "bob@EXAMPLE.com"})
    async with shop.application.database.connection() as connection:
        checkout = await orders.find_checkout(connection, shop.merchant.merchant_id, UUID(opened["checkout_id"]))
    assert checkout.billing.email == "bob@example.com"


async def test_what_is_wrong_is_told_and_nothing_is_ordered(shop: Shop) -> None:
    await shop.api.done("/checkouts", WANTED, key="booking-17")
    for changed, status, code in (
        ({"offering": "nothing"}, 404, "offering.unknown"),
        ({"currency": "EUR"}, 400, "certificate.currency.mismatch"),
        ({"amount": "5.001"}, 400, "request.invalid"),
        ({"amount": "5.00"}, 400, None),
        ({"email": "nowhere"}, 400, None),
        ({"buyer_email": "nowhere"}, 400, "request.invalid"),
        ({"design": "nothing"}, 400, None),
        ({"promo_code": "NOTHING"}, 400, None),
        ({"location": "nowhere"}, 404, None),
        ({"language": "la"}, 400, "request.invalid"),
        ({"deliver_at": "9999-12-31T23:59:59Z"}, 400, None),
        ({"deliver_at": (NOW + timedelta(days=733)).isoformat()}, 400, None),
    ):
        refused = await shop.api.post("/checkouts", {**WANTED, **changed})
        told: Any = refused.json()
        assert (refused.status_code, told["code"]) == (status, code or told["code"]), (changed, told)
        assert status != 400 or told["errors"], (changed, told)
    other = await shop.api.post("/checkouts", {**WANTED, "amount": "60.00"}, key="booking-17")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.mismatch")
    dry = await shop.api.post("/checkouts?dry_run=true", WANTED)
    assert (dry.status_code, dry.json()["total"], dry.json()["pay_url"]) == (201, "54.13", None)
    assert await shop.count("orders") == 1


async def test_a_promo_code_lets_something_off(shop: Shop) -> None:
    await a_code(shop.application.database, shop.merchant)
    opened = await shop.api.done("/checkouts", {**WANTED, "promo_code": "spring"})
    assert (opened["orders"][0]["discount"], opened["orders"][0]["amount"]) == ("5.00", "50.00")


async def test_nobody_sees_anothers_and_a_sandbox_has_none(shop: Shop) -> None:
    opened = await shop.api.done("/checkouts", WANTED)
    path = f"/checkouts/{opened['checkout_id']}"
    inn = await a_merchant(shop.application.database, slug="other-inn", number="1002", prefix="XQ")
    stranger = await a_program_key(shop.application, inn)
    sandbox = await a_program_key(shop.application, shop.merchant, live=False)
    for key in (stranger, sandbox):
        refused = await shop.api.get(path, headers={"Authorization": f"Bearer {key.text}"})
        assert (refused.status_code, refused.json()["code"]) == (404, "checkout.not_found")
    refused = await shop.api.post("/checkouts", WANTED, key_text=sandbox.text)
    assert (refused.status_code, refused.json()["code"]) == (409, "checkout.sandbox")


async def test_the_client_opens_and_looks(shop: Shop) -> None:
    app = cast("Any", make_app(rest_api.routes(shop.application)))
    transport = httpx.ASGITransport(app=app)
    async with AsyncLargesseClient(shop.key, base_url=BASE_URL, transport=transport) as client:
        call = sdk.open_checkout("any-amount", "USD", amount="50.00", sender="Bob", to="Ada", email="ada@example.com")
        made = await client.send(call)
        assert (made.status, made.total, (await client.send(call)).replayed) == ("open", Decimal("54.13"), True)
        assert (await client.send(sdk.show_checkout(made.checkout_id))).pay_url == made.pay_url
        assert str(made.pay_url) not in repr(made)
