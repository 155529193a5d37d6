"""An endpoint that fails for five days is disabled, and its merchant hears of it by mail from a real mail server."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from largesse import outbox
from largesse.adapters.smtp_mail import NoMail, SmtpMail
from largesse.outbox import DeliveryStatus, EndpointStatus, ReceiverAnswer, list_deliveries, list_endpoints
from largesse.services.endpoints import Format
from tests.builders.outbox import MAIL_FROM, OWNER
from tests.fakes.senders import KeepingSender
from tests.integration.outbox.conftest import Desk

FAILING = KeepingSender(lambda _: ReceiverAnswer(status_code=500, error="The receiver answered 500."))


class Mailbox:
    """Keep every message; refuse who is called nobody."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(email.message_from_bytes(envelope.content, EmailMessage, policy=email.policy.default))
        return "250 kept"


@pytest.fixture
def mailbox() -> Mailbox:
    """What the mail server received."""
    return Mailbox()


@pytest.fixture
async def smtp_url(mailbox: Mailbox) -> AsyncIterator[str]:
    """A real mail server."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, hostname="mail.example"), "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_after_five_days_of_failure_the_endpoint_is_disabled_and_the_merchant_told(
    desk: Desk, mailbox: Mailbox, smtp_url: str
) -> None:
    endpoint, _ = await desk.endpoint("https://till.example.com/orders?key=phrase")
    listener, _ = await desk.endpoint("https://watch.example.com/", written=Format.JSON, events=("endpoint.disabled",))
    sender = MAIL_FROM
    relay = desk.relay(http=FAILING, mail=SmtpMail(smtp_url, mail_from=sender))
    await desk.publish()
    await relay.run_once(desk.now)
    for day in (1, 2, 3, 4):
        await desk.publish(now=desk.now + timedelta(days=day))
        await relay.run_once(desk.now + timedelta(days=day))
        assert (await desk.fresh(endpoint)).status is EndpointStatus.ACTIVE
    assert mailbox.messages == []

    last = desk.now + timedelta(days=5)
    await desk.publish(now=last)
    await relay.run_once(last)

    disabled = await desk.fresh(endpoint)
    assert disabled.status is EndpointStatus.DISABLED
    assert disabled.status_reason == "Every attempt of the last five days failed."
    (message,) = mailbox.messages
    assert message["To"] == OWNER
    assert message["From"] == sender
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        text = part.get_content()
        assert "https://till.example.com/orders" in text
        assert "phrase" not in text
        assert str(endpoint.endpoint_id) in text
    async with desk.database.connection() as connection:
        (told,) = await list_deliveries(connection, listener)
    assert told.kind == "endpoint.disabled"


async def test_one_success_within_five_days_starts_the_count_anew(desk: Desk) -> None:
    endpoint, _ = await desk.endpoint("https://till.example.com/")
    for day, sender in ((0, FAILING), (3, KeepingSender()), (4, FAILING), (6, FAILING)):
        moment = desk.now + timedelta(days=day)
        await desk.publish(now=moment)
        await desk.relay(http=sender).run_once(moment)

    fresh = await desk.fresh(endpoint)
    assert fresh.status is EndpointStatus.ACTIVE
    assert fresh.failing_since == desk.now + timedelta(days=4)


async def test_a_mail_that_is_refused_for_good_is_not_tried_again(desk: Desk, mailbox: Mailbox, smtp_url: str) -> None:
    endpoint, _ = await desk.endpoint("https://till.example.com/")
    async with desk.database.transaction() as connection:
        await connection.execute("UPDATE endpoints SET url = 'mailto:nobody@example.com' WHERE format = 'email'")
    gone = KeepingSender(lambda _: ReceiverAnswer(status_code=410, error="The receiver answered 410."))
    await desk.publish()

    await desk.relay(http=gone, mail=SmtpMail(smtp_url, mail_from="gifts@example.com")).run_once(desk.now)

    assert (await desk.fresh(endpoint)).status_reason == "The receiver answered 410 Gone."
    assert mailbox.messages == []
    async with desk.database.connection() as connection:
        (notices,) = (one for one in await list_endpoints(connection) if one.format == outbox.EMAIL)
        (delivery,) = await list_deliveries(connection, notices)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, 1)


async def test_without_a_mail_server_a_notice_waits_and_says_what_is_missing(desk: Desk) -> None:
    await desk.endpoint("https://till.example.com/")
    gone = KeepingSender(lambda _: ReceiverAnswer(status_code=410, error="The receiver answered 410."))
    (event,) = await desk.publish()

    assert await desk.relay(http=gone, mail=NoMail()).run_once(desk.now) == 2

    async with desk.database.connection() as connection:
        (notices,) = (one for one in await list_endpoints(connection) if one.format == outbox.EMAIL)
        (delivery,) = await list_deliveries(connection, notices)
        error = await connection.fetchval("SELECT error FROM attempts WHERE event_id <> $1", event.event_id)
    assert delivery.status is DeliveryStatus.PENDING
    assert "LARGESSE_SMTP_URL" in error
