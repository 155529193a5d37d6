"""Money that goes back, or cannot, is told to merchant and buyer by mail; with Stripe's stand-in and a mail server."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from largesse import outbox
from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.merchants import Merchant
from largesse.domain.payments import PaymentReturned, RefundFailed
from largesse.kernel.ids import new_id
from largesse.outbox import Relay
from largesse.services.certificates.requests import Request
from largesse.services.endpoints.kinds import NOTICES
from largesse.services.orders import fulfilment, selling
from largesse.services.payments import paying, sweeper
from largesse.services.refunds.order_refund import refund_order
from tests.builders.gifts import MAIL_FROM, a_gift, a_relay
from tests.builders.orders import a_basket, a_charge
from tests.builders.payments import a_paying_application, now, placed_by, sent_to, standing_of
from tests.builders.shop import a_seller
from tests.support.mail_server import Letterbox, bodies_of, mail_server
from tests.support.stripe_account import StripeAccount

LATER = timedelta(minutes=3)
BUYER, OWNER = "grace@example.com", "owner@example.com"


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


@pytest.fixture
def letterbox() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def relay(application: Application, letterbox: Letterbox) -> AsyncIterator[Relay]:
    async with mail_server(letterbox) as url:
        yield a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))


async def _payload(application: Application, kind: str) -> str:
    async with application.database.connection() as connection:
        [row] = await connection.fetch("SELECT payload FROM events WHERE kind = $1", kind)
    return str(row["payload"])


async def _came_too_late(application: Application, merchant: Merchant, account: StripeAccount) -> selling.Placed:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    await selling.give_up(application, merchant, placed.orders[0].order_number)
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.CLOSED
    return placed


async def test_a_payment_for_a_closed_order_is_told_to_merchant_and_buyer_once(
    application: Application, merchant: Merchant, account: StripeAccount, relay: Relay, letterbox: Letterbox
) -> None:
    placed = await _came_too_late(application, merchant, account)
    for _ in range(2):
        await sweeper.sweep(application, now=now() + LATER)
    await relay.run_once(now() + LATER)

    [notice] = letterbox.to(OWNER)
    assert notice["Subject"] == "A payment bought nothing and goes back"
    async with application.database.connection() as connection:
        [payment] = await payments.list_payments(connection, merchant.merchant_id, status=None, gateway=None, limit=2)
    for body in bodies_of(notice):
        assert "100.00 USD" in body
        assert placed.orders[0].order_number in body
        assert BUYER in body
        assert f"largesse payment show {payment.payment_id} --merchant corner-spa" in body
    [mail] = letterbox.to(BUYER)
    assert mail["Subject"] == "Your payment of $100.00 goes back to you"
    for body in bodies_of(mail):
        assert "when the order was closed or could no longer be filled" in body
        assert placed.orders[0].order_number in body
    told = msgspec.json.decode(await _payload(application, "payment.returned"), type=PaymentReturned)
    assert (told.amount, told.currency, told.reason) == ("100.00", "USD", "checkout.closed")


async def test_who_paid_twice_is_told_that_their_gifts_stand(
    application: Application, merchant: Merchant, account: StripeAccount, relay: Relay, letterbox: Letterbox
) -> None:
    placed = await placed_by(application, merchant)
    await sent_to(application, merchant, placed)
    await fulfilment.mark_paid(
        application, merchant, placed.orders[0].order_number, reference="till 7", actor="test", now=now()
    )
    account.control("pay", session=account.session(), how="pay")

    await sweeper.sweep(application, now=now() + LATER)
    await relay.run_once(now() + LATER)

    [mail] = letterbox.to(BUYER)
    assert mail["Subject"] == "Your payment of $100.00 goes back to you"
    for body in bodies_of(mail):
        assert "These gifts were paid for already, and nothing changes about them." in body
    assert len(letterbox.to(OWNER)) == 1


@pytest.mark.parametrize(
    "locale, subject, why",
    [
        ("es", "Le devolvemos su pago de 100,00", "no se podía servir"),
        ("fr", "Votre paiement de 100,00", "ne pouvait plus être honorée"),
        ("de", "Ihre Zahlung über 100,00", "nicht mehr ausgeführt werden konnte"),
    ],
)
async def test_the_buyer_is_told_in_their_own_language(  # the merchant's notices are in English
    application: Application,
    merchant: Merchant,
    account: StripeAccount,
    relay: Relay,
    letterbox: Letterbox,
    *,
    locale: str,
    subject: str,
    why: str,
) -> None:
    placed = await selling.place(application, merchant, replace(a_basket(), locale=locale), now=now())
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    await selling.give_up(application, merchant, placed.orders[0].order_number)
    await standing_of(application, merchant, placed)
    await relay.run_once(now() + LATER)

    [mail] = letterbox.to(BUYER)
    assert str(mail["Subject"]).startswith(subject)
    assert mail["Content-Language"] == locale
    assert all(why in body for body in bodies_of(mail))


async def test_a_refund_that_failed_is_told_to_the_merchant_once(
    application: Application, merchant: Merchant, account: StripeAccount, relay: Relay, letterbox: Letterbox
) -> None:
    basket = replace(a_basket(), gifts=(a_gift(a_charge(10_000)),))
    placed = await selling.place(application, merchant, basket, now=now())
    await sent_to(application, merchant, placed)
    account.control("pay", session=account.session(), how="pay")
    assert await standing_of(application, merchant, placed) is paying.PaymentStanding.PAID
    account.settings(refund_status="failed")

    done = await refund_order(
        application,
        merchant,
        placed.orders[0].order_number,
        request=Request(operation_id=new_id(now()), actor="test"),
        now=now(),
    )
    for _ in range(2):
        await sweeper.sweep(application, now=now() + LATER)
    await relay.run_once(now() + LATER)

    [refund] = done.refunds
    [notice] = letterbox.to(OWNER)
    assert notice["Subject"] == "A refund failed: please hand the money back"
    for body in bodies_of(notice):
        assert "100.00 USD" in body
        assert placed.orders[0].order_number in body
        assert f"largesse payment handed-back {refund.refund_id} --merchant corner-spa" in body
    told = msgspec.json.decode(await _payload(application, "refund.failed"), type=RefundFailed)
    assert (told.refund_id, told.amount) == (refund.refund_id, "100.00")


async def test_notices_reach_an_owner_whose_domain_is_beyond_ascii(
    application: Application, merchant: Merchant, account: StripeAccount, relay: Relay, letterbox: Letterbox
) -> None:
    async with application.database.transaction() as connection:
        await connection.execute("UPDATE merchants SET contact_email = 'owner@straße.example'")
    await _came_too_late(application, merchant, account)
    await sweeper.sweep(application, now=now() + LATER)
    await relay.run_once(now() + LATER)
    [notice] = letterbox.to("owner@xn--strae-oqa.example")
    assert notice["To"] == "owner@xn--strae-oqa.example"
    assert b"=?" not in b"".join(letterbox.raw).partition(b"\r\n\r\n")[0]


async def test_notices_go_where_they_went_before(
    application: Application, merchant: Merchant, account: StripeAccount, relay: Relay, letterbox: Letterbox
) -> None:
    async with application.transaction() as connection:
        await outbox.notify_by_mail(connection, merchant.merchant_id, "till@example.com", NOTICES, now=now())

    await _came_too_late(application, merchant, account)
    await relay.run_once(now() + LATER)

    assert len(letterbox.to("till@example.com")) == 1
    assert letterbox.to(OWNER) == []
