"""What is counted of a shop: sums of days, by offering, language and campaign, of nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from largesse.app.application import Application
from largesse.db import Database, load
from largesse.domain import orders
from largesse.domain.merchants import Merchant
from largesse.domain.shop_counts import CAMPAIGNS_A_DAY, OTHER_CAMPAIGNS, SHOP_PAGE, ShopCount, ShopStep
from largesse.interfaces.admin.report_views import view_of
from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign
from largesse.services import reports
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.reports import ReportFormat, ReportName, ReportQuestion
from largesse.services.shop_counts import ShopCounter, forget_shop_counts
from largesse.ui import speak
from tests.builders.application import NOW, an_application
from tests.builders.catalog import on_sale
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.shopper import Shopper, shopping

PERSON = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
SPRING = "utm_source=newsletter&utm_medium=e-mail&utm_campaign=spring"
NAMED = {"utm_source": "newsletter", "utm_medium": "e-mail", "utm_campaign": "spring"}
DAY = date(2026, 11, 22)


@pytest.fixture
async def seller(database: Database) -> Merchant:
    merchant = await a_seller(database)
    await on_sale(database, merchant)
    return merchant


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def shopper(application: Application) -> AsyncIterator[Shopper]:
    async with shopping(application) as shopper:
        shopper.client.headers.update(PERSON)
        yield shopper


async def counted(application: Application) -> list[tuple[object, ...]]:
    await application.shop_counter.write()
    async with application.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT offering_id = $1, language, utm_source, utm_medium, utm_campaign, shown, begun, placed"
            " FROM shop_counts ORDER BY offering_id, language, utm_source",
            SHOP_PAGE,
        )
    return [tuple(row.values()) for row in rows]


async def lines(application: Application, seller: Merchant, report: ReportName) -> list[dict[str, object]]:
    question = ReportQuestion(report=report, since=DAY, until=DAY + timedelta(days=1))
    table = await reports.answer(application, seller, question, now=NOW)
    return [dict(line.cells) for line in table.lines]


async def test_a_campaign_goes_with_a_buyer_by_links_and_forms_to_the_order(
    application: Application, shopper: Shopper, seller: Merchant, database: Database
) -> None:
    shown = await shopper.open(f"?{SPRING}&utm_term=secret")
    assert shown.status == 200
    [card] = shown.tree.xpath('//ul[contains(@class, "offers")]//h3/a/@href')
    assert card == f"/corner-spa/gift/any-amount?{SPRING}"
    form = await shopper.open(card.removeprefix(shopper.shop))
    assert {name: form.fields[name] for name in NAMED} == NAMED
    assert "utm_source" not in str(shopper.client.cookies)
    assert (await shopper.send("/live/gift/any-amount", form.fields)).status == 200
    kept = await shopper.give(card.removeprefix(shopper.shop))
    assert kept.answer.headers["location"] == f"/corner-spa/checkout?{SPRING}"
    again = await shopper.open(f"?{SPRING}")
    assert again.tree.xpath('//p[@class="basket"]/a/@href') == [f"/corner-spa/checkout?{SPRING}"]
    checkout = await shopper.open(f"/checkout?{SPRING}")
    assert {name: checkout.fields[name] for name in NAMED} == NAMED
    paid = await shopper.send(
        "/checkout",
        checkout.fields
        | {"buyer_first_name": "Grace", "buyer_last_name": "Hopper", "buyer_email": "grace@example.com"}
        | {"buyer_gateway": "manual", "go": "pay"},
    )
    assert paid.status == 303
    async with database.connection() as connection:
        row = await connection.fetchrow("SELECT o.order_number, c.* FROM orders o JOIN checkouts c USING (checkout_id)")
    assert row is not None
    assert {name: row[name] for name in NAMED} == NAMED
    assert await counted(application) == [
        (True, "en", *NAMED.values(), 2, 0, 0),
        (False, "en", *NAMED.values(), 2, 1, 1),
    ]
    await mark_paid(application, seller, row["order_number"], reference=None, actor="test", now=NOW)
    async with database.connection() as connection:
        asked = (seller.merchant_id, DAY, None, "campaign", seller.time_zone, None)
        [one] = await connection.fetch(load("largesse.services.reports", "views.sql").shop_sums, *asked)
    assert tuple(one.values()) == ("newsletter e-mail spring", 4, 1, 1, 1)
    async with database.transaction() as connection:
        await orders.erase_person(connection, seller.merchant_id, "grace@example.com")
        left = await connection.fetchval("SELECT utm_source || utm_medium || utm_campaign FROM checkouts")
    assert left == ""


@pytest.mark.usefixtures("seller")
async def test_robots_and_what_is_fetched_ahead_are_not_counted(application: Application, shopper: Shopper) -> None:
    for headers in (
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "curl/8.5.0"},
        {"user-agent": "facebookexternalhit/1.1"},
        {"user-agent": ""},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
    ):
        assert (await shopper.client.get("/corner-spa", headers=headers)).status_code == 200
        assert (await shopper.client.get("/corner-spa/gift/any-amount", headers=headers)).status_code == 200
    assert await counted(application) == []
    assert (await shopper.open("?utm_source=a%20b")).status == 200
    assert (await shopper.open("/gift/nothing")).status == 404
    assert await counted(application) == [(True, "en", "", "", "", 1, 0, 0)]


def shown_by(seller: Merchant, campaign: Campaign, on: date = DAY) -> ShopCount:
    return ShopCount(seller.merchant_id, on, SHOP_PAGE, "en", campaign, ShopStep.SHOWN)


async def test_two_processes_that_write_at_once_add_up_and_agree_on_the_campaigns(
    seller: Merchant, database: Database
) -> None:
    first, second = ShopCounter(database), ShopCounter(database)
    for place in range(CAMPAIGNS_A_DAY):
        first.note(shown_by(seller, Campaign(f"first-{place}")), 3)
        second.note(shown_by(seller, Campaign(f"second-{place}")), 3)
    for counter in (first, second):
        counter.note(shown_by(seller, NO_CAMPAIGN), 7)
    await asyncio.gather(first.write(), second.write())
    async with ShopCounter(database) as third:  # what a process has gathered is written when it ends
        third.note(shown_by(seller, NO_CAMPAIGN))
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT utm_source, shown FROM shop_counts")
    sums = {row["utm_source"]: row["shown"] for row in rows}
    assert sums.pop("") == 15
    assert sums.pop(OTHER_CAMPAIGNS.utm_source) == 3 * CAMPAIGNS_A_DAY
    assert len(sums) == CAMPAIGNS_A_DAY
    assert set(sums.values()) == {3}


async def test_a_small_sum_says_no_more_than_that(
    application: Application, seller: Merchant, database: Database
) -> None:
    async with ShopCounter(database) as counter:
        counter.note(shown_by(seller, Campaign("big")), 5)
        counter.note(shown_by(seller, Campaign("small")), 4)
        counter.note(shown_by(seller, OTHER_CAMPAIGNS), 6)
        counter.note(shown_by(seller, NO_CAMPAIGN, DAY - timedelta(days=1)), 100)
    by_campaign = await lines(application, seller, ReportName.SHOP_CAMPAIGNS)
    assert [(line["utm_source"], line["shown"], line["begun"]) for line in by_campaign] == [
        ("*", 6, "<5"),
        ("big", 5, "<5"),
        ("small", "<5", "<5"),
    ]
    [day] = await lines(application, seller, ReportName.SHOP_DAYS)
    assert (day["visited_on"], day["shown"], day["paid_gifts"]) == (DAY, 15, "<5")
    [language] = await lines(application, seller, ReportName.SHOP_LANGUAGES)
    assert (language["language"], language["shown"]) == ("en", 15)
    [page] = await lines(application, seller, ReportName.SHOP_OFFERINGS)
    assert (page["shop_page"], page["offering_id"], page["shown"]) == ("shop", None, 15)
    question = ReportQuestion(report=ReportName.SHOP_CAMPAIGNS)
    table = await reports.answer(application, seller, question, now=NOW)
    voice = speak("de", folders=(reports.FOLDER / "locale",))
    view = view_of(question, table, (), names={}, merchant=seller, voice=voice, typed={}, now=NOW)
    bars = [(bar.label, bar.told) for chart in view.charts for bar in chart.bars]
    assert bars == [("keine Kampagne", "100"), ("andere", "6"), ("big", "5")]
    assert [row["shown"] for row in view.rows] == ["100", "6", "5", "<5"]
    for wanted in (ReportFormat.CSV, ReportFormat.XLSX):
        made = await reports.as_file(
            application, seller, question, table, names=await reports.names_of(application, seller), wanted=wanted,
            voice=voice, now=NOW,
        )  # fmt: skip
        assert made.body
        assert wanted is ReportFormat.XLSX or b"small,,,<5,<5,<5,<5" in made.body


async def test_sums_are_forgotten_after_two_years_and_a_month(
    application: Application, seller: Merchant, database: Database
) -> None:
    async with ShopCounter(database) as counter:
        counter.note(shown_by(seller, NO_CAMPAIGN, NOW.date() - timedelta(days=760)))
        counter.note(shown_by(seller, NO_CAMPAIGN, NOW.date() - timedelta(days=761)))
    assert await forget_shop_counts(application, now=NOW) == 1
    assert await forget_shop_counts(application, now=NOW) == 0


@pytest.mark.usefixtures("seller")
async def test_what_cannot_be_written_fails_nobody(
    application: Application, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("largesse.services.shop_counts.counting.shop_counts.add_counts", broken)
    assert (await shopper.open("")).status == 200
    assert await counted(application) == []
