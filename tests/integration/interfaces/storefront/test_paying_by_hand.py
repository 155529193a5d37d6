"""Paying by hand: offered where the merchant says how, told on the page and by mail at once, and for so many days."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.merchants import Merchant
from largesse.domain.payments import PaymentInstructions, write_instructions
from largesse.kernel.tax import UNTAXED
from largesse.services.orders.fulfilment import mark_paid
from largesse.services.payments import give_up_unpaid
from tests.builders.application import NOW
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_merchant
from tests.builders.gifts import a_relay
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender
from tests.integration.interfaces.storefront.test_checkout import a_shopper, placed
from tests.support.words import mentions

IBAN = "DE89370400440532013000"


async def told_how(database: Database, one: Merchant, **changed: object) -> None:
    told = {"currency": "USD", "holder": "Corner Spa Ltd", "iban": IBAN, "further": "Or at our counter, 9 to 5."}
    async with database.transaction() as connection:
        await write_instructions(connection, one.merchant_id, PaymentInstructions(**told | changed), now=NOW)  # type: ignore[arg-type]  # as it takes them


async def mails_of(application: Application, now: datetime = NOW) -> list[EmailMessage]:
    mail = KeepingSender()
    await a_relay(application, mail).run_once(now)
    return [message_from_bytes(parcel.body, policy=SMTP) for parcel in mail.parcels]


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


async def test_without_instructions_nobody_is_offered_to_pay_by_hand(database: Database) -> None:
    await on_sale(database, await a_merchant(database, pays_by_hand=False), a_draft(tax=UNTAXED))
    async with a_shopper(database) as (_, shopper):
        await shopper.give()
        page = await shopper.open("/checkout")
        assert "At the counter or by transfer" not in page.words
        refused = await shopper.pay(buyer_gateway="manual")
        assert refused.status == 422
    assert await placed(database) == []


async def test_page_and_mail_name_account_reference_and_last_day(database: Database) -> None:
    await on_sale(database, one := await a_seller(database), a_draft(tax=UNTAXED))
    await told_how(database, one)
    async with a_shopper(database) as (application, shopper):
        await shopper.give(message="See http://spam.example now")
        led = (await shopper.pay()).answer.headers["location"]
        page = await shopper.open(led.removeprefix("/corner-spa"))
        [order] = await placed(database)
        said = f"Please pay $100.00 by Tuesday, 1 December 2026, and name this order: {order['order_number']}."
        account = ("Corner Spa Ltd", "DE89 3704 0044 0532 0130 00", "Or at our counter, 9 to 5.")
        for words in (said, *account):
            assert words in page.words
        [mail] = await mails_of(application)
        body = text_of(mail)
        assert mail["Subject"] == "How to pay your order at Corner Spa"
        for words in ("Thank you, Grace", said, *account, "https://gifts.example.com/corner-spa/thanks?token="):
            assert words in body
        assert not mentions(body, "spam")
        assert not mentions(body, "Ada"), "nobody has paid yet: no third person is named"
        link = body.partition("/corner-spa/thanks")[2].split(" ")[0]
        assert (await shopper.open(f"/thanks{link}")).status == 200
        await mark_paid(application, one, order["order_number"], reference=None, actor="test", now=NOW)
        [receipt] = [mail for mail in await mails_of(application) if "receipt" in mail["Subject"]]
        assert "Way of payment: at the counter or by transfer" in text_of(receipt)


async def test_after_its_last_day_an_order_is_given_up_and_not_before(database: Database) -> None:
    await on_sale(database, one := await a_seller(database), a_draft(tax=UNTAXED))
    await told_how(database, one)
    clock = StillClock(NOW)
    async with a_shopper(database, clock=clock) as (application, shopper):
        await shopper.give()
        await shopper.pay()
        last = datetime(2026, 12, 2, 5, tzinfo=UTC)  # midnight in New York
        assert await give_up_unpaid(application, now=last - timedelta(minutes=1)) == 0
        assert await give_up_unpaid(application, now=last + timedelta(minutes=1)) == 1
    assert [order["status"] for order in await placed(database)] == ["cancelled"]


async def test_one_address_is_written_to_three_times_a_day_at_most(database: Database) -> None:
    await on_sale(database, one := await a_seller(database), a_draft(tax=UNTAXED))
    await told_how(database, one)
    async with a_shopper(database) as (application, shopper):
        said = list[bool]()
        for amount in ("5000", "10000", "5000", "10000"):
            await shopper.give(amount=amount)
            led = (await shopper.pay()).answer.headers["location"]
            page = await shopper.open(led.removeprefix("/corner-spa"))
            assert ("The same was mailed to you." in page.words) != ("Keep this page: " in page.words)
            said.append("The same was mailed to you." in page.words)
        assert said == [True, True, True, False]
        assert len(await placed(database)) >= 4
        assert len(await mails_of(application)) <= 3


@pytest.mark.parametrize("day, last", [("2026-11-22", "2026-12-01"), ("2026-11-27", "2026-12-08")])
def test_saturdays_and_sundays_do_not_count(day: str, last: str) -> None:
    told = PaymentInstructions(currency="EUR", further="At the counter.", days=7)
    now = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    assert told.deadline(now, zone=ZoneInfo("Europe/Berlin")).isoformat() == last
