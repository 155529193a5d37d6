"""A refund that is given as credit: one operation, one certificate, one mail; and a dispute that comes after it."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus, find_by_number
from largesse.domain.payments import CreditRefused, CreditUnreachable, NoticeKind, PaymentDisputed, PaymentStatus
from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import in_groups
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import Account, Certificate, ClassOfValue, OperationConflict, Status, VoidReason
from largesse.ledger.errors import CertificateBlocked
from largesse.services.certificates import Place, Request, cash_out, merge, redeem, reissue
from largesse.services.orders import fulfil, selling
from largesse.services.partners.ordering import order_on_account
from largesse.services.refunds import OrderCredit, credit_certificate, credit_order, refund_order, settle_outside, void
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_request
from tests.builders.gifts import MAIL_FROM, a_gift, a_gift_installation, a_relay, a_shop, bought
from tests.builders.orders import BILLING, a_basket, a_charge, a_payment
from tests.builders.partners import admitted, an_order, an_ordering_partner
from tests.builders.payments import a_paying_application, books, bought_of, count, now, paid_by_card, payment_of, told
from tests.builders.shop import a_seller
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, bodies_of, mail_server
from tests.support.stripe_account import StripeAccount

CLEARING, OUTSTANDING, DISPUTED = Account.GATEWAY_CLEARING, Account.CERTIFICATES_OUTSTANDING, Account.DISPUTED
LOSSES, REDEEMED, TAX = Account.CHARGEBACK_LOSSES, Account.REDEEMED, Account.TAX_PAYABLE
BUYER = "grace@example.com"


@pytest.fixture
async def application(database: Database, account: StripeAccount) -> AsyncIterator[Application]:
    async with a_paying_application(database, account) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_seller(database)


def asked() -> Request:
    return Request(operation_id=new_id(now()), actor="test")


def place_of(done: OrderCredit) -> Place:
    return Place(merchant_id=done.credit.merchant_id, certificate_id=done.credit.certificate_id)


async def stands(application: Application, place: Place) -> Certificate:
    async with application.database.connection() as connection:
        found = await application.ledger.find(connection, place.merchant_id, place.certificate_id)
    assert found is not None
    return found


async def credited(application: Application, merchant: Merchant, placed: selling.Placed) -> OrderCredit:
    number = placed.orders[0].order_number
    return await credit_order(application, merchant, number, request=asked(), now=now())


async def test_all_that_was_paid_becomes_credit_at_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, tip=500, discount=1_000, tax=900))
    number, request = placed.orders[0].order_number, asked()

    done = await credit_order(application, merchant, number, request=request, now=now())
    again = await credit_order(application, merchant, number, request=request, now=now())

    one = await stands(application, place_of(done))
    assert (one.class_of_value, one.status) == (ClassOfValue.CREDIT, Status.ACTIVE)
    assert (one.balance, one.gratuity_balance, one.good_through) == (10_400, 0, None)
    assert (done.credit.amount, done.taken, done.order.status) == (10_400, 10_500, OrderStatus.REFUNDED)
    assert await books(application) == {CLEARING: 10_400, OUTSTANDING: -10_400}
    assert (again.credit, again.last_four, again.outcome.replayed) == (done.credit, done.last_four, True)
    assert await count(application, "refunds") == 0
    assert await count(application, "refund_credits") == 1
    assert (await payment_of(application, placed)).status is PaymentStatus.SUCCEEDED
    with pytest.raises(OperationConflict):
        await refund_order(application, merchant, number, request=request, now=now())
    async with application.database.connection() as connection:
        ids = [done.credit.certificate_id]
        sealed = await certificates.open_numbers(connection, application.keyring, merchant.merchant_id, ids)
    assert sealed[ids[0]].endswith(done.last_four)
    assert sealed[ids[0]] not in repr(done)


async def test_asked_for_at_once_from_everywhere_it_is_given_once(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    number, request = placed.orders[0].order_number, asked()

    done = await asyncio.gather(
        *(credit_order(application, merchant, number, request=request, now=now()) for _ in range(6))
    )

    assert len({one.credit.certificate_id for one in done}) == 1
    assert sum(not one.outcome.replayed for one in done) == 1
    assert await books(application) == {CLEARING: 10_000, OUTSTANDING: -10_000}


async def test_parts_are_credit_of_their_own_and_the_rest_goes_back_as_money(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    number = placed.orders[0].order_number

    first = await credit_order(application, merchant, number, value=2_500, request=asked(), now=now())
    second = await credit_order(application, merchant, number, value=1_000, request=asked(), now=now())
    rest = await refund_order(application, merchant, number, request=asked(), now=now())

    assert [one.credit.amount for one in (first, second)] == [2_500, 1_000]
    assert first.credit.certificate_id != second.credit.certificate_id
    assert (first.order.status, rest.order.status) == (OrderStatus.ISSUED, OrderStatus.REFUNDED)
    assert rest.owed == 6_500
    assert await books(application) == {CLEARING: 3_500, OUTSTANDING: -3_500}


async def test_credit_of_a_taxed_order_is_taxed_when_it_is_used(application: Application, merchant: Merchant) -> None:
    basket = a_basket(a_charge(10_000, tax=800))
    tax = TaxTreatment(TaxKind.SALES_TAX, country="US", rate=Decimal("0.08"))
    gifts = tuple(replace(gift, tax=tax) for gift in basket.gifts)
    placed = await selling.place(application, merchant, replace(basket, gifts=gifts), now=now())
    await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=now())

    done = await credited(application, merchant, placed)

    one = await stands(application, place_of(done))
    assert (one.balance, one.treatment.kind) == (10_800, TaxKind.MULTI_PURPOSE)
    assert one.treatment.country == "US"
    assert await books(application) == {CLEARING: 10_800, OUTSTANDING: -10_800}


async def test_credit_is_cashed_out_like_any_other(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    done = await credited(application, merchant, placed)
    assert (await stands(application, place_of(done))).treatment == UNTAXED, "so was the order: no rate is asked for"
    await redeem(application, place_of(done), value=9_200, request=asked(), now=now())

    await cash_out(application, place_of(done), request=asked(), now=now())

    assert await books(application) == {CLEARING: 10_000, REDEEMED: -9_200, Account.CASH: -800}
    assert await told(application, placed, NoticeKind.DISPUTE_LOST) == "dispute lost"
    assert await books(application) == {LOSSES: 10_000, REDEEMED: -9_200, Account.CASH: -800}


async def test_a_dispute_after_it_blocks_the_credit_and_what_is_won_is_free_again(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000), a_charge(5_000))
    done = await credited(application, merchant, placed)

    await told(application, placed, NoticeKind.DISPUTED)

    assert (await stands(application, place_of(done))).status is Status.BLOCKED
    with pytest.raises(CertificateBlocked):
        await redeem(application, place_of(done), value=1, request=asked(), now=now())
    with pytest.raises(CertificateBlocked):
        await reissue(application, merchant, place_of(done), request=asked(), now=now())
    with pytest.raises(PaymentDisputed):
        await credit_order(application, merchant, placed.orders[1].order_number, request=asked(), now=now())
    assert await books(application) == {DISPUTED: 15_000, OUTSTANDING: -15_000}

    await told(application, placed, NoticeKind.DISPUTED, name="dp_2", amount=15_000, inquiry=True)
    await told(application, placed, NoticeKind.DISPUTE_WON)
    assert (await stands(application, place_of(done))).status is Status.BLOCKED, "another dispute is open"
    await told(application, placed, NoticeKind.DISPUTE_WON, name="dp_2")

    assert (await stands(application, place_of(done))).status is Status.ACTIVE
    await redeem(application, place_of(done), value=10_000, request=asked(), now=now())
    assert await books(application) == {CLEARING: 15_000, OUTSTANDING: -5_000, REDEEMED: -10_000}


@pytest.mark.parametrize("opened", [True, False])
async def test_a_lost_dispute_takes_what_is_left_of_the_credit(
    application: Application, merchant: Merchant, account: StripeAccount, *, opened: bool
) -> None:
    """Reissued meanwhile: what stands for it now is taken; what was spent of it is lost."""
    placed, _ = await paid_by_card(application, merchant, account, a_charge(10_000, tip=500), a_charge(5_000))
    done = await credited(application, merchant, placed)
    await redeem(application, place_of(done), value=4_000, request=asked(), now=now())
    new = await reissue(application, merchant, place_of(done), request=asked(), now=now())
    newest = Place(merchant_id=merchant.merchant_id, certificate_id=new.certificate_id)
    if opened:
        await told(application, placed, NoticeKind.DISPUTED)
        assert (await stands(application, newest)).status is Status.BLOCKED

    assert await told(application, placed, NoticeKind.DISPUTE_LOST) == "dispute lost"

    for place in (newest, await bought_of(application, placed, 1)):
        one = await stands(application, place)
        assert (one.status, one.balance) == (Status.VOID, 0)
    assert await books(application) == {LOSSES: 4_000, REDEEMED: -4_000}


async def test_a_lost_dispute_leaves_the_credit_that_others_paid_for(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    lost, _ = await paid_by_card(application, merchant, account, a_charge(10_000))
    kept, _ = await paid_by_card(application, merchant, account, a_charge(3_000))
    mine, others = [await credited(application, merchant, one) for one in (lost, kept)]
    await merge(application, place_of(mine), place_of(others), value=7_000, request=asked(), now=now())

    await told(application, lost, NoticeKind.DISPUTED)
    assert (await stands(application, place_of(others))).status is Status.BLOCKED
    await told(application, lost, NoticeKind.DISPUTE_LOST)

    one = await stands(application, place_of(others))
    assert (one.status, one.balance) == (Status.ACTIVE, 3_000)
    assert (await stands(application, place_of(mine))).status is Status.VOID
    assert await books(application) == {CLEARING: 3_000, OUTSTANDING: -3_000}


async def test_money_that_goes_back_at_the_gateway_after_it_blocks_the_credit(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    """Staff say what becomes of it: here the buyer has the money, and the credit ends."""
    placed, session = await paid_by_card(application, merchant, account)
    done = await credited(application, merchant, placed)

    account.control("refund", session=session, amount=10_000)
    await told(application, placed, NoticeKind.REFUNDED)

    assert (await stands(application, place_of(done))).status is Status.BLOCKED
    payment = await payment_of(application, placed)
    await settle_outside(application, merchant, payment.payment_id, keep=True, request=asked(), now=now())
    await void(application, place_of(done), reason=VoidReason.FRAUD, request=asked(), now=now())
    one = await stands(application, place_of(done))
    assert (one.status, one.balance) == (Status.VOID, 0)
    assert await books(application) == {Account.GOODWILL: 10_000, Account.BREAKAGE: -10_000}
    async with application.database.connection() as connection:
        order = await find_by_number(connection, merchant.merchant_id, placed.orders[0].order_number)
    assert order.status is OrderStatus.REFUNDED, "ending the credit does not move the order"


async def test_where_nothing_is_left_nothing_is_given(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    await redeem(application, await bought_of(application, placed), value=10_000, request=asked(), now=now())

    with pytest.raises(LargesseError) as refused:
        await credited(application, merchant, placed)

    assert refused.value.code == "amount.refused"
    with pytest.raises(LargesseError) as refused:
        await credit_order(application, merchant, placed.orders[0].order_number, value=1, request=asked(), now=now())
    assert refused.value.code == "certificate.balance.insufficient"
    assert await count(application, "refund_credits") == 0


async def test_what_a_gateway_took_is_credited_by_its_order_alone(
    application: Application, merchant: Merchant, account: StripeAccount
) -> None:
    placed, _ = await paid_by_card(application, merchant, account)
    place = await bought_of(application, placed)
    with pytest.raises(CreditRefused):
        await credit_certificate(application, merchant, place, request=asked(), now=now())
    done = await credited(application, merchant, placed)
    async with application.database.connection() as connection:
        [row] = await connection.fetch("SELECT payload FROM events WHERE kind = 'certificate.credited'")
    said = json.loads(row["payload"])
    assert (said["certificate_id"], said["given_for"]) == (str(done.credit.certificate_id), str(place.certificate_id))
    assert (said["order_number"], said["payment_id"]) == (
        placed.orders[0].order_number,
        str((await payment_of(application, placed)).payment_id),
    )


async def test_what_nobody_paid_for_is_not_credited(application: Application, merchant: Merchant) -> None:
    basket = a_basket(a_charge())
    gifts = (*basket.gifts, replace(basket.gifts[0], class_of_value=ClassOfValue.PROMOTIONAL, bonus_of=uuid4()))
    first = replace(gifts[0], order_id=gifts[1].bonus_of)
    free = replace(gifts[1], charge=a_charge(2_000, discount=2_000))
    placed = await selling.place(application, merchant, replace(basket, gifts=(first, free)), now=now())
    await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=now())
    before = await books(application)

    with pytest.raises(CreditRefused) as refused:
        await credit_order(application, merchant, placed.orders[1].order_number, request=asked(), now=now())

    assert refused.value.code == "refund.credit.refused"
    assert await books(application) == before


async def test_what_was_ordered_on_account_is_not_credited(database: Database) -> None:
    async with an_application(database) as application:
        ordering = await an_ordering_partner(application)
        admission = await admitted(application, ordering)
        placed = await order_on_account(application, admission, an_order({"refcode": "A", "amount": "50"}), now=NOW)
        before = await books(application)

        with pytest.raises(CreditRefused):
            await credit_order(application, ordering.merchant, placed.order.order_number, request=a_request(), now=NOW)

        assert await books(application) == before


async def test_a_buyer_without_an_address_gets_no_credit(application: Application, merchant: Merchant) -> None:
    basket = replace(a_basket(), billing=replace(BILLING, email=""))
    placed = await selling.place(application, merchant, basket, now=now())
    await fulfil(application, merchant, a_payment(placed.checkout), actor="test", now=now())
    before = await books(application)

    with pytest.raises(CreditUnreachable) as refused:
        await credited(application, merchant, placed)

    assert refused.value.code == "refund.credit.unreachable"
    assert await books(application) == before
    async with application.database.connection() as connection:
        order = await find_by_number(connection, merchant.merchant_id, placed.orders[0].order_number)
    assert order.status is OrderStatus.ISSUED


@pytest.mark.parametrize(
    "locale, subject", [("en", "Your credit of $100.00 at Corner Spa"), ("de", "Ihr Guthaben von 100,00 $ bei")]
)
async def test_the_buyer_is_told_the_number_by_one_mail(database: Database, locale: str, subject: str) -> None:
    letterbox, request = Letterbox(), a_request("changed their mind")
    async with (
        mail_server(letterbox) as url,
        a_gift_installation(database, clock=StillClock(NOW), prints=True) as application,
    ):
        merchant = await a_shop(database)
        relay = a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))
        [order] = await bought(application, merchant, a_gift(a_charge(10_000)), locale=locale)
        await relay.run_once(NOW)
        before = len(letterbox.messages)

        done, _ = [
            await credit_order(application, merchant, order.order_number, request=request, now=NOW) for _ in range(2)
        ]
        await relay.run_once(NOW)

        number = await number_of(application, merchant, done.credit.certificate_id)
        [mail] = letterbox.messages[before:]
        elsewhere = await texts_of(application)
    assert mail["To"].addresses[0].addr_spec == BUYER
    assert str(mail["Subject"]).replace("\xa0", " ").startswith(subject)
    for body in bodies_of(mail):
        assert in_groups(number) in body
        assert order.order_number in body
        assert number in body, "the address of its page"
    [pdf, correction] = mail.iter_attachments()
    assert "SRC-000001" in str(correction.get_filename())
    assert (pdf.get_content_type(), pdf.get_content()[:5]) == ("application/pdf", b"%PDF-")
    assert not [text for text in elsewhere if number in text or in_groups(number) in text]


async def number_of(application: Application, merchant: Merchant, certificate_id: UUID) -> str:
    async with application.database.connection() as connection:
        found = await certificates.open_numbers(connection, application.keyring, merchant.merchant_id, [certificate_id])
    return found[certificate_id]


async def texts_of(application: Application) -> list[str]:
    """Everything that events, deliveries and mails say."""
    async with application.database.connection() as connection:
        rows = [
            row
            for table in ("events", "deliveries", "attempts", "mails", "refund_credits", "audit_log")
            for row in await connection.fetch(f"SELECT t::text AS told FROM {table} AS t")
        ]
    return [row["told"] for row in rows]
