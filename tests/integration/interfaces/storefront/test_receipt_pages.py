"""F34, M4: a buyer's receipts on the page that the link leads to, as PDF, and under another name."""

from typing import Any, cast

import httpx
import lxml.html
import pytest
from litestar import Litestar

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.orders import Billing
from largesse.interfaces.storefront.given_pages import RECEIPT_PATH, RECEIPT_PDF_PATH, given_routes
from largesse.interfaces.storefront.receipt_pages import receipt_routes
from largesse.services.gifts import PATH
from largesse.services.refunds import refund_order
from largesse.web.assets import ui_routes
from tests.builders.application import BASE_URL, NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_shop, bought
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_given_pages import TEMPLATES, token_for

NAMELESS = Billing(first_name="Grace", last_name="Hopper", email="grace@example.com")
FIRM = {"name": "Hopper Ltd", "address": "1 High Street", "zip": "EC1", "city": "London", "country": "GB"}


def visitor(application: Application) -> httpx.AsyncClient:
    """A browser."""
    routes = [*ui_routes(TEMPLATES), *given_routes(application, TEMPLATES), *receipt_routes(application, TEMPLATES)]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None, logging_config=None)))
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL)


def links_of(page: str) -> list[str]:
    return [str(one) for one in cast("Any", lxml.html.fromstring(page)).xpath("//section[@id='receipts']//a/@href")]


async def test_the_buyer_takes_the_receipt_and_gets_one_in_another_name(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [order] = await bought(application, merchant, a_gift(), billing=NAMELESS)
        token = token_for(application, order)
        pdf, form = links_of((await client.get(PATH, params={"token": token})).text)
        paper = await client.get(pdf)
        assert (paper.headers["content-type"], paper.headers["cache-control"]) == ("application/pdf", "no-store")
        assert b"Receipt SR-000001 on a4" in paper.content
        assert (await client.get(form)).status_code == 200
        sent = {"token": token, "number": "SR-000001"}
        wrong = await client.post(RECEIPT_PATH, data=sent | FIRM | {"city": " ", "country": ""})
        assert wrong.status_code == 422
        assert [said in wrong.text for said in ("Type the city.", "Choose the country.", "Hopper Ltd")] == [True] * 3
        done = await client.post(RECEIPT_PATH, data=sent | FIRM)
        assert (done.status_code, "done=named" in done.headers["location"]) == (303, True)
        after = await client.get(done.headers["location"])
        assert "Correction of a receipt SRC-000001" in after.text
        assert "corrects SR-000001" in after.text
        assert 'value="Hopper Ltd"' in (await client.get(form)).text
        await refund_order(application, merchant, order.order_number, request=a_request(), now=NOW)
        assert "−$100.00" in (await client.get(PATH, params={"token": token})).text
        for number in range(4):
            await client.post(RECEIPT_PATH, data=sent | FIRM | {"city": f"London {number}"})
        often = await client.post(RECEIPT_PATH, data=sent | FIRM | {"city": "Leeds"})
        assert (often.status_code, "replaced several times" in often.text) == (409, True)


@pytest.mark.parametrize(
    "language, words", [("de", "Quittungen und Rechnungen"), ("fr", "Reçus et factures"), ("es", "Recibos y facturas")]
)
async def test_the_page_speaks_the_buyers_language(database: Database, language: str, words: str) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        [order] = await bought(application, await a_shop(database), a_gift())
        params = {"token": token_for(application, order)}
        answer = await client.get(PATH, params=params, headers={"accept-language": language})
    assert words in answer.text


async def test_a_link_reaches_no_receipt_of_another_checkout_and_another_site_changes_none(database: Database) -> None:
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        visitor(application) as client,
    ):
        merchant = await a_shop(database)
        [mine] = await bought(application, merchant, a_gift())
        await bought(application, merchant, a_gift())
        token = token_for(application, mine)
        for number in ("SR-000002", "", "x"):
            for path in (RECEIPT_PDF_PATH, RECEIPT_PATH):
                assert (await client.get(path, params={"token": token, "number": number})).status_code == 403
            answer = await client.post(RECEIPT_PATH, data={"token": token, "number": number} | FIRM)
            assert answer.status_code == 403
        for path in (RECEIPT_PDF_PATH, RECEIPT_PATH):
            assert (await client.get(path, params={"token": "x", "number": "SR-000001"})).status_code == 403
        forged = await client.post(
            RECEIPT_PATH, data={"token": token, "number": "SR-000001"} | FIRM, headers={"sec-fetch-site": "cross-site"}
        )
        assert forged.status_code == 403
