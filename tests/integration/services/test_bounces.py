"""Mail that was taken and came back."""

import base64

import pytest

from largesse.db import Database
from largesse.domain.gifts import GiftStatus, Trouble
from largesse.services.mails.bounces import NotABounce, read_bounce, take_bounce
from tests.builders.application import NOW
from tests.builders.gifts import a_gift_installation, a_relay, a_shop, bought, delivery_of
from tests.fakes.clock import StillClock
from tests.fakes.senders import KeepingSender

NOTICE = """From: MAILER-DAEMON@mail.example
To: gifts@installation.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: {status}

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; ada@example.com
Action: {action}
Status: 5.1.1

--b
Content-Type: {kind}

From: Corner Spa <gifts@installation.example>
Message-ID: {message_id}

--b--
"""


def a_notice(
    message_id: str,
    *,
    action: str = "failed",
    kind: str = "text/rfc822-headers",
    status: str = "message/delivery-status",
) -> bytes:
    return NOTICE.format(message_id=message_id, action=action, kind=kind, status=status).encode()


def encoded(notice: bytes) -> bytes:
    """The same notice with its status and its original in base64."""
    [before, words, status, original, after] = notice.split(b"--b")
    parts = []
    for part in (status, original):
        head, content = part.split(b"\n\n", 1)
        body = base64.encodebytes(content.replace(b"Final-Recipient: ", "Final-Recipient: ü ".encode()))
        parts.append(head + b"\nContent-Transfer-Encoding: base64\n\n" + body)
    return b"--b".join([before, words, *parts, after])


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
async def test_a_gift_that_comes_back_has_not_arrived_and_its_buyer_is_told_once(database: Database, kind: str) -> None:
    mail = KeepingSender()
    async with a_gift_installation(database, clock=StillClock(NOW), prints=False) as application:
        [order] = await bought(application, await a_shop(database))
        relay = a_relay(application, mail)
        await relay.run_once(NOW)
        sent = await delivery_of(application, order)
        assert sent.status is GiftStatus.SENT
        notice = a_notice(f"<{sent.mail_id}@post.example>", kind=kind)
        first, again = [await take_bounce(application, notice, now=NOW) for _ in range(2)]
        await relay.run_once(NOW)
        gift = await delivery_of(application, order)
        async with database.connection() as connection:
            kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM events")]
    assert (first.known, again.known) == (False, True)
    assert (gift.status, gift.trouble) == (GiftStatus.FAILED, Trouble.BOUNCED)
    assert kinds.count("certificate.delivery_failed") == 1
    alerts = [parcel for parcel in mail.parcels if b"did not arrive" in parcel.body]
    assert [parcel.url for parcel in alerts] == ["mailto:grace@example.com"]


ID = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("status", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822", "message/global-headers", "message/global"])
def test_notices_of_both_standards_are_read_encoded_or_not(status: str, kind: str) -> None:
    notice = a_notice(f"<{ID}@post.example>", kind=kind, status=status)
    assert str(read_bounce(notice)) == ID
    assert str(read_bounce(notice.replace(b"\n", b"\r\n"))) == ID
    assert str(read_bounce(encoded(notice))) == ID


@pytest.mark.parametrize(
    "content",
    [
        a_notice(f"<{ID}@post.example>", action="delayed", status="message/global-delivery-status"),
        b"",
        b"\xff\xfe\x00",
        b"Subject: hello\n\nAction: failed",
        a_notice("<somebody-elses@mail.example>"),
        a_notice("<00000000-0000-7000-8000-000000000000@post.example>", action="delayed"),
    ],
)
def test_anything_else_is_no_bounce(content: bytes) -> None:
    with pytest.raises(NotABounce):
        read_bounce(content)
