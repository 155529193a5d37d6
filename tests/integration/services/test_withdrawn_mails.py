"""A buyer whose gift is taken back is told what happened and how much goes back; received by a real mail server."""

from collections.abc import AsyncIterator
from datetime import date
from email.message import EmailMessage
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from largesse.adapters.smtp_mail import SmtpMail
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import payments
from largesse.domain.gifts import delivery_moment
from largesse.domain.merchants import Merchant
from largesse.domain.orders import DeliveryMethod, Order, OrderStatus, find_by_number
from largesse.domain.payments import Notice, NoticeKind
from largesse.ledger import VoidReason
from largesse.ledger.accounts import ClassOfValue
from largesse.outbox import Relay
from largesse.services.certificates.requests import Place
from largesse.services.disputes.handling import disputed
from largesse.services.gifts.delivery import send_due
from largesse.services.refunds import void
from largesse.services.refunds.order_refund import refund_order
from tests.builders.application import NOW
from tests.builders.certificates import a_request
from tests.builders.gifts import MAIL_FROM, a_gift, a_gift_installation, a_relay, a_shop, bought
from tests.builders.orders import a_charge
from tests.fakes.clock import StillClock
from tests.support.mail_server import Letterbox, bodies_of, mail_server

CHRISTMAS = delivery_moment(date(2026, 12, 24), 9, in_zone=ZoneInfo("America/New_York"), now=NOW)
BUYER, RECIPIENT = "grace@example.com", "ada@example.com"


class Post:
    """An installation, a shop, a relay, and the mail server that it sends by."""

    def __init__(self, application: Application, merchant: Merchant, relay: Relay, letterbox: Letterbox) -> None:
        self.application, self.merchant, self.relay, self.letterbox = application, merchant, relay, letterbox

    async def told(self, *, also: str = "Your receipt from Corner Spa") -> list[EmailMessage]:
        """Send what waits, and return what the buyer was told besides the receipt."""
        await self.relay.run_once(NOW)
        return [mail for mail in self.letterbox.to(BUYER) if mail["Subject"] != also]


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    letterbox = Letterbox()
    async with (
        mail_server(letterbox) as url,
        a_gift_installation(database, clock=StillClock(NOW), prints=False) as application,
    ):
        relay = a_relay(application, SmtpMail(url, mail_from=MAIL_FROM))
        yield Post(application, await a_shop(database), relay, letterbox)


def place_of(order: Order) -> Place:
    assert order.certificate_id is not None
    return Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)


async def test_a_refund_before_the_gift_was_sent(post: Post) -> None:
    [order] = await bought(
        post.application, post.merchant, a_gift(a_charge(10_000, tip=1_500, discount=500), at=CHRISTMAS)
    )
    request = a_request("changed their mind")

    for _ in range(2):  # asked for twice, done and told once
        await refund_order(post.application, post.merchant, order.order_number, request=request, now=NOW)

    [mail] = await post.told()
    assert mail["Subject"] == "Your gift for Ada was taken back"
    assert mail["Reply-To"].addresses[0].addr_spec == "hello@spa.example"
    for body in bodies_of(mail):
        assert "Corner Spa has taken back what was left of it" in body
        assert "$110.00 goes back to you." in body
        assert "It had not been sent yet, and will not be." in body
        assert order.order_number in body
    await send_due(post.application, now=CHRISTMAS)
    await post.relay.run_once(CHRISTMAS)
    assert post.letterbox.to(RECIPIENT) == []


async def test_a_refund_after_the_gift_was_sent(post: Post) -> None:
    [order] = await bought(post.application, post.merchant)
    assert await post.told() == []

    await refund_order(post.application, post.merchant, order.order_number, request=a_request(), now=NOW)

    [mail] = await post.told()
    for body in bodies_of(mail):
        assert f"It was sent to {RECIPIENT} before." in body
        assert "please tell Ada yourself" in body
        assert "had not been sent" not in body
    assert len(post.letterbox.to(RECIPIENT)) == 1


async def test_a_refund_of_a_part_leaves_the_rest(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(a_charge(10_000)))

    for value in (2_500, 1_000):
        await refund_order(
            post.application, post.merchant, order.order_number, value=value, gratuity=0, request=a_request(), now=NOW
        )

    first, second = await post.told()
    assert {first["Subject"], second["Subject"]} == {"A part of your gift for Ada was taken back"}
    said = [bodies_of(mail)[0] for mail in (first, second)]
    assert {("$25.00 goes back" in one, "$10.00 goes back" in one) for one in said} == {(True, False), (False, True)}
    assert all("The rest of the gift can be used as before." in one for one in said)


