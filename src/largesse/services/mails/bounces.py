"""Mail that was taken and came back: read the notice of a mail server, and treat the gift as refused.

A notice is a `multipart/report` (RFC 3464, 6533) that encloses the mail or its head; our `Message-ID` names the mail.
Anybody can send such a notice, so it can do little: a gift is marked as not arrived and its buyer written to, once.
"""

import base64
import quopri
import re
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import gifts
from largesse.domain.gifts import Fate, GiftStatus, Mail, MailStatus, Purpose, Trouble
from largesse.domain.merchants import list_merchants
from largesse.kernel.errors import InvalidInput
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.telling import tell

_MESSAGE_ID: Final = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_FAILED: Final = re.compile(rb"^Action:\s*failed\b", re.IGNORECASE | re.MULTILINE)
# RFC 3464, and RFC 6533 for mail with addresses beyond ASCII.
_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL: Final = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
NOTICE_BYTES_MAX: Final = 20 * 1024 * 1024


class NotABounce(InvalidInput):
    """A message is no notice of failed delivery of a mail of ours."""

    code = "mail.bounce.invalid"
    message = "This is no notice that a mail of ours could not be delivered. Nothing was changed."


class Bounced(msgspec.Struct, frozen=True, kw_only=True):
    """What a notice led to. `known`: it had been told before, or a later mail counts; nothing was done now."""

    mail_id: UUID
    known: bool


def read_bounce(content: bytes) -> UUID:
    """Return which mail a notice of failed delivery is about. Pure.

    Raises:
        NotABounce: it is no such notice, or speaks of a delay only.
    """
    notice = message_from_bytes(content[:NOTICE_BYTES_MAX])
    parts = list(notice.walk())
    failed = any(_FAILED.search(_content(part)) for part in parts if part.get_content_type() in _STATUS)
    if notice.get_content_type() != "multipart/report" or not failed:
        raise NotABounce
    for part in parts:
        if part.get_content_type() in _ORIGINAL and (found := _MESSAGE_ID.search(_message_id(part))):
            return UUID(found[1])
    raise NotABounce


async def take_bounce(deps: MailDependencies, content: bytes, *, now: datetime) -> Bounced:
    """Note that a mail came back; when it carried a gift, tell the world and the buyer.

    Raises:
        NotABounce: the notice is about no mail of ours.
    """
    mail_id = read_bounce(content)
    fate = Fate(mail_id=mail_id, status=MailStatus.FAILED, trouble=Trouble.BOUNCED, at=now)
    async with deps.transaction() as connection:
        mail = await _settled(connection, fate)
        if mail is None or mail.purpose is not Purpose.GIFT or mail.order_id is None:
            return Bounced(mail_id=mail_id, known=mail is None)
        gift = await gifts.settle_gift(connection, mail.merchant_id, mail.order_id, fate, GiftStatus.FAILED)
        if gift is not None:
            await tell(connection, gift, fate)
    return Bounced(mail_id=mail_id, known=gift is None)


async def _settled(connection: Connection, fate: Fate) -> Mail | None:
    """Write the fate down for whichever merchant's mail it is: a Message-ID does not say whose."""
    for merchant in await list_merchants(connection):
        if (mail := await gifts.settle_mail(connection, merchant.merchant_id, fate)) is not None:
            return mail
    return None


def _message_id(part: Message) -> str:
    """Return the Message-ID of the mail that a part of a notice encloses, whole or its head, or an empty text."""
    return str(message_from_bytes(_content(part).lstrip())["Message-ID"] or "")


def _content(part: Message) -> bytes:
    """Return what a part of a notice holds, decoded: parts of RFC 6533 may be in base64 although they are messages."""
    enclosed = part.get_payload()
    if not isinstance(enclosed, list):
        raw = part.get_payload(decode=True)
        return raw if isinstance(raw, bytes) else b""
    content = b"\n".join(one.as_bytes() for one in enclosed if isinstance(one, Message))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding == "base64":
        return _from_base64(content)
    return quopri.decodestring(content) if encoding == "quoted-printable" else content


def _from_base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(content.split()))
    except ValueError:
        return b""
