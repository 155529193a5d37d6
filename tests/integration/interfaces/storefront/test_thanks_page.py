"""The page after paying: what happened, for whoever holds the link, and for nobody else."""

import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.orders import find_by_number
from largesse.domain.payments import TestGateway, TrialChoice
from largesse.kernel.tax import UNTAXED
from largesse.services.certificates.adjustments import block
from largesse.services.certificates.requests import Place
from largesse.services.gifts.sheet import sheet_of
from largesse.services.gifts.state import standing_of
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.payments import paying
from tests.builders.application import NOW, an_application
from tests.builders.catalog import a_draft, a_package, on_sale
from tests.builders.certificates import a_request
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.fakes.typesetter import PlainTypesetter
from tests.integration.interfaces.storefront.test_checkout import a_shopper, placed
from tests.support.shopper import Shopper, shopping


async def bought(shopper: Shopper, **gift: str) -> str:
    """Buy a massage by hand; return the path of the page afterwards."""
    await shopper.give("/gift/massage", **gift)
    return await paid_by_hand(shopper)


async def paid_by_hand(shopper: Shopper) -> str:
    """Place what was put together; return the path of the page afterwards."""
    return (await shopper.pay()).answer.headers["location"].removeprefix("/corner-spa")


async def paid(application: Application, merchant: Merchant) -> None:
    """Let staff say that the money is here."""
    order = (await placed(application.database))[-1]
    await mark_paid(
        application, merchant, order["order_number"], reference=None, actor="test", now=application.clock.now()
    )


