"""Passes for whoever brings a number: offered where there are keys, made anew each time, and soon out of date."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any, cast

import httpx
import lxml.html
import pytest
from litestar import Litestar
from msgspec.structs import replace
from structlog.testing import capture_logs

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.gifts import GiftStatus, GiftUsed, update_gifts
from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.domain.wallets import GOOGLE_ORIGIN, SAVE_AT, Wallet
from largesse.interfaces.storefront.redeem import PATH, WALLET_PATH, redeem_routes
from largesse.interfaces.storefront.wallet_pages import FILE_PATH, wallet_routes
from largesse.kernel.numbers import in_groups, make_number
from largesse.services.certificates import Place, redeem, reissue
from largesse.services.gifts import GiftLink, SentAgain, send_again
from largesse.services.wallets import remove_wallet, set_apple, set_google
from largesse.web.assets import ui_routes
from tests.builders.application import NOW
from tests.builders.certificates import a_card, a_request
from tests.builders.gifts import a_gift, a_gift_installation, a_shop, bought, delivery_of
from tests.builders.orders import a_charge
from tests.builders.wallets import ISSUER, apple_papers, google_account
from tests.fakes.clock import StillClock
from tests.integration.interfaces.storefront.test_redeem_page import TEMPLATES, number_of, place_of
from tests.integration.test_leaked_database import everything

BY = ByWhom(actor="test")


@asynccontextmanager
async def holder(application: Application) -> AsyncIterator[httpx.AsyncClient]:
    """A telephone at the pages of whoever holds a certificate."""
    routes = [
        *ui_routes(TEMPLATES),
        *redeem_routes(application, TEMPLATES),
        *wallet_routes(application, TEMPLATES),
    ]
    transport = httpx.ASGITransport(app=cast("Any", Litestar(routes, openapi_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url="https://gifts.example.com") as client:
        yield client


async def with_keys(application: Application, merchant: Merchant) -> None:
    """Give a merchant keys for both wallets."""
    await set_apple(application, merchant, apple_papers().bundle, by=BY, now=NOW)
    await set_google(application, merchant, ISSUER, google_account(), by=BY, now=NOW)


def offered(page: httpx.Response) -> list[str]:
    """The wallets that a page offers."""
    found: Any = lxml.html.fromstring(page.text)
    return [str(one) for one in found.xpath('//input[@name="wallet"]/@value')]


async def test_passes_are_offered_only_where_there_are_keys_that_have_not_ended(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application, holder(application) as client:
        merchant = await a_shop(database)
        [order] = await bought(application, merchant)
        number = await number_of(application, order)
        none = await client.get(PATH, params={"code": number})
        refused = await client.post(WALLET_PATH, data={"code": number, "wallet": "apple"})
        assert (offered(none), GOOGLE_ORIGIN in none.headers["content-security-policy"]) == ([], False)
        assert (refused.status_code, "location" in refused.headers) == (200, False)
        assert (await delivery_of(application, order)).pass_of is None
        await with_keys(application, merchant)
        both = await client.get(PATH, params={"code": number}, headers={"accept-language": "de"})
        assert offered(both) == ["apple", "google"]
        assert "Google erhält damit die Nummer des Gutscheins." in both.text
        assert f"form-action 'self' {GOOGLE_ORIGIN}" in both.headers["content-security-policy"]
        clock.moment = NOW + timedelta(days=365)
        assert offered(await client.get(PATH, params={"code": number})) == ["google"], "Apple's keys have ended"
        clock.moment = NOW
        for wallet in Wallet:
            await remove_wallet(application, merchant, wallet, by=BY, now=NOW)
        assert offered(await client.get(PATH, params={"code": number})) == []


async def test_apples_pass_is_a_file_behind_a_key_that_ends_after_five_minutes(database: Database) -> None:
    clock = StillClock(NOW)
    async with a_gift_installation(database, clock=clock, prints=False) as application, holder(application) as client:
        merchant = await a_shop(database)
        await with_keys(application, merchant)
        gift = replace(a_gift(a_charge(10_000, tip=1_500), locale="de"), good_through=date(2027, 11, 22))
        [order] = await bought(application, merchant, gift)
        number = await number_of(application, order)
        await redeem(application, place_of(order), value=2550, request=a_request(), now=NOW)
        led = await client.post(WALLET_PATH, data={"code": number, "wallet": "apple"})
        address = led.headers["location"]
        assert (led.status_code, address.startswith(f"{FILE_PATH}?key=")) == (303, True)
        assert number not in address
        gift_now = await delivery_of(application, order)
        assert (gift_now.pass_of, gift_now.unwrapped_at) == (order.certificate_id, None), "the present stays wrapped"
        answer = await client.get(address)
        assert answer.headers["content-type"] == "application/vnd.apple.pkpass"
        assert answer.headers["cache-control"] == "no-store"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            told = json.loads(packed.read("pass.json"))
            assert packed.read("icon.png").startswith(b"\x89PNG")
        assert told["barcodes"][0]["message"] == f"https://gifts.example.com{PATH}?code={number}"
        assert told["barcodes"][0]["altText"] == in_groups(number)
        shown = json.dumps(told, ensure_ascii=False).replace("\xa0", " ")
        assert "100,00 $ + 15,00 $" in shown, "what it was worth when issued"
        assert "74,50" not in shown, "never what is left"
        assert "Ada" in shown
        assert "22. November 2027" in shown
        assert "Wert bei Ausgabe" in shown, "in the language of the certificate, whoever asks"
        assert told["expirationDate"] == "2027-11-23T05:00:00+00:00"
        for forged in (FILE_PATH, f"{FILE_PATH}?key={number}", f"{address[:-9]}AAAAAAAAA"):
            ended = await client.get(forged)
            assert (ended.status_code, "The address that you came by has ended." in ended.text) == (404, True)
        clock.moment = NOW + timedelta(minutes=5)
        assert (await client.get(address)).status_code == 404
        clock.moment = NOW
        await reissue(application, merchant, place_of(order), request=a_request("reissue"), now=NOW)
        assert (await client.get(address)).status_code == 404, "no pass of a number that has ended"
        replaced = await client.post(WALLET_PATH, data={"code": number, "wallet": "apple"})
        assert "location" not in replaced.headers
        assert "replaced" in replaced.text


async def test_googles_link_comes_by_a_post_alone_and_is_kept_nowhere(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        holder(application) as client,
    ):
        merchant = await a_shop(database)
        await with_keys(application, merchant)
        [order] = await bought(application, merchant)
        number = await number_of(application, order)
        with capture_logs() as logs:
            led = await client.post(WALLET_PATH, data={"code": number, "wallet": "google"})
        assert (led.status_code, led.headers["referrer-policy"]) == (303, "no-referrer")
        address = led.headers["location"]
        assert address.startswith(f"{SAVE_AT}ey")
        assert led.headers["cache-control"] == "no-store"
        kept = await everything(database)
        assert not any(part in kept for part in address.removeprefix(SAVE_AT).split("."))
        assert number not in kept + str(logs)
        assert SAVE_AT not in kept + str(logs)
        assert (await client.get(WALLET_PATH, params={"code": number, "wallet": "google"})).status_code == 405
        unknown = await client.post(WALLET_PATH, data={"code": make_number("GL"), "wallet": "google"})
        assert unknown.status_code == 404
        await redeem(application, place_of(order), value=10_000, request=a_request(), now=NOW)
        spent = await client.post(WALLET_PATH, data={"code": number, "wallet": "google"})
        assert (spent.status_code, "location" in spent.headers, offered(spent)) == (200, False, [])


async def test_a_certificate_without_an_order_has_a_pass_of_what_it_was_issued_with(database: Database) -> None:
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        holder(application) as client,
    ):
        merchant = await a_shop(database)
        await with_keys(application, merchant)
        card = await a_card(application, merchant, value=4_000)
        await redeem(application, card.place, value=1_500, request=a_request(), now=NOW)
        french = {"accept-language": "fr"}
        led = await client.post(WALLET_PATH, data={"code": card.number, "wallet": "apple"}, headers=french)
        answer = await client.get(led.headers["location"], headers=french)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            told = json.loads(packed.read("pass.json"))["storeCard"]
        assert told["primaryFields"] == [{"key": "value", "label": "Valeur à l’émission", "value": "40,00\xa0$US"}]


@pytest.mark.parametrize("wallet", list(Wallet))
async def test_once_a_pass_was_made_the_address_is_the_shops_to_correct(database: Database, wallet: Wallet) -> None:
    """SHOP, section 6: `gift.used`."""
    async with (
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
        holder(application) as client,
    ):
        merchant = await a_shop(database)
        await with_keys(application, merchant)
        [order] = await bought(application, merchant)
        sent = replace(await delivery_of(application, order), status=GiftStatus.SENT)
        async with database.transaction() as connection:
            await update_gifts(connection, [sent])
        number = await number_of(application, order)
        assert order.checkout_id is not None
        link = GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=NOW + timedelta(days=1))

        async def corrected() -> SentAgain:
            return await send_again(
                application, link, order.order_id, name="Ada", email="right@example.com", at_once=True, now=NOW
            )

        await client.post(WALLET_PATH, data={"code": number, "wallet": wallet.value})
        with pytest.raises(GiftUsed):
            await corrected()
        made = await reissue(application, merchant, place_of(order), request=a_request(), now=NOW)
        new = Place(merchant_id=order.merchant_id, certificate_id=made.certificate_id)
        await client.post(WALLET_PATH, data={"code": made.number, "wallet": wallet.value})
        with pytest.raises(GiftUsed):
            await corrected()
        await reissue(application, merchant, new, request=a_request("again"), now=NOW)
        assert (await corrected()).has_new_number, "no pass was made of the newest number"