async def test_a_gift_that_the_shop_ends_without_money(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(delivery=DeliveryMethod.PRINT))
    request = a_request("fraud")

    for _ in range(2):
        await void(post.application, place_of(order), reason=VoidReason.FRAUD, request=request, now=NOW)

    [mail] = await post.told()
    assert mail["Subject"] == "Your gift for Ada was taken back"
    for body in bodies_of(mail):
        assert "Corner Spa has cancelled it" in body
        assert "No money goes back with that." in body
        assert "If you have handed it over already, please tell Ada." in body
        assert "goes back to you" not in body
        assert "fraud" not in body, "what staff note is for staff"


async def test_a_payment_that_is_lost_to_the_bank(post: Post) -> None:
    orders = await bought(post.application, post.merchant, a_gift(), a_gift(name="Linus", email="linus@example.com"))
    async with post.application.database.connection() as connection:
        [payment] = await payments.list_payments(
            connection, post.merchant.merchant_id, status=None, gateway=None, limit=2
        )
    for number, kind in enumerate((NoticeKind.DISPUTED, NoticeKind.DISPUTE_LOST, NoticeKind.DISPUTE_LOST)):
        notice = Notice(
            notice_id=f"notice {number}",
            kind=kind,
            reference=payment.reference,
            currency=payment.currency,
            amount=payment.amount,
            dispute="dp_1",
        )
        await disputed(post.application, payment, notice, now=NOW)
        assert len(await post.told()) == (0 if kind is NoticeKind.DISPUTED else len(orders))

    told = {str(mail["Subject"]): bodies_of(mail) for mail in await post.told()}
    assert set(told) == {"Your gift for Ada was taken back", "Your gift for Linus was taken back"}
    for body in (body for bodies in told.values() for body in bodies):
        assert "Your bank has taken the payment for it back" in body
        assert "goes back to you" not in body


@pytest.mark.parametrize(
    "locale, subject, money",
    [
        ("en", "Your gift for Ada was taken back", "$100.00 goes back to you."),
        ("es", "Su regalo para Ada se ha anulado", "Le devolvemos 100,00"),
        ("fr", "Votre cadeau pour Ada a été repris", "vous sont rendus."),
        ("de", "Ihr Geschenk für Ada wurde zurückgenommen", "gehen an Sie zurück."),
    ],
)
async def test_the_buyer_is_told_in_their_own_language(post: Post, locale: str, subject: str, money: str) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(a_charge(10_000), locale="en"), locale=locale)
    await refund_order(post.application, post.merchant, order.order_number, request=a_request(), now=NOW)

    await post.told()
    [mail] = [one for one in post.letterbox.to(BUYER) if one["Subject"] == subject]
    assert mail["Content-Language"] == locale
    for body in bodies_of(mail):
        assert money in body


async def test_a_bonus_goes_with_its_gift_and_is_not_told_of_by_itself(post: Post) -> None:
    gift_id = uuid4()
    gift = replace(a_gift(a_charge(10_000)), order_id=gift_id)
    free = replace(
        a_gift(a_charge(1_000, discount=1_000), name="Grace", email=BUYER),
        class_of_value=ClassOfValue.PROMOTIONAL,
        bonus_of=gift_id,
    )
    order, bonus = await bought(post.application, post.merchant, gift, free)

    await refund_order(post.application, post.merchant, order.order_number, request=a_request(), now=NOW)

    async with post.application.database.connection() as connection:
        after = await find_by_number(connection, post.merchant.merchant_id, bonus.order_number)
    assert after.status is OrderStatus.VOIDED
    assert [str(mail["Subject"]) for mail in await post.told()] == ["Your gift for Ada was taken back"]


async def test_who_made_an_order_by_hand_tells_of_it_by_hand(post: Post) -> None:
    [order] = await bought(post.application, post.merchant, a_gift(delivery=DeliveryMethod.NONE))
    await refund_order(post.application, post.merchant, order.order_number, request=a_request(), now=NOW)

    assert await post.told() == []
    assert post.letterbox.raw == []
