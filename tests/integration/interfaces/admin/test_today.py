"""Today and the audit log: what was sold and redeemed, what waits with its remedy beside it, and who did what."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import cards, setup, staff
from largesse.domain.catalog import OfferingStatus
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, Role
from largesse.ledger import Account, ClassOfValue
from largesse.services import cards as card_services
from largesse.services.certificates import redeem
from largesse.services.wallets import set_apple, set_google
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.gifts import bought
from tests.builders.office import at_the_desk
from tests.builders.tills import a_till
from tests.builders.wallets import ISSUER, apple_papers, google_account
from tests.fakes.clock import StillClock
from tests.integration.interfaces.admin.test_lists import placed_only
from tests.support.office import forms_of, texts

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


def figures_on(answer: httpx.Response) -> list[str]:
    return [" ".join(one.split()) for one in texts(answer, "//ul[@class='figures']/li")]


def work_on(answer: httpx.Response) -> dict[str, list[str]]:
    """What waits, with where its remedies lead."""
    rows = texts(answer, "//ul[@class='work']/li//b")
    return {
        what: texts(answer, f"(//ul[@class='work']/li)[{place}]//a/@href") for place, what in enumerate(rows, start=1)
    }


async def test_figures_stand_with_yesterdays_and_last_years(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    year, day = NOW.replace(year=NOW.year - 1), NOW - timedelta(days=1)
    old = await a_card(application, merchant, value=3_000, now=year)
    await a_card(application, merchant, value=5_000, gratuity=500, now=day)
    await redeem(application, old.place, value=1_000, currency="USD", request=a_request(), now=day)
    new = await a_card(application, merchant, value=10_000)
    await redeem(application, new.place, value=2_500, currency="USD", request=a_request(), now=NOW)
    await a_card(
        application, merchant, value=777,
        funding=Account.PROMOTIONS_GRANTED, class_of_value=ClassOfValue.PROMOTIONAL,
    )  # fmt: skip
    assert figures_on(await desk.get(HOME)) == [
        "Sold today$100.00$55.00 yesterday, $30.00 a year ago",
        "Redeemed today$25.00$10.00 yesterday, $0.00 a year ago",
        "Outstanding$150.00$75.00 when the day began",
    ]


async def test_what_waits_stands_with_its_remedy(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    assert work_on(await desk.get(HOME)) == {}
    [order] = await bought(application, merchant)
    await placed_only(application, merchant, 500)
    await a_card(application, merchant, good_through=date(2026, 11, 20), now=NOW - timedelta(days=30))
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE gifts SET status = 'failed', trouble = 'refused'")
    assert work_on(await desk.get(HOME)) == {
        "October 2026 is not closed": [f"{HOME}/reports/months"],
        "A gift for ada@example.com did not arrive": [f"{HOME}/orders/{order.order_number}/correct"],
        "1 certificate is past its last day, with value on it": [f"{HOME}/certificates?good=past"],
        "1 order waits for its payment": [f"{HOME}/orders?status=placed"],
    }


async def test_a_till_that_is_silent_for_days_is_told_with_its_name(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    till = await a_till(application, merchant)
    assert not any("Nothing is heard of" in one for one in work_on(await desk.get(HOME)))
    async with application.database.transaction() as connection:
        before = NOW - timedelta(days=2, seconds=1)
        await connection.execute("UPDATE devices SET seen_at = $1, confirmed_at = $1", before)
    waits = work_on(await desk.get(HOME))
    assert waits[f"Nothing is heard of the till {till.device.name}"] == [f"{HOME}/devices"]


async def test_keys_of_a_wallet_are_told_of_thirty_days_before_they_end_and_after(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    place, by = [f"{HOME}/settings/wallets"], staff.ByWhom(actor="test")
    await set_google(application, merchant, ISSUER, google_account(), by=by, now=NOW)
    for ends_at, told in (
        (NOW + timedelta(days=30, seconds=1), {}),
        (NOW + timedelta(days=30), {"The keys of Apple Wallet end soon": place}),
        (NOW + timedelta(days=1), {"The keys of Apple Wallet end soon": place}),
    ):
        await set_apple(application, merchant, apple_papers(ends_at=ends_at).bundle, by=by, now=NOW)
        assert work_on(await desk.get(HOME)) == told
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE wallet_keys SET ends_at = $1 WHERE wallet = 'apple'", NOW)
    page = await desk.get(HOME)
    assert work_on(page) == {"The keys of Apple Wallet have ended": place}
    assert "They ended on 22 November 2026." in page.text.replace("\xa0", " ")
    async with at_the_desk(application, merchant, role=Role.MANAGER, email="m@bakery.example") as manager:
        assert work_on(await manager.get(HOME)) == {}, "an owner keeps the keys"


async def test_little_stock_and_few_codes_are_told_until_there_are_more(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    await on_sale(application.database, merchant, a_draft(slug="enough", title="A massage", stock=10))
    gone = await on_sale(application.database, merchant, a_draft(slug="gone", title="A weekend", stock=0))
    low = await on_sale(application.database, merchant, a_draft(slug="low", title="A day", stock=10))
    hidden = a_draft(slug="hidden", title="A night", stock=0, status=OfferingStatus.HIDDEN)
    over = a_draft(slug="over", title="A season", stock=0, available_until=NOW)
    for draft in (hidden, over):
        await on_sale(application.database, merchant, draft)
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE offerings SET taken = 9 WHERE offering_id = $1", low.offering_id)
    pool = await _a_pool(application, merchant, "Spring", ["TILL-0001-A", "TILL-0002-B", "TILL-0003-C"], now=NOW)
    of_offerings = {
        "A weekend is sold out": [f"{HOME}/catalogue/offerings/{gone.offering_id}"],
        "1 left of A day": [f"{HOME}/catalogue/offerings/{low.offering_id}"],
    }
    assert work_on(await desk.get(HOME)) == of_offerings
    for draws, left in ((2, "1 code left in the pool Spring"), (1, "0 codes left in the pool Spring")):
        for _ in range(draws):
            await card_services.draw(application, merchant, pool.batch_id)
        assert work_on(await desk.get(HOME)) == {**of_offerings, left: [f"{HOME}/cards#pool"]}
    later = NOW + timedelta(minutes=1)
    await _a_pool(application, merchant, "Summer", ["TILL-0004-A", "TILL-0005-B", "TILL-0006-C"], now=later)
    assert work_on(await desk.get(HOME)) == of_offerings


async def _a_pool(
    application: Application, merchant: Merchant, name: str, codes: list[str], *, now: datetime
) -> cards.CardBatch:
    batch = await card_services.open_pool(
        application, merchant, codes, name=name, low_at=1, digest=name.encode().ljust(32), actor="test", now=now
    )
    return await card_services.make(application, merchant, batch.batch_id, codes=codes, now=now)


async def test_a_backup_that_is_old_failed_or_was_never_made_is_told_to_who_keeps_the_settings(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    where = [f"{HOME}/settings#backup"]
    assert work_on(await desk.get(HOME)) == {}, "a shop that was opened just now has its first steps"
    async with application.database.transaction() as connection:
        week = timedelta(days=8)
        await connection.execute("UPDATE merchants SET created_at = $1", merchant.created_at - week)
    assert work_on(await desk.get(HOME)) == {"No backup was ever made": where}
    assert "largesse backup made" in (await desk.get(f"{HOME}/settings")).text

    async def noted(name: str, days: int) -> dict[str, list[str]]:
        async with application.database.transaction() as connection:
            await setup.note(connection, name, now=NOW - timedelta(days=days))
        return work_on(await desk.get(HOME))

    assert await noted(setup.BACKUP, 8) == {"The last backup was made on 14 November at 10:00": where}
    assert await noted(setup.BACKUP, 7) == {}
    assert await noted(setup.BACKUP_FAILED, 3) == {"The backup failed on 19 November at 10:00": where}
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER, email="books@bakery.example") as client:
        assert work_on(await client.get(HOME)) == {}
    assert await noted(setup.BACKUP, 2) == {}


async def test_a_developer_sees_no_figures_and_nobodys_gifts(application: Application, merchant: Merchant) -> None:
    await bought(application, merchant)
    await placed_only(application, merchant, 500)
    async with at_the_desk(application, merchant, role=Role.DEVELOPER, email="dev@bakery.example") as client:
        answer = await client.get(HOME)
    assert (figures_on(answer), work_on(answer)) == ([], {})


async def test_the_audit_log_says_who_did_what_and_is_filtered_and_exported(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    async with application.database.transaction() as connection:
        for place, action in enumerate((Audited.NUMBER_REVEALED, Audited.GIFT_SENT_AGAIN, Audited.NUMBER_REVEALED)):
            await staff.record(
                connection, merchant.merchant_id, action, subject="x", actor="cli:root",
                reason=f"because {place}", now=NOW + timedelta(seconds=place),
            )  # fmt: skip
    page = await desk.get(f"{HOME}/audit", params={"action": "certificate.number.revealed"})
    assert texts(page, "//td[@data-label='Why']") == ["because 2", "because 0"]
    assert set(texts(page, "//td[@data-label='Who']")) == {"the operator, root"}
    assert texts(page, "//*[@class='said']") == ["2 entries"]
    answer = await desk.post(f"{HOME}/audit/export", data=forms_of(page)[f"{HOME}/audit/export"])
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["action"], one["reason"]) for one in rows] == [
        ("certificate.number.revealed", "because 0"),
        ("certificate.number.revealed", "because 2"),
    ]
    assert "the operator, root · because 2" in texts(await desk.get(HOME), "//span[@class='note']")


async def test_a_month_that_is_not_closed_is_told_to_who_may_close_it_once_something_was_booked(
    application: Application, merchant: Merchant
) -> None:
    async with at_the_desk(application, merchant, role=Role.BOOKKEEPER, email="books@bakery.example") as client:
        await a_card(application, merchant, now=NOW)
        assert work_on(await client.get(HOME)) == {}
        await a_card(application, merchant, now=NOW - timedelta(days=30))
        assert work_on(await client.get(HOME)) == {"October 2026 is not closed": [f"{HOME}/reports/months"]}
    async with at_the_desk(application, merchant, role=Role.MANAGER, email="mia@bakery.example") as client:
        assert work_on(await client.get(HOME)) == {}
