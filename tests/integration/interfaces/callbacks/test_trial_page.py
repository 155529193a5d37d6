"""The test gateway's page does what the visitor chooses, and cannot stand where certificates are sold for real."""

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from largesse.adapters.keyring import FixedKeyring
from largesse.app import routes as all_routes
from largesse.app import wiring
from largesse.app.application import Application
from largesse.app.settings import from_environment
from largesse.db import Database
from largesse.domain import catalog
from largesse.domain.merchants import Merchant
from largesse.domain.payments import TestGateway, TrialForbidden
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.services import catalog as services
from largesse.services.certificates.requests import Request
from largesse.services.payments import paying, sweeper
from largesse.services.refunds.order_refund import refund_order
from tests.builders.catalog import a_picture_file
from tests.builders.orders import a_charge
from tests.builders.payments import (
    CANCEL_URL,
    RETURN_URL,
    a_paying_application,
    a_visitor,
    books,
    count,
    now,
    placed_by,
    sent_to,
    standing_of,
)
from tests.builders.shop import a_seller


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    async with a_visitor(application) as opened:
        yield opened


async def _choose(client: httpx.AsyncClient, url: str, choice: str) -> tuple[int, str | None]:
    path = urlsplit(url).path
    answer = await client.post(path, data={"choice": choice}, follow_redirects=False)
    return answer.status_code, answer.headers.get("location")


async def test_the_page_is_plainly_marked(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    answer = await client.get(urlsplit(await sent_to(application, merchant, placed, "test")).path)

    assert answer.status_code == 200
    assert "No money moves here" in answer.text
    assert "$100.00" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "language, no_money, pay, declined, gone",
    [
        ("en", "No money moves here", "Pay $100.00", "The payment was declined", "can no longer be made"),
        ("es", "Aquí no se mueve dinero", "Pagar 100,00", "El pago se ha rechazado", "ya no se puede hacer"),
        ("fr", "Aucun argent ne circule ici", "Payer 100,00", "Le paiement a été refusé", "n’est plus possible"),
        ("de", "Hier fließt kein Geld", "100,00", "Die Zahlung wurde abgelehnt", "ist nicht mehr möglich"),
    ],
)
async def test_the_page_speaks_as_its_reader_does(
    application: Application,
    merchant: Merchant,
    client: httpx.AsyncClient,
    *,
    language: str,
    no_money: str,
    pay: str,
    declined: str,
    gone: str,
) -> None:
    placed = await placed_by(application, merchant)
    path = urlsplit(await sent_to(application, merchant, placed, "test")).path
    headers = {"Accept-Language": language}

    shown = await client.get(path, headers=headers)
    refused = await client.post(path, data={"choice": "decline"}, headers=headers)
    ended = await client.get(f"{path}A", headers=headers)

    assert f'<html lang="{language}"' in shown.text
    assert no_money in shown.text
    assert pay in shown.text
    assert declined in refused.text
    assert gone in ended.text


async def test_paying_twice_issues_once(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    url = await sent_to(application, merchant, placed, "test")

    assert await _choose(client, url, "pay") == (303, RETURN_URL)
    assert await _choose(client, url, "pay") == (303, RETURN_URL)

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    assert await count(application, "certificates") == 1


async def test_cancelling_and_being_declined_change_nothing(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    url = await sent_to(application, merchant, placed, "test")

    assert await _choose(client, url, "cancel") == (303, CANCEL_URL)
    assert (await _choose(client, url, "decline"))[0] == 200
    assert (await _choose(client, url, "nonsense"))[0] == 400
    assert await sent_to(application, merchant, placed, "test") == url
    assert await count(application, "certificates") == 0


async def test_paying_slowly_arrives_after_a_moment(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    url = await sent_to(application, merchant, placed, "test")

    assert await _choose(client, url, "slow") == (303, RETURN_URL)
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PENDING
    await sweeper.sweep(application, now=now() + timedelta(seconds=paying.SLOW_S + 1))

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID


async def test_what_was_paid_for_trying_is_refunded_at_once(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant, a_charge(5_000, tip=500))
    await _choose(client, await sent_to(application, merchant, placed, "test"), "pay")
    request = Request(operation_id=new_id(now()), actor="test")

    done = await refund_order(application, merchant, placed.orders[0].order_number, request=request, now=now())

    assert done.owed == 5_500
    assert await books(application) == {}


async def test_a_changed_or_old_address_is_nothing(
    application: Application, merchant: Merchant, client: httpx.AsyncClient
) -> None:
    placed = await placed_by(application, merchant)
    path = urlsplit(await sent_to(application, merchant, placed, "test")).path
    body, _, mac = path.partition(".")

    for forged in (f"{body}A.{mac}", f"{body}.{'0' * 64}", body, f"{body}.é"):
        assert (await client.get(forged)).status_code == 404
        assert (await client.post(forged, data={"choice": "pay"})).status_code == 404
    assert await count(application, "certificates") == 0


async def test_a_checkout_that_costs_nothing_is_issued_without_paying(
    application: Application, merchant: Merchant
) -> None:
    placed = await placed_by(application, merchant, a_charge(2_000, discount=2_000))

    assert await sent_to(application, merchant, placed, "manual") == RETURN_URL

    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID


def test_an_installation_for_real_money_cannot_make_a_test_gateway() -> None:
    with pytest.raises(TrialForbidden):
        TestGateway(keyring=FixedKeyring([bytes(32)]), base_url="https://gifts.example.com", for_real=True)


@pytest.mark.parametrize("environment, stands", [("production", False), ("development", True), ("demo", True)])
async def test_the_test_gateway_stands_only_where_nothing_is_sold(
    database: Database, tmp_path: Path, *, environment: str, stands: bool
) -> None:
    settings = from_environment({"LARGESSE_HOME": str(tmp_path), "LARGESSE_ENV": environment})
    async with (
        a_paying_application(database) as application,
        wiring.open_gateways(settings, application.keyring) as gateways,
    ):
        opened = dataclasses.replace(application, gateways=gateways)
        routes = all_routes.interface_routes(opened)
        merchant = await a_seller(database)
        offer = await gateways.offer(merchant.merchant_id, now=opened.clock.now())
        offered = offer.names(Money(10_000, merchant.money))
    assert ("test" in gateways) is stands
    assert ("test" in offered) is stands
    paths = {path for route in routes for path in getattr(route, "paths", ())}
    assert any(path.startswith("/test-payment") for path in paths) is stands


async def test_the_page_has_the_look_of_the_merchant_and_says_that_it_is_a_demonstration(
    application: Application, merchant: Merchant, client: httpx.AsyncClient, database: Database
) -> None:
    """F46: colour and logo were lost on the way to paying."""
    logo = await services.add_picture(application, merchant, a_picture_file(), alt="A spa", now=now())
    async with database.transaction() as connection:
        change = catalog.ThemeChange(accent="#135e46", logo_id=logo.picture_id)
        await catalog.change_theme(connection, merchant.merchant_id, change, now=now())
    sent = await sent_to(application, merchant, await placed_by(application, merchant), "test")
    page = await client.get(urlsplit(sent).path)
    assert "shop-135e46" in page.text
    assert f"/pictures/{merchant.merchant_id}/{logo.picture_id}/" in page.text
    assert "This is a demonstration: the page stands in for a payment provider." in page.text
