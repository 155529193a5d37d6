"""A mail to a buyer or recipient: who stands in its head, and the record of it that may be kept."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.kernel.mail import (
    Attachment,
    Mailbox,
    MailMalformed,
    MailMessage,
    MailPicture,
    NotAMailbox,
    mailbox,
    read_mailbox,
    written,
)
from largesse.outbox import Claimed, Composed, Parcel
from largesse.services.mails.pages import Bodies

_MAILTO = "mailto:"


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above a mail. `sent_by` is the operator's address, under the name that the merchant mails as.

    `unsubscribe` is where a POST ends mails of its kind.
    """

    mail_id: UUID
    subject: str
    merchant_name: str
    sent_by: str
    reply_to: str
    to_name: str
    to_address: str
    language: str
    date: datetime
    unsubscribe: str = ""


class Addressed(Protocol):
    """What waits to be mailed to somebody, of whichever kind."""

    @property
    def mail_id(self) -> UUID:
        """Its own id."""
        ...

    @property
    def name(self) -> str:
        """Whom it is for; empty where nobody knows."""
        ...

    @property
    def address(self) -> str:
        """Where it goes."""
        ...


def heading_of(
    due: Addressed, merchant: Merchant, claimed: Claimed, *, subject: str, language: str, sent_by: str
) -> Heading:
    """Return what stands above a mail of a merchant's, which is answered to where its mails are."""
    return Heading(
        mail_id=due.mail_id,
        subject=subject,
        merchant_name=merchant.mails_as,
        sent_by=sent_by,
        reply_to=merchant.reply_address,
        to_name=due.name,
        to_address=due.address,
        language=language,
        date=claimed.occurred_at,
    )


def composed(
    heading: Heading, bodies: Bodies, attachments: Sequence[Attachment] = (), *, pictures: Sequence[MailPicture] = ()
) -> Composed:
    """Return a mail ready to be sent, and the record of it, which holds no secret.

    The `Message-ID` is the mail's own at every attempt, so that a server that was given it twice can tell.

    Raises:
        MailMalformed: its reader would be shown something else than was meant.
    """
    try:
        sender = mailbox(read_mailbox(heading.sent_by).address, heading.merchant_name)
        to = mailbox(heading.to_address, heading.to_name)
    except NotAMailbox as error:
        raise MailMalformed from error
    mail = MailMessage(
        sender=sender,
        to=to,
        reply_to=_reply_to(heading),
        subject=heading.subject,
        date=heading.date,
        message_id=f"{heading.mail_id}@{sender.domain}",
        language=heading.language,
        text=bodies.text,
        html=bodies.html,
        pictures=tuple(pictures),
        attachments=tuple(attachments),
        unsubscribe=heading.unsubscribe,
    )
    content = written(mail)
    return Composed(parcel=Parcel(url=_MAILTO + to.address, body=content), record=_record(mail, content))


def _reply_to(heading: Heading) -> Mailbox | None:
    """Return where answers go; none where only servers with SMTPUTF8 could carry it, which would keep the mail back.

    Such addresses are refused today; merchants of before may have one.
    """
    try:
        found = mailbox(heading.reply_to, heading.merchant_name)
    except NotAMailbox:
        return None
    return found if found.is_ascii else None


def _record(mail: MailMessage, content: bytes) -> bytes:
    """Return what an attempt keeps: the head, and digests of what went with it. What was said is not kept."""
    head = {
        "From": mail.sender,
        "To": mail.to,
        "Reply-To": mail.reply_to or "",
        "Subject": mail.subject,
        "Date": mail.date.isoformat(),
        "Message-ID": f"<{mail.message_id}>",
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    lines += [
        f"Attachment: {one.file_name}, {len(one.content)} bytes, sha256 {hashlib.sha256(one.content).hexdigest()}"
        for one in mail.attachments
    ]
    lines += [
        f"Picture: {one.content_id}, {len(one.content)} bytes, sha256 {hashlib.sha256(one.content).hexdigest()}"
        for one in mail.pictures
    ]
    lines.append(f"Message: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    lines.append("What the mail says is not kept: it may hold a certificate's number.")
    return "\n".join(lines).encode() + b"\n"
