"""A mail as bytes: headers, the two bodies, attachments (RFC 5322, 2046, 2231, 3834)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from uuid import UUID

import msgspec

from largesse.outbox import Composed, Parcel
from largesse.services.mails.pages import Bodies

_MAILTO = "mailto:"
_NAME_MAX = 121


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF that goes with a mail."""

    file_name: str
    content: bytes

    def __repr__(self) -> str:
        return f"Attachment({self.file_name!r}, {len(self.content)} bytes)"


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above a mail. `sent_by` is the operator's address, under the merchant's name."""

    mail_id: UUID
    subject: str
    merchant_name: str
    sent_by: str
    reply_to: str
    to_name: str
    to_address: str
    language: str
    date: datetime


def composed(heading: Heading, bodies: Bodies, attachments: Sequence[Attachment] = ()) -> Composed:
    """Return a mail ready to be sent, and the record of it, which holds no secret.

    The `Message-ID` is the mail's own at every attempt, so that a server that was given it twice can tell.
    """
    address = _in_ascii(heading.to_address)
    policy = SMTP if address.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy)
    _head(message, heading, address)
    message.set_content(bodies.text, cte="quoted-printable")
    message.add_alternative(bodies.html, subtype="html", cte="quoted-printable")
    for one in attachments:
        message.add_attachment(one.content, maintype="application", subtype="pdf", filename=one.file_name)
    message["Content-Language"] = heading.language  # last: making parts of a message takes such headers into the first
    content = message.as_bytes(policy=policy)
    return Composed(parcel=Parcel(url=_MAILTO + address, body=content), record=_record(message, content, attachments))


def _head(message: EmailMessage, heading: Heading, address: str) -> None:
    sent_by = parseaddr(heading.sent_by)[1]
    domain = sent_by.rpartition("@")[2] or "localhost"
    message["Subject"] = _one_line(heading.subject)
    message["From"] = Address(display_name=_one_line(heading.merchant_name), addr_spec=sent_by)
    message["Reply-To"] = Address(display_name=_one_line(heading.merchant_name), addr_spec=_in_ascii(heading.reply_to))
    local, _, at = address.rpartition("@")  # `addr_spec` would refuse letters beyond ASCII, which SMTPUTF8 carries
    message["To"] = Address(display_name=_one_line(heading.to_name)[:_NAME_MAX], username=local, domain=at)
    message["Date"] = heading.date
    message["Message-ID"] = f"<{heading.mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"


def _record(message: EmailMessage, content: bytes, attachments: Sequence[Attachment]) -> bytes:
    """Return what an attempt keeps: the head, and digests of what went with it. What was said is not kept."""
    lines = [f"{name}: {message[name]}" for name in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID")]
    lines += [
        f"Attachment: {one.file_name}, {len(one.content)} bytes, sha256 {hashlib.sha256(one.content).hexdigest()}"
        for one in attachments
    ]
    lines.append(f"Message: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    lines.append("What the mail says is not kept: it may hold a certificate's number.")
    return "\n".join(lines).encode() + b"\n"


def _in_ascii(address: str) -> str:
    """Return an address with its domain as the mail system writes it (IDNA), where that can be done."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def _one_line(text: str) -> str:
    """Return a text fit for a header: no line ends or control characters, whoever typed it."""
    return " ".join("".join(symbol if symbol.isprintable() else " " for symbol in text).split())
