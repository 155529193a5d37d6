"""A sale on the buyer's own phone is waited for, completed by its payment, or given up, on a real database."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.builders.application import an_application
from tests.builders.certificates import a_request
from tests.builders.counters import Counter, a_counter, sold_at
from tests.builders.gifts import MAIL_FROM, a_relay
from tests.builders.payments import a_paying_application, books, now, told
from tests.support.mail_server import Letterbox, bodies_of, mail_server

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates
from largesse.domain.orders import CheckoutClosed, OrderStatus
from largesse.domain.payments import GatewayUnknown, NoticeKind, TestGateway, TrialChoice, TrialState
from largesse.kernel.errors import LargesseError
from largesse.kernel.tax import UNTAXED
from largesse.ledger import Account, Certificate, Status, VoidReason
from largesse.services.certificates import Place, reissue
from largesse.services.counter_sales import (
    PaymentUnderWay,
    SaleTender,
    Sold,
    collect,
    give_up_sale,
    look_after,
    send_payment_link,
    waiting_at,
    waits_until,
)
from largesse.services.office import certificate_story
from largesse.services.orders import mark_paid, selling
from largesse.services.payments import give_up_unpaid, paying
from largesse.services.refunds import refund_order, void


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with a_paying_application(database) as opened:
        yield opened


async def state_of(application: Application, counter: Counter, sold: Sold) -> TrialState:
    """The payment of a sale at the test gateway, as its page reads it."""
    address = await collect(application, counter.merchant, sold, now=now())
    gateway = application.gateways.named("test")
    assert isinstance(gateway, TestGateway)
    return gateway.read(address.rpartition("/")[2], now=now())


async def on_a_phone(application: Application, counter: Counter) -> Sold:
    """Sell 50.00 to somebody who pays on a phone."""
    return await sold_at(application, counter, tender=SaleTender.PHONE, now=now())


async def test_a_payment_on_a_phone_completes_the_sale(application: Application, database: Database) -> None:
    """50.00 by the gateway, at the counter's location and on its device.

    gateway_clearing  certificates_outstanding  50.00
    """
    counter = await a_counter(database, tax=UNTAXED)
    sold = await on_a_phone(application, counter)
    first, again = [await collect(application, counter.merchant, sold, now=now()) for _ in range(2)]
    [waiting] = await waiting_at(application, counter.merchant, counter.location.location_id)
    assert (sold.waits, first == again) == (True, True)
    assert (waiting.order.order_number, waiting.gateway, waiting.by_transfer) == (
        sold.order.order_number,
        "test",
        False,
    )
    assert waiting.deadline is not None
    assert (await look_after(application, counter.merchant, sold, now=now())).waits
    state = await state_of(application, counter, sold)
    await paying.try_out(application, state, TrialChoice.PAY, now=now())
    done = await look_after(application, counter.merchant, sold, now=now())
    assert (done.order.status, done.order.device_id) == (OrderStatus.ISSUED, counter.device.device_id)
    assert await waiting_at(application, counter.merchant, counter.location.location_id) == []
    assert (await books(application))[Account.GATEWAY_CLEARING] == 5_000
    # Giving up comes too late: what was paid for stands.
    late = await give_up_sale(application, counter.merchant, sold.order.order_number, now=now())
    assert late.order.status is OrderStatus.ISSUED


async def test_what_nobody_has_paid_is_given_up(application: Application, database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    for tender in (SaleTender.PHONE, SaleTender.TRANSFER):
        sold = await sold_at(application, counter, tender=tender, now=now())
        if tender is SaleTender.PHONE:
            await collect(application, counter.merchant, sold, now=now())
        done = await give_up_sale(application, counter.merchant, sold.order.order_number, now=now())
        assert (done.order.status, done.waits) == (OrderStatus.CANCELLED, False)
    assert await books(application) == {}


async def test_what_was_paid_and_is_on_its_way_is_not_given_up(application: Application, database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    sold = await on_a_phone(application, counter)
    state = await state_of(application, counter, sold)
    await paying.try_out(application, state, TrialChoice.SLOW, now=now())
    with pytest.raises(PaymentUnderWay):
        await give_up_sale(application, counter.merchant, sold.order.order_number, now=now())
    assert (await look_after(application, counter.merchant, sold, now=now())).waits


async def test_without_a_gateway_nobody_pays_on_a_phone(database: Database) -> None:
    counter = await a_counter(database, tax=UNTAXED)
    async with an_application(database) as application:
        with pytest.raises(GatewayUnknown):
            await sold_at(application, counter, tender=SaleTender.PHONE)


async def a_reload(application: Application, counter: Counter, tender: SaleTender, first: Sold) -> Sold:
    """Let 20.00 more on what was sold first wait for its payment."""
    card = first.order.certificate_id
    return await sold_at(application, counter, tender=tender, offering=None, amount=2_000, card=card, now=now())


async def held(application: Application, sold: Sold) -> Certificate:
    """The certificate of a sale as it stands."""
    assert sold.order.certificate_id is not None
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, sold.order.merchant_id, sold.order.certificate_id)
    assert found is not None
    return found


async def test_a_reload_on_a_phone_happens_once_when_it_is_paid(application: Application, database: Database) -> None:
    """50.00 for cash, 20.00 more by the gateway: told while it waits, booked once, blocked and taken by its dispute.

    gateway_clearing  certificates_outstanding  20.00
    disputed          gateway_clearing          20.00, and what is left of the 20.00 against it
    """
    counter = await a_counter(database, tax=UNTAXED)
    first = await sold_at(application, counter, now=now())
    more = await a_reload(application, counter, SaleTender.PHONE, first)
    story = await certificate_story(application, counter.merchant, (await held(application, first)).certificate_id)
    assert [one.order.order_number for one in story.reloads] == [more.order.order_number]
    assert (more.waits, (await held(application, first)).balance) == (True, 5_000)
    state = await state_of(application, counter, more)
    for _ in range(2):
        await paying.try_out(application, state, TrialChoice.PAY, now=now())
    done = await look_after(application, counter.merchant, more, now=now())
    standing = await held(application, first)
    assert (done.order.status, standing.balance) == (OrderStatus.ISSUED, 7_000)
    assert [lot.order_number for lot in standing.lots] == [first.order.order_number, more.order.order_number]
    assert not (await certificate_story(application, counter.merchant, standing.certificate_id)).reloads
    placed = selling.Placed(checkout=more.checkout, orders=(more.order,))
    for kind in (NoticeKind.DISPUTED, NoticeKind.DISPUTE_LOST):
        await told(application, placed, kind)
        stands = await held(application, first)
        blocked = kind is NoticeKind.DISPUTED
        assert (stands.status, stands.balance) == ((Status.BLOCKED, 7_000) if blocked else (Status.ACTIVE, 5_000))
    # The bank's money is gone, against exactly what it had bought: nothing is lost beyond that.
    assert await books(application) == {Account.CASH: 5_000, Account.CERTIFICATES_OUTSTANDING: -5_000}


async def test_a_reload_by_transfer_waits_for_its_money_and_ends_by_its_day(
    application: Application, database: Database
) -> None:
    """Two wait: one is paid and reloads, is refunded to whoever paid; the other is given up after two weeks."""
    counter = await a_counter(database, tax=UNTAXED)
    first = await sold_at(application, counter, now=now())
    paid, forgotten = [await a_reload(application, counter, SaleTender.TRANSFER, first) for _ in range(2)]
    deadline = await waits_until(application, counter.merchant, forgotten)
    assert deadline is not None
    [_, again] = [
        await mark_paid(
            application, counter.merchant, paid.order.order_number, reference=None, actor="cli:test", now=now()
        )
        for _ in range(2)
    ]
    assert (again.replayed, (await held(application, first)).balance) == (True, 7_000)
    back = await refund_order(
        application, counter.merchant, paid.order.order_number, value=500, request=a_request(), now=now()
    )
    assert (back.taken, back.owed, (await held(application, first)).balance) == (500, 500, 6_500)
    assert await give_up_unpaid(application, now=deadline - timedelta(minutes=1)) == 0
    assert await give_up_unpaid(application, now=deadline) == 1
    with pytest.raises(CheckoutClosed):
        await mark_paid(
            application, counter.merchant, forgotten.order.order_number, reference=None, actor="cli:test", now=now()
        )
    assert (await held(application, first)).balance == 6_500


async def test_money_for_what_cannot_be_reloaded_any_more_goes_back(
    application: Application, database: Database
) -> None:
    """It goes on to the new number of a certificate; where that has ended, the payment is owed back to the buyer."""
    counter = await a_counter(database, tax=UNTAXED)
    first = await sold_at(application, counter, now=now())
    follows, late = [await a_reload(application, counter, SaleTender.PHONE, first) for _ in range(2)]
    [state, too_late] = [await state_of(application, counter, one) for one in (follows, late)]
    merchant_id = counter.merchant.merchant_id
    place = Place(merchant_id=merchant_id, certificate_id=(await held(application, first)).certificate_id)
    renewed = await reissue(application, counter.merchant, place, request=a_request(), now=now())
    await paying.try_out(application, state, TrialChoice.PAY, now=now())
    async with application.database.connection() as connection:
        stands = await application.ledger.find(connection, merchant_id, renewed.certificate_id)
    assert stands is not None
    assert stands.balance == 7_000
    there = Place(merchant_id=merchant_id, certificate_id=renewed.certificate_id)
    await void(application, there, reason=VoidReason.FRAUD, request=a_request(), now=now())
    await paying.try_out(application, too_late, TrialChoice.PAY, now=now())
    [payment] = (await paying.progress(application, counter.merchant, late.checkout.checkout_id)).payments
    assert payment.surplus
    with pytest.raises(LargesseError):
        await a_reload(application, counter, SaleTender.TRANSFER, first)


async def test_who_pays_for_a_reload_is_mailed_the_receipt_once_in_their_language(
    application: Application, database: Database
) -> None:
    """The link went to Ada, in German, and is paid twice over; the transfer of somebody unknown tells nobody."""
    counter = await a_counter(database, tax=UNTAXED)
    first = await sold_at(application, counter, now=now())
    more, unknown = [
        await a_reload(application, counter, tender, first) for tender in (SaleTender.PHONE, SaleTender.TRANSFER)
    ]
    await send_payment_link(application, counter.merchant, more, address="ada@example.com", locale="de", now=now())
    letterbox = Letterbox()
    async with mail_server(letterbox) as url:
        relay = a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))
        await relay.run_once(now())
        [link] = letterbox.to("ada@example.com")
        assert "bitte zahlen Sie" in link["Subject"]
        state = await state_of(application, counter, more)
        for _ in range(2):
            await paying.try_out(application, state, TrialChoice.PAY, now=now())
        await mark_paid(
            application, counter.merchant, unknown.order.order_number, reference=None, actor="cli:test", now=now()
        )
        place = Place(
            merchant_id=counter.merchant.merchant_id, certificate_id=(await held(application, first)).certificate_id
        )
        renewed = await reissue(application, counter.merchant, place, request=a_request(), now=now())
        await relay.run_once(now())
    assert {one for _, some in letterbox.envelopes for one in some} == {"ada@example.com"}
    [_, receipt] = letterbox.to("ada@example.com")
    assert receipt["Subject"] == "Ihre Quittung von Corner Spa"
    async with application.database.connection() as connection:
        ends = await certificates.last_four_of(connection, place.merchant_id, [renewed.certificate_id])
        [number] = (
            await certificates.open_numbers(
                connection, application.keyring, place.merchant_id, [renewed.certificate_id]
            )
        ).values()
    for body in bodies_of(receipt):
        assert "Aufladung eines Gutscheins" in body
        assert f"auf {ends[renewed.certificate_id]} endet" in body
        assert more.order.order_number in body
        assert number not in body
        assert "/thanks" not in body