async def test_an_order_to_be_paid_by_hand_says_how_and_later_that_it_is_paid(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    async with a_shopper(database) as (application, shopper):
        path = await bought(shopper, delivery="later", day="2026-12-24")
        page = await shopper.open(path)
        [order] = await placed(database)
        assert "We have your order" in page.words
        assert "Please pay $120.00 by Tuesday, 1 December 2026" in page.words
        assert order["order_number"] in page.words
        assert "Ada gets this on 24 December at 09:00, once it is paid for." in page.words
        await paid(application, merchant)
        page = await shopper.open(path)
        assert "Thank you" in page.words
        assert "$120.00 is paid. A receipt is on its way to grace@example.com." in page.words
        assert "Ada gets this on 24 December at 09:00." in page.words
        assert 'href="/gifts/given?token=' in page.html


async def test_a_sentence_of_ours_runs_as_its_page_does_whatever_name_it_begins_with(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    async with a_shopper(database) as (_, shopper):
        await shopper.give("/gift/massage", first_name="\u0641\u0627\u0637\u0645\u0647")
        for page in (await shopper.open("/checkout"), await shopper.open(await paid_by_hand(shopper))):
            [sentence] = page.tree.xpath('//main//li//*[contains(text(), "as soon as it is paid for")]')
            assert sentence.xpath("ancestor-or-self::*/@dir") == ["ltr"], "only the page itself says a direction"


async def test_another_language_or_light_leads_back_to_this_page(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    async with a_shopper(database) as (_, shopper):
        path = await bought(shopper)
        page = await shopper.open(path)
        assert page.tree.xpath("//input[@name='here']/@value") == [f"/corner-spa{path}"] * 2


async def test_what_is_printed_at_home_is_downloaded_from_its_card_which_shows_it(database: Database) -> None:
    """F27: it was behind another page; and the certificate was shown nowhere after paying."""
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    async with a_shopper(database) as (application, shopper):
        path = await bought(shopper, delivery="print")
        assert "/gifts/given.svg" not in (await shopper.open(path)).html, "nothing is shown before it is paid for"
        await paid(application, merchant)
        page = await shopper.open(path)
        order = (await placed(database))[0]
        place = Place(merchant_id=merchant.merchant_id, certificate_id=order["certificate_id"])
        await block(application, place, request=a_request(), now=NOW)
        assert "/gifts/given.svg" not in (await shopper.open(path)).html, "no picture that its address refuses"
    [card] = page.tree.xpath('//li[contains(@class, "gift-card")]')
    [form] = card.xpath(".//form")
    assert form.get("action") == "/gifts/given.pdf"
    [image] = card.xpath(".//a/img")
    assert image.get("src").startswith("/gifts/given.svg?token=")
    assert image.getparent().get("href") == image.get("src")


async def test_after_paying_the_draft_is_empty_and_the_old_form_pays_nothing_twice(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    async with a_shopper(database) as (application, shopper):
        await shopper.give("/gift/massage")
        form = await shopper.fill("/checkout", buyer_first_name="Grace", buyer_last_name="H", go="pay")
        form |= {"buyer_email": "grace@example.com", "buyer_gateway": "manual"}
        first = await shopper.send("/checkout", form)
        await paid(application, merchant)
        again = await shopper.send("/checkout", form)
        assert again.answer.headers["location"] == first.answer.headers["location"]
        assert len(await placed(database)) == 1
        page = await shopper.open("/checkout")
        assert "There is no gift here yet" in page.words
        await shopper.give("/gift/massage", to="Mary")
        page = await shopper.open("/checkout")
        assert page.fields["buyer_first_name"] == "Grace"
        assert "For Ada" not in page.words


async def test_a_slow_payment_is_waited_for_without_scripts_and_not_for_ever(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_package())
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (application, shopper):
        await shopper.give("/gift/massage")
        sent = await shopper.pay(buyer_gateway="test")
        gateway = application.gateways.named("test")
        assert isinstance(gateway, TestGateway)
        state = gateway.read(sent.answer.headers["location"].rpartition("/")[2], now=clock.now())
        thanks = await paying.try_out(application, state, TrialChoice.SLOW, now=clock.now())
        assert thanks is not None
        path = thanks.removeprefix("https://gifts.example.com/corner-spa")
        page = await shopper.open(path)
        refresh = re.search(r'<meta http-equiv="refresh" content="5; url=([^"]+)">', page.html)
        assert refresh is not None
        assert refresh[1].endswith("&amp;poll=1")
        assert "This page looks again by itself" in page.words
        stopped = await shopper.open(f"{path}&poll=24")
        assert "http-equiv" not in stopped.html
        assert "You need not pay again." in stopped.words
        clock.moment += timedelta(minutes=1)
        assert "Thank you" in (await shopper.open(path)).words


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 83, "A" * 5000])
async def test_a_forged_link_shows_nothing_and_is_logged_without_itself(database: Database, token: str) -> None:
    await a_seller(database)
    async with an_application(database, clock=StillClock(NOW)) as application, shopping(application) as shopper:
        with capture_logs() as logs:
            page = await shopper.open(f"/thanks?token={token}")
        assert page.status == 404
        assert "This is not here any more" in page.words
        [entry] = [entry for entry in logs if entry["event"] == "choice_forged"]
        assert entry["faults"] == ["link"]
        assert len(token) < 2 or token not in str(logs)


async def test_a_link_opens_nothing_at_another_merchants(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    await a_seller(database, slug="book-shop", number="1002", prefix="BK")
    async with a_shopper(database) as (_, shopper):
        path = await bought(shopper)
        assert (await shopper.client.get(f"/book-shop{path}")).status_code == 404


async def test_a_checkout_that_was_given_up_says_so(database: Database) -> None:
    await on_sale(database, await a_seller(database), a_package())
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (_, shopper):
        path = await bought(shopper)
        clock.moment += timedelta(seconds=1)
        await bought(shopper, to="Mary")
        page = await shopper.open(path)
        assert "This order was given up" in page.words
        assert "goes back by itself" in page.words
        german = await shopper.open(path, **{"accept-language": "de"})
        assert "aufgegeben" not in german.words, "that is what is said of an order that was placed"


async def test_the_preview_is_what_is_printed_but_for_the_number(database: Database) -> None:
    merchant = await a_seller(database)
    await on_sale(database, merchant, a_draft(tax=UNTAXED, terms="Not for cash."))
    async with a_shopper(database) as (application, shopper):
        form = await shopper.fill("/gift/any-amount", to="Ada", from_="Grace", message="Dear\nAda", tip="15")
        form |= {"locale": "de", "design": "winter", "first_name": "Ada", "email": "ada@example.com", "go": "add"}
        figures = (await shopper.send("/live/gift/any-amount", form)).answer.json()
        await shopper.client.get(figures["preview"])
        assert isinstance(application.typesetter, PlainTypesetter)
        previewed = application.typesetter.previewed[-1]
        await shopper.send("/gift/any-amount", form)
        await shopper.pay()
        await paid(application, merchant)
        async with database.connection() as connection:
            number = (await placed(database))[0]["order_number"]
            order = await find_by_number(connection, merchant.merchant_id, number)
            assert order.certificate_id is not None
            standing = await standing_of(
                connection, application, merchant.merchant_id, order.certificate_id, order=order
            )
            printed = (await sheet_of(connection, application, merchant, standing)).face
    secrets = {"number", "barcode_text", "redeem_url", "order_number"}  # there is none before it is placed
    for name in set(printed.__struct_fields__) - secrets:
        assert getattr(previewed, name) == getattr(printed, name), name


async def test_the_preview_is_drawn_by_the_typesetter(database: Database) -> None:
    await on_sale(database, await a_seller(database))
    async with TypstTypesetter(threads=1) as typesetter:
        clock = StillClock(NOW)
        async with (
            an_application(database, clock=clock, typesetter=typesetter) as application,
            shopping(application) as shopper,
        ):
            form = await shopper.fill("/gift/any-amount", to="Ada", message="<svg onload=alert(1)>", amount="other")
            figures = (await shopper.send("/live/gift/any-amount", form)).answer.json()
            picture = await shopper.client.get(figures["preview"])
            assert picture.status_code == 200
            assert "<svg" in picture.text
            assert "onload" not in picture.text
            assert "<script" not in picture.text
