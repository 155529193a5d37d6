"""Withdrawing from the contract: a link in every foot, a form, one button, and one answer for everybody."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import SMTP

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.law import LawChoice, choose
from largesse.domain.merchants import Merchant
from largesse.domain.withdrawals import list_withdrawals
from largesse.interfaces.storefront.limits import Limits
from largesse.services.withdrawals import withdrawal_address
from tests.builders.application import BASE_URL, NOW
from tests.builders.catalog import on_sale
from tests.builders.gifts import a_gift, a_gift_installation, a_relay, bought
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.storefront.test_given_pages import token_for, visitor
from tests.support.shopper import Page, Shopper, shopping

PATH = "/withdraw"
LINK = "/corner-spa/withdraw"
WORDS = {
    "en": ("Withdraw from contract here", "Confirm withdrawal"),
    "de": ("Vertrag widerrufen", "Widerruf bestätigen"),
    "fr": ("Renoncer au contrat ici", "Confirmer la rétractation"),
    "es": ("Desistir del contrato aquí", "Confirmar el desistimiento"),
}


async def a_shop_in(database: Database, code: str) -> Merchant:
    await on_sale(database, one := await a_seller(database))
    async with database.transaction() as connection:
        await choose(connection, LawChoice(merchant_id=one.merchant_id, code=code, chosen_at=NOW))
    return one


@asynccontextmanager
async def a_shopper(
    database: Database, *, declarations: int = 30, mails: int = 10
) -> AsyncIterator[tuple[Application, Shopper]]:
    limits = Limits(withdrawals_a_day=declarations, withdrawal_mails_a_day=mails, withdrawals_answered_after_s=0)
    async with (
        a_gift_installation(database, prints=False, clock=StillClock(NOW)) as application,
        shopping(application, limits=limits) as shopper,
    ):
        yield application, shopper


def form_on(page: Page) -> dict[str, str]:
    """What the form of a page sends as it stands."""
    [form] = [one for one in page.tree.forms if one.action == LINK]
    return {name: value or "" for name, value in form.fields.items()}


async def declared(shopper: Shopper, number: str, *, email: str = "grace@example.com", token: str = "") -> Page:
    """The answer to who filled the form in and pressed the button."""
    typed = {"name": "Grace Hopper", "order_number": number, "email": email, "token": token}
    asked = await shopper.send(PATH, typed)
    assert asked.status == 200
    return await shopper.send(PATH, form_on(asked) | {"step": "confirm"})


@pytest.mark.parametrize("language", WORDS)
async def test_the_way_leads_from_every_foot_to_one_button_in_every_language(database: Database, language: str) -> None:
    await a_shop_in(database, "DE")
    link, button = WORDS[language]
    spoken = {"accept-language": language}
    async with a_shopper(database) as (_, shopper):
        for path in ("", "/gift/any-amount", "/checkout", PATH):
            page = await shopper.open(path, **spoken)
            [found] = page.tree.xpath(f'//footer//a[@href="{LINK}"]')
            assert found.text_content().strip() == link
        typed = {"name": "Grace", "order_number": "GL-1", "email": "grace@example.com"}
        page = await shopper.send(PATH, typed, **spoken)
        [pressed] = page.tree.xpath('//button[@value="confirm"]')
        assert pressed.text_content().strip() == button
        assert not page.tree.xpath('//input[@type="checkbox"]'), "no waiver is asked for"


@pytest.mark.parametrize("code", ["US", "CA"])
async def test_without_the_right_there_is_no_link_and_no_page(database: Database, code: str) -> None:
    await a_shop_in(database, code)
    async with a_shopper(database) as (_, shopper):
        assert LINK not in (await shopper.open("")).html
        assert (await shopper.open(PATH)).status == 404
        assert (await shopper.send(PATH, {"name": "Grace", "order_number": "1", "email": "a@b.example"})).status == 404


async def test_british_buyers_withdraw_too_though_nobody_demands_a_function(database: Database) -> None:
    await a_shop_in(database, "GB")
    async with a_shopper(database) as (_, shopper):
        assert LINK in (await shopper.open("")).html


async def test_whoever_declares_it_reads_the_same(database: Database) -> None:
    one = await a_shop_in(database, "DE")
    async with a_shopper(database) as (application, shopper):
        mine, other = await bought(application, one, a_gift(), a_gift())
        same = dict[str, Page]()
        for number, email in (
            (mine.order_number, "grace@example.com"),
            (other.order_number, "ada@example.com"),
            ("GL-NOBODYS", "grace@example.com"),
        ):
            same[number] = await declared(shopper, number, email=email)
        said = {
            (page.status, page.words.replace(number, "…").replace("ada@", "grace@")) for number, page in same.items()
        }
        assert len(said) == 1, said
        [(status, words)] = said
        assert status == 200
        assert "Your withdrawal has arrived" in words
        assert "Sunday, 6 December 2026" in words
        async with database.connection() as connection:
            kept = await list_withdrawals(connection, one.merchant_id, limit=9)
        assert {kept_one.order_number: kept_one.counts for kept_one in kept} == {
            mine.order_number: True,
            other.order_number: False,
            "GL-NOBODYS": False,
        }


async def test_pressed_twice_it_is_one_declaration(database: Database) -> None:
    one = await a_shop_in(database, "DE")
    async with a_shopper(database) as (_, shopper):
        asked = await shopper.send(PATH, {"name": "Grace", "order_number": "GL-1", "email": "grace@example.com"})
        for _ in range(2):
            assert (await shopper.send(PATH, form_on(asked) | {"step": "confirm"})).status == 200
        async with database.connection() as connection:
            assert len(await list_withdrawals(connection, one.merchant_id, limit=9)) == 1


async def test_what_cannot_be_answered_comes_back_with_a_sentence_and_nothing_is_kept(database: Database) -> None:
    one = await a_shop_in(database, "DE")
    typed = {"name": "Win at http://spam.example", "order_number": "<b>", "email": "grace", "step": "confirm"}
    async with a_shopper(database) as (_, shopper):
        page = await shopper.send(PATH, typed)
        assert page.status == 422
        assert "Type your name in letters." in page.words
        assert "It stands on your receipt." in page.words
        assert form_on(page)["email"] == "grace"
        back = await shopper.send(PATH, typed | {"step": "change"})
        assert (back.status, form_on(back)["order_number"]) == (200, "<b>")
        forged = await shopper.send(
            PATH,
            {"name": "Grace", "order_number": "GL-1", "email": "grace@example.com", "step": "confirm"},
            **{"sec-fetch-site": "cross-site"},
        )
        assert forged.status == 403
        async with database.connection() as connection:
            assert await list_withdrawals(connection, one.merchant_id, limit=9) == []


async def test_receipt_and_buyers_page_lead_to_a_form_that_is_filled_in_and_counts_from_any_address(
    database: Database,
) -> None:
    one = await a_shop_in(database, "DE")
    mail = KeepingSender()
    async with a_shopper(database) as (application, shopper), visitor(application) as buyer:
        first, second = await bought(application, one, a_gift(), a_gift())
        assert first.checkout_id is not None
        link = withdrawal_address(application, one, first.checkout_id)
        await a_relay(application, mail).run_once(NOW)
        read = [message_from_bytes(parcel.body, policy=SMTP) for parcel in mail.parcels]
        [receipt] = [message for message in read if "receipt" in str(message["subject"])]
        for kind in ("plain", "html"):
            body = receipt.get_body((kind,))
            assert body is not None
            assert link in body.get_content()
        page = await buyer.get(f"/gifts/given?token={token_for(application, first)}")
        assert link.removeprefix(BASE_URL) in page.text

        form = await shopper.open(link.removeprefix(f"{BASE_URL}/corner-spa"))
        assert (form_on(form)["name"], form_on(form)["email"]) == ("Grace Hopper", "grace@example.com")
        assert [one.get("value") for one in form.tree.xpath("//option")] == [first.order_number, second.order_number]
        await declared(shopper, second.order_number, email="new@example.com", token=form_on(form)["token"])
        async with database.connection() as connection:
            [kept] = await list_withdrawals(connection, one.merchant_id, limit=9)
        assert (kept.order_id, kept.email) == (second.order_id, "new@example.com")

        forged = await shopper.open(f"{PATH}?token=nonsense")
        assert (forged.status, form_on(forged)["name"]) == (200, "")


async def test_one_network_declares_and_has_mailed_so_much_a_day(database: Database) -> None:
    one = await a_shop_in(database, "DE")
    mail = KeepingSender()
    async with a_shopper(database, declarations=3, mails=2) as (application, shopper):
        said = [await declared(shopper, f"GL-{number}", email=f"a{number}@example.com") for number in range(4)]
        assert [page.status for page in said] == [200, 200, 200, 429]
        await a_relay(application, mail).run_once(NOW)
        assert len(mail.parcels) == 2
        async with database.connection() as connection:
            assert len(await list_withdrawals(connection, one.merchant_id, limit=9)) == 3
