"""The pages of an order and of a certificate: they tell all that happened, and nothing of another merchant."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.ledger import Kind
from largesse.services.certificates import block, merge, place_hold, redeem, unblock
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request
from tests.builders.gifts import bought
from tests.builders.office import at_the_desk
from tests.fakes.clock import StillClock
from tests.support.office import texts

HOME = "/admin/corner-spa"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


def story_on(answer: httpx.Response) -> list[str]:
    """What each line of the story says first."""
    assert answer.status_code == 200, answer.text
    return texts(answer, "//ol[contains(@class,'story')]//div[@class='what']/span")


async def page_of(desk: httpx.AsyncClient, card: Card) -> httpx.Response:
    return await desk.get(f"{HOME}/certificates/{card.place.certificate_id}")


async def test_a_certificate_tells_all_of_its_journal_with_who_why_and_the_hash(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    card, other = await a_card(application, merchant), await a_card(application, merchant, value=500)
    await redeem(application, card.place, value=2_000, currency="USD", request=a_request("Table 4"), now=NOW)
    await block(application, card.place, request=a_request("Lost on the bus"), now=NOW)
    await unblock(application, card.place, request=a_request(), now=NOW)
    await merge(application, card.place, other.place, value=1_000, request=a_request(), now=NOW)
    answer = await page_of(desk, card)
    assert sorted(story_on(answer)) == sorted(
        [
            f"$10.00 moved away, the certificate that ends in {other.number[-4:]}",
            "Unblocked",
            "Blocked",
            "$20.00 redeemed",
            "Issued with $100.00",
        ]
    )
    assert "Lost on the bus" in texts(answer, "//*[contains(@class,'said-why')]")
    async with application.database.connection() as connection:
        stands = await application.ledger.statement(connection, merchant.merchant_id, card.place.certificate_id)
    issued = next(one for one in stands if one.kind is Kind.ISSUE)
    assert f"journal row 1, hash {issued.hash.hex()[:12]}" in texts(answer, "//*[contains(@class,'proof')]")
    assert card.number not in answer.text
    assert texts(answer, "//*[contains(@class,'amount-left')]/span[1]") == ["$70.00"]


async def test_what_is_held_for_a_tab_is_said(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    await place_hold(
        application, card.place, value=4_000, currency="USD", lasting=timedelta(hours=4), request=a_request(), now=NOW
    )
    answer = await page_of(desk, card)
    assert "$40.00 is held for a tab." in answer.text
    assert "$40.00 held for a tab" in story_on(answer)


async def test_an_order_tells_how_it_was_paid_and_mailed_and_what_staff_did(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    [order] = await bought(application, merchant)
    async with application.database.transaction() as connection:
        await staff.record(
            connection, merchant.merchant_id, Audited.GIFT_SENT_AGAIN, subject=str(order.order_id),
            actor="cli:root", reason=None, now=NOW,
        )  # fmt: skip
    answer = await desk.get(f"{HOME}/orders/{order.order_number}")
    told = story_on(answer)
    for line in ("Ordered for $100.00", "Paid and issued", "$100.00 was paid", "Issued with $100.00"):
        assert line in told, told
    assert any(line.startswith("A mail waits to be sent to ada@example.com") for line in told), told
    assert "the operator, root" in texts(answer, "//span[@class='note']")
    assert texts(answer, f"//dd/a[@href='{HOME}/certificates/{order.certificate_id}']") != []
    [paper] = [one for one in texts(answer, "//a/@href") if "/receipts/" in one]
    pdf = await desk.get(paper)
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert "Receipt%20SR-000001.pdf" in pdf.headers["content-disposition"]
    assert (await desk.get(paper.replace("SR-", "SI-"))).status_code == 404


async def test_what_another_merchant_has_is_nowhere(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    other = await a_merchant(application.database, slug="tailor", prefix="TL", number="1002")
    [order] = await bought(application, other)
    for path in (
        f"orders/{order.order_number}", f"certificates/{order.certificate_id}",
        "certificates/x", "orders/x", f"orders/{'A' * 200}", "orders/%00", "certificates/%00",
    ):  # fmt: skip
        assert (await desk.get(f"{HOME}/{path}")).status_code == 404, path
    assert merchant.slug == "corner-spa"
