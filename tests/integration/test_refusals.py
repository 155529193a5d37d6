"""Refusals that pages and commands show in other words: here each is caused, and met as the class and code it is."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.adapters.embedded_postgres import EmbeddedPostgres
from largesse.adapters.embedded_postgres.account import SystemUser, open_the_way
from largesse.adapters.embedded_postgres.errors import CreationFailed, HomeUnreachable, StartTooSlow
from largesse.adapters.stripe_gateway import StripeGateway
from largesse.app import wiring
from largesse.app.application import Application
from largesse.app.child import ChildFailed
from largesse.app.settings import from_environment
from largesse.app.web import make_app
from largesse.app.wiring import DatabaseNotNamed
from largesse.db import Database, gathering
from largesse.db.faults import Contended
from largesse.domain import orders, partners
from largesse.domain.gifts import GiftNotFound, RecipientInvalid, SentTooOften, find_gift
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutNotFound, Order, OrderPlacedAlready
from largesse.domain.partners import AgreementChange
from largesse.domain.payments import (
    Callback,
    CallbackForged,
    ManualGateway,
    NoCallbacks,
    PaymentRefund,
    PaymentRefused,
    RefundNotByHand,
    RefundReason,
    RefundRequest,
    RefundStatus,
    insert_refund,
)
from largesse.interfaces import partner_api
from largesse.kernel.clock import SystemClock
from largesse.kernel.currency import currency
from largesse.kernel.ids import new_id
from largesse.kernel.money import Money
from largesse.ledger import VoidReason
from largesse.ledger.errors import CertificateEmpty
from largesse.outbox import NotWanted, add_events, rotate_secret
from largesse.outbox.errors import EndpointNotSigned
from largesse.outbox.packing import Unrenderable
from largesse.outbox.relay import NobodyWrites, Relay
from largesse.services.certificates.redemption import redeem
from largesse.services.certificates.requests import Place
from largesse.services.certificates.transfers import reissue
from largesse.services.endpoints import renderers
from largesse.services.gifts.care import send_again
from largesse.services.gifts.links import GiftLink, LinkExpired, make_token, read_token
from largesse.services.gifts.state import GiftTakenBack
from largesse.services.refunds import void
from largesse.services.refunds.handing_back import settle_by_hand
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, a_request
from tests.builders.gifts import a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.builders.orders import an_order
from tests.builders.outbox import an_endpoint, an_event
from tests.fakes.senders import KeepingSender

SECRET = "sk_test_refusals"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    return await a_merchant(database)


async def test_a_certificate_with_nothing_on_it_gets_no_new_number(
    application: Application, merchant: Merchant
) -> None:
    card = await a_card(application, merchant)
    await redeem(application, card.place, value=10_000, request=a_request(), now=NOW)
    with pytest.raises(CertificateEmpty):
        await reissue(application, merchant, card.place, request=a_request("lost"), now=NOW)


async def test_what_is_named_and_does_not_exist_is_said_by_its_kind(database: Database, merchant: Merchant) -> None:
    async with database.connection() as connection:
        with pytest.raises(CheckoutNotFound):
            await orders.find_checkout(connection, merchant.merchant_id, new_id(NOW))
        with pytest.raises(GiftNotFound):
            await find_gift(connection, merchant.merchant_id, new_id(NOW))


async def test_who_meets_a_deadlock_every_time_is_told_to_come_again(database: Database) -> None:
    async def always(connection: Any) -> None:
        await connection.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$")

    with pytest.raises(Contended):
        await database.retrying(always, attempts=2)


async def test_the_same_operation_does_not_place_two_orders(database: Database, merchant: Merchant) -> None:
    placed = an_order(
        merchant.merchant_id,
        channel=orders.Channel.PARTNER,
        partner_id=await a_partner(database, merchant),
        refcode="A",
        operation_id=uuid4(),
    )

    async def insert(order: Order) -> None:
        async with database.transaction() as connection, gathering(connection) as writes:
            orders.insert_orders(writes, [order])

    await insert(placed)
    with pytest.raises(OrderPlacedAlready):
        await insert(replace(placed, order_id=uuid4(), order_number="GL-2"))


async def a_partner(database: Database, merchant: Merchant) -> UUID:
    async with database.transaction() as connection:
        made = await partners.create_partner(
            connection,
            merchant.merchant_id,
            name="Acme",
            contact_email="orders@acme.example",
            change=AgreementChange(),
            now=NOW,
        )
    return made.partner_id


async def test_a_start_without_a_database_says_so(tmp_path: Path) -> None:
    settings = from_environment({"LARGESSE_HOME": str(tmp_path)})
    with pytest.raises(DatabaseNotNamed):
        async with wiring.open_store(settings, clock=SystemClock()):
            pass


async def test_mail_has_no_signing_secret_to_change(application: Application, merchant: Merchant) -> None:
    async with application.database.transaction() as connection:
        await an_endpoint(connection, application.keyring, merchant.merchant_id, "http://127.0.0.1:9/")
        notices = await connection.fetchval("SELECT endpoint_id FROM endpoints WHERE format = 'email'")
        with pytest.raises(EndpointNotSigned):
            await rotate_secret(connection, application.keyring, notices, now=NOW)


async def errors_of_attempts(application: Application) -> str:
    async with application.database.connection() as connection:
        rows = await connection.fetch("SELECT error FROM attempts WHERE error IS NOT NULL")
    return "\n".join(row["error"] for row in rows)


async def test_an_event_that_its_format_has_no_form_for_fails_once(
    application: Application, merchant: Merchant
) -> None:
    async with application.transaction() as connection:
        await an_endpoint(connection, application.keyring, merchant.merchant_id, "http://127.0.0.1:9/")
        broken = replace(an_event(merchant.merchant_id, now=application.clock.now()), payload=b"{}")
        async with gathering(connection) as writes:
            add_events(writes, [broken])
    await a_relay(application, KeepingSender()).run_once(application.clock.now())
    assert Unrenderable.message in await errors_of_attempts(application)


async def test_a_relay_that_nobody_writes_mails_for_leaves_them_to_be_sent_later(database: Database) -> None:
    async with a_gift_installation(database, prints=False) as application:
        await bought(application, await a_shop(database))
        relay = Relay(
            application.database,
            application.keyring,
            application.clock,
            http=application.sender,
            mail=KeepingSender(),
            renderers=renderers(mail_from="Largesse <largesse@example.com>"),
        )
        await relay.run_once(application.clock.now())
        assert f"[{NobodyWrites.code}]" in await errors_of_attempts(application)


def link_of(order: Order) -> GiftLink:
    assert order.checkout_id is not None
    return GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=NOW + timedelta(days=1))


async def test_a_buyer_who_sends_a_gift_again_is_refused_for_a_reason(database: Database) -> None:
    async with a_gift_installation(database, prints=False) as application:
        [order] = await bought(application, await a_shop(database))
        link = link_of(order)

        async def send(name: str = "Ada", email: str = "ada@right.example") -> None:
            await send_again(application, link, order.order_id, name=name, email=email, at_once=True, now=NOW)

        with pytest.raises(RecipientInvalid) as refused:
            await send("A" * 200, "nowhere")
        assert [fault.field for fault in refused.value.fields] == ["name", "email"]
        for _ in range(4):  # it was sent once when it was bought
            await send()
        with pytest.raises(SentTooOften):
            await send()
        gift = await delivery_of(application, order)  # the corrected address gave it a new number
        place = Place(merchant_id=order.merchant_id, certificate_id=gift.certificate_id)
        await void(application, place, reason=VoidReason.FRAUD, request=a_request("fraud"), now=NOW)
        with pytest.raises((GiftTakenBack, GiftNotFound)) as gone:
            await send()
        assert gone.value.code == "gift.taken_back"
        with pytest.raises(LinkExpired):
            read_token(application.keyring, make_token(application.keyring, link), now=link.ends_at)


async def test_a_mail_whose_gift_was_taken_back_is_not_wanted_any_more(database: Database) -> None:
    async with a_gift_installation(database, prints=False) as application:
        [order] = await bought(application, await a_shop(database))
        assert order.certificate_id is not None
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id)
        await void(application, place, reason=VoidReason.FRAUD, request=a_request("fraud"), now=NOW)
        await a_relay(application, KeepingSender()).run_once(application.clock.now())
        assert NotWanted.message in await errors_of_attempts(application)


async def test_gateways_refuse_what_they_cannot_do() -> None:
    with pytest.raises(NoCallbacks):
        ManualGateway().read_callback(Callback(headers={}, body=b""), now=NOW)
    async with StripeGateway(secret_key=SECRET, webhook_secrets=["whsec_x"], api_base="http://127.0.0.1:9") as stripe:
        with pytest.raises(CallbackForged):
            stripe.read_callback(Callback(headers={"stripe-signature": "t=1,v1=00"}, body=b"{}"), now=NOW)
        uneven = RefundRequest(
            reference="cs_1",
            intent="pi_1",
            refund_id=uuid4(),
            amount=Money(25_001, currency("BHD")),
            idempotency_key="k",
        )
        with pytest.raises(PaymentRefused):
            await stripe.refund(uneven, now=NOW)


async def test_staff_do_not_confirm_what_a_gateway_pays_back(database: Database) -> None:
    async with a_gift_installation(database, prints=False) as application:
        merchant = await a_shop(database)
        [order] = await bought(application, merchant)
        async with application.database.transaction() as connection:
            payment_id = await connection.fetchval("SELECT payment_id FROM payments")
            refund = PaymentRefund(
                merchant_id=merchant.merchant_id,
                refund_id=new_id(NOW),
                payment_id=payment_id,
                gateway="stripe",
                reason=RefundReason.OUTSIDE,
                status=RefundStatus.SENT,
                currency=order.currency,
                amount=order.amount,
                created_at=NOW,
            )
            await insert_refund(connection, refund)
        with pytest.raises(RefundNotByHand):
            await settle_by_hand(application, merchant, refund.refund_id, now=NOW)


async def test_a_partners_request_that_breaks_off_is_refused_to_nobody(application: Application) -> None:
    app: Any = make_app(partner_api.routes(application))
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/userservice/tokens",
        "raw_path": b"/api/userservice/tokens",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"100")],
        "client": ("192.0.2.1", 1),
        "scheme": "https",
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    assert said[0]["status"] == 400
    assert b'"code":"request.cut_off"' in said[1]["body"]


@contextmanager
def a_full_disk() -> Iterator[None]:
    """No file of ours, or of a process that we start, grows beyond a quarter of a megabyte."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


async def test_a_database_that_does_not_fit_on_the_disk_is_not_made(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    with a_full_disk(), pytest.raises(CreationFailed):
        await asyncio.to_thread(server.start)


def test_a_folder_that_stays_closed_to_postgres_is_named() -> None:
    stranger = SystemUser(name="stranger", uid=54321, gid=54321, switched=True)
    closed = Path("/proc/self/map_files")
    if not closed.exists():
        pytest.skip("this system has no folder that nobody can open")
    with pytest.raises(HomeUnreachable, match="stranger"):
        open_the_way(stranger, closed / "home" / "data", say=lambda _: None)


def test_what_takes_too_long_or_ends_too_soon_is_named(tmp_path: Path) -> None:
    slow = StartTooSlow(waited_s=60.4, log=tmp_path / "postgres.log", lines="redo in progress")
    assert "not ready after 60 s" in slow.message
    assert "redo in progress" in slow.message
    assert "The web process ended while it was starting" in ChildFailed("web", status=1).message
