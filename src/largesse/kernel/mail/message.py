"""A mail as bytes (RFC 5322, 2045 to 2047, 2231, 6532), read again and compared with what was meant."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

import msgspec

from largesse.kernel import free_text
from largesse.kernel.errors import LargesseError
from largesse.kernel.mail import headers
from largesse.kernel.mail.addresses import Mailbox


class MailMalformed(LargesseError):
    """A mail whose bytes would not say what was meant. It is never sent."""

    code = "mail.malformed"
    message = "This mail would not be read as it was meant, so it was not sent. Look at its names and addresses."


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF that goes with a mail, a text in UTF-8, or another file of the type `application/` and `subtype`."""

    file_name: str
    content: bytes
    is_text: bool = False
    subtype: str = "pdf"

    def __repr__(self) -> str:
        return f"Attachment({self.file_name!r}, {len(self.content)} bytes)"


class MailPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A PNG that stands within the HTML of a mail, which names it as `cid:` and `content_id` (RFC 2392)."""

    content_id: str
    content: bytes

    def __repr__(self) -> str:
        return f"MailPicture({self.content_id!r}, {len(self.content)} bytes)"


class MailMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says, from whom to whom. `message_id` is without angle brackets.

    `unsubscribe` is the address to which a POST ends mails of its kind (RFC 8058), "" where there are no others.
    """

    sender: Mailbox
    to: Mailbox
    reply_to: Mailbox | None = None
    subject: str
    date: datetime
    message_id: str
    language: str = "en"
    text: str
    html: str
    pictures: tuple[MailPicture, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str = ""


def written(mail: MailMessage) -> bytes:
    """Return a mail as the bytes that are sent.

    Raises:
        MailMalformed: they would be read as something else.
    """
    try:
        head = "\r\n".join([*_lines(mail), ""]).encode()
        content = head + _body(mail).as_bytes(policy=SMTP)
    except (ValueError, MessageError) as error:
        raise MailMalformed from error
    if not says(mail, content):
        raise MailMalformed
    return content


def _lines(mail: MailMessage) -> Iterator[str]:
    for name, value in _plain_headers(mail):
        yield f"{name}: {value}"
    yield headers.unstructured("Subject", free_text.one_line(mail.subject))
    for name, one in _mailboxes(mail):
        yield headers.mailbox(name, one.name, one.address)


def _plain_headers(mail: MailMessage) -> Iterator[tuple[str, str]]:
    """Yield the headers that hold nothing anybody typed."""
    yield "Date", format_datetime(mail.date)
    yield "Message-ID", f"<{mail.message_id}>"
    yield "Auto-Submitted", "auto-generated"  # RFC 3834
    yield "X-Auto-Response-Suppress", "All"
    yield "Content-Language", mail.language
    if mail.unsubscribe:
        yield "List-Unsubscribe", f"<{mail.unsubscribe}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _mailboxes(mail: MailMessage) -> Iterator[tuple[str, Mailbox]]:
    yield "From", mail.sender
    if mail.reply_to is not None:
        yield "Reply-To", mail.reply_to
    yield "To", mail.to


def _body(mail: MailMessage) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for picture in mail.pictures:
        *_, html = message.iter_parts()
        assert isinstance(html, EmailMessage)
        html.add_related(
            picture.content,
            maintype="image",
            subtype="png",
            disposition="inline",
            cid=f"<{picture.content_id}>",
        )
    for one in mail.attachments:
        if one.is_text:
            message.add_attachment(one.content.decode(), cte="quoted-printable", filename=one.file_name)
        else:
            message.add_attachment(one.content, maintype="application", subtype=one.subtype, filename=one.file_name)
    return message


def says(mail: MailMessage, content: bytes) -> bool:
    """Whether finished bytes are read as the mail that was meant: its headers, its parts, nothing besides."""
    try:
        found = list(headers.unfolded(content.partition(b"\r\n\r\n")[0]))
        return _heads(mail, found) and _parts(message_from_bytes(content)) == _meant_parts(mail)
    except (ValueError, LookupError, MessageError):
        return False


def _heads(mail: MailMessage, found: Sequence[tuple[str, str]]) -> bool:
    values, plain, mailboxes = dict(found), dict(_plain_headers(mail)), dict(_mailboxes(mail))
    meant = ["Subject", *plain, *mailboxes, "Content-Type", "MIME-Version"]
    return (
        sorted(name for name, _ in found) == sorted(meant)
        and all(values[name] == value for name, value in plain.items())
        and headers.decoded(values["Subject"]) == free_text.one_line(mail.subject)
        and all(_is_only(one, values[name]) for name, one in mailboxes.items())
    )


def _is_only(one: Mailbox, value: str) -> bool:
    """Whether a header names this mailbox alone."""
    read = [(headers.decoded(name), address) for name, address in getaddresses([value])]
    return read == [(one.name, one.address)]


def _parts(message: Message) -> list[tuple[str, str | None, bytes]]:
    """Return the parts that hold something: type, file name or content id, and content."""
    return [_part(part) for part in message.walk() if not part.is_multipart()]


def _part(part: Message) -> tuple[str, str | None, bytes]:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    kind = part.get_content_type()
    if part.get_content_maintype() == "text":
        content = _lines_of(content.decode(part.get_content_charset("us-ascii")))
    if kind == "image/png":
        return kind, part["Content-ID"], content
    return kind, part.get_filename(), content


def _meant_parts(mail: MailMessage) -> list[tuple[str, str | None, bytes]]:
    return [
        ("text/plain", None, _lines_of(mail.text)),
        ("text/html", None, _lines_of(mail.html)),
        *(("image/png", f"<{one.content_id}>", one.content) for one in mail.pictures),
        *(_meant_attachment(one) for one in mail.attachments),
    ]


def _meant_attachment(one: Attachment) -> tuple[str, str | None, bytes]:
    if one.is_text:
        return "text/plain", one.file_name, _lines_of(one.content.decode())
    return f"application/{one.subtype}", one.file_name, one.content


def _lines_of(body: str) -> bytes:
    """Return a body without the kind of its line ends, of which a mail has one, and of a last one."""
    return body.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").encode()
