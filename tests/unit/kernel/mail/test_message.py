"""A mail is read as it was meant, whatever people typed into it, on every Python."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.free_text import one_line
from largesse.kernel.mail import Attachment, Mailbox, MailMalformed, MailMessage, MailPicture, mailbox, written
from largesse.kernel.mail.message import says

EVIL = (
    "=?utf-8?q?a=0D=0ABcc:_x@y.example=0D=0A=0D=0Abody?=",
    "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=",
    "=?utf-8?q?a?= =?utf-8?q?b?=",
    "=?iso-8859-1?q?=22?=",
    "=?",
    "a, b@c.example, " * 7,
    "Lovelace, Ada " * 8,
    'a "quoted" \\ back\\',
    '"',
    "<b@c.example>",
    "(comment) group: a@b.example;",
    "undisclosed-recipients:;",
    "x" * 121,
    "é" * 121,
    "a" * 60 + " " + "b" * 59,
    "家族👨\u200d👩\u200d👧" * 6,
    "می\u200cخواهم",
    "ශ්\u200dරී ලංකා",
    "Zoë 🎻",
    "a\r\nBcc: q@example.com",
    "tab\tand\u2028line\x00\u202e",
)
PIECES = st.sampled_from(
    [*'\r\n, @<>"\\;:(é)\t=👩\u200d', "a", "=?utf-8?q?", "?=", "=0D=0A", "=?utf-8?b?", "DQo=", "x@y.example", " =?"]
)
TYPED = st.one_of(st.sampled_from(EVIL), st.lists(PIECES, max_size=14).map("".join), st.text(max_size=60))


def a_mail(**changed: Any) -> MailMessage:
    values: dict[str, Any] = {
        "sender": mailbox("gifts@post.example", "Corner Spa"),
        "to": mailbox("ada@example.com", "Ada"),
        "reply_to": mailbox("hello@spa.example", "Corner Spa"),
        "subject": "Grace has a present for you",
        "date": datetime(2026, 11, 22, 15, tzinfo=UTC),
        "message_id": "1@post.example",
        "text": "Happy birthday!\n",
        "html": "<p>Happy birthday!",
        "attachments": (Attachment(file_name="Chèque-cadeau & Spa – GL-1.pdf", content=b"%PDF\r\n\n\r\x00"),),
    }
    return MailMessage(**(values | changed))


def shown(content: bytes, name: str) -> str:
    """A header as a reader's mail program shows it."""
    return str(make_header(decode_header(str(email.message_from_bytes(content)[name]))))


def only_mailbox(content: bytes, name: str) -> tuple[str, str]:
    """The one name and address of a header."""
    [(phrase, address)] = getaddresses([str(email.message_from_bytes(content)[name])])
    return str(make_header(decode_header(phrase))), address


@given(TYPED, TYPED)
def test_what_was_typed_is_shown_as_typed_and_nobody_else_is_written_to(name: str, subject: str) -> None:
    meant = a_mail(
        sender=mailbox("gifts@post.example", name),
        to=mailbox("ada@example.com", name),
        reply_to=mailbox("hello@spa.example", name),
        subject=subject,
        text=name + "\r\n.\r\n" + subject,
    )
    content = written(meant)
    for header, address in (
        ("From", "gifts@post.example"),
        ("To", "ada@example.com"),
        ("Reply-To", "hello@spa.example"),
    ):
        assert only_mailbox(content, header) == (one_line(name), address)
    assert shown(content, "Subject") == one_line(subject)
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert [name for name in read if name.lower() in {"bcc", "cc", "resent-to"}] == []
    assert [len(read[name].addresses) for name in ("From", "To", "Reply-To")] == [1, 1, 1]


@given(TYPED)
def test_no_header_holds_a_line_end_of_its_own(typed: str) -> None:
    content = written(a_mail(subject=typed, to=mailbox("ada@example.com", typed)))
    head = content.partition(b"\r\n\r\n")[0]
    assert not set(head.replace(b"\r\n", b"")) & set(b"\r\n\x00")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert head.isascii()


@pytest.mark.parametrize("typed", EVIL)
def test_each_of_the_known_tricks_does_nothing(typed: str) -> None:
    content = written(a_mail(subject=typed, to=mailbox("ada@example.com", typed), text=typed, html=typed))
    assert only_mailbox(content, "To") == (one_line(typed), "ada@example.com")
    assert len(list(email.message_from_bytes(content).walk())) == 5


def test_a_long_name_keeps_its_quotes_on_one_line() -> None:
    content = written(a_mail(to=mailbox("ada@example.com", "Lovelace, Ada, " * 8)))
    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert b'To: "' + b"Lovelace, Ada, " * 7 + b'Lovelace, Ada,"' in lines


def test_an_address_beyond_ascii_stands_in_utf_8() -> None:
    content = written(a_mail(to=mailbox("zoë@straße.example", "Zoë")))
    assert "<zoë@xn--strae-oqa.example>".encode() in content


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": "1@post.example>\r\nBcc: <x@y.example"},
        {"language": "en\r\n\r\nbody"},
        {"to": Mailbox("Ada", "ada@example.com, x@y.example")},
        {"to": Mailbox("Ada", "ada@example.com\r\nBcc: x@y.example")},
        {"sender": Mailbox("", "a@b.example>, <c@d.example")},
        {"reply_to": Mailbox("a\r\nb", "a@b.example")},
        {"attachments": (Attachment(file_name="a\r\nBcc: x@y.example", content=b""),)},
        {"text": "half of a pair \ud800"},
    ],
    ids=str,
)
def test_a_mail_that_would_be_read_otherwise_is_never_sent(changed: dict[str, Any]) -> None:
    with pytest.raises(MailMalformed):
        written(a_mail(**changed))


def test_finished_bytes_are_compared_with_what_was_meant() -> None:
    meant = a_mail()
    content = written(meant)
    assert says(meant, content)
    for wrong in (
        content.replace(b"To: Ada", b"To: Eve"),
        content.replace(b"ada@example.com", b"eve@example.com"),
        content.replace(b"Date:", b"Bcc: eve@example.com\r\nDate:"),
        content.replace(b"Happy", b"Happyy", 1),
        content.replace(b"Content-Language: en", b"Content-Language: en\r\nContent-Language: de"),
        content.replace(b"Ada <ada@example.com>", b"Ada <ada@example.com>, eve@example.com"),
        content.replace(b"Subject: ", b"Subject:\n "),
    ):
        assert wrong != content
        assert not says(meant, wrong)
    assert not says(replace(meant, attachments=()), content)


def test_a_picture_stands_within_the_html_that_names_it_and_nothing_else_is_added() -> None:
    mail = a_mail(pictures=(MailPicture(content_id="1.picture@post.example", content=b"\x89PNG\r\n\n\r\x00"),))
    content = written(mail)
    read = email.message_from_bytes(content)
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
    ]
    assert not says(replace(mail, pictures=()), content)
    assert not says(replace(mail, pictures=(replace(mail.pictures[0], content_id="2@post.example"),)), content)


def test_a_mail_that_can_be_ended_says_where_by_one_post() -> None:
    """RFC 8058: both headers, the address in brackets, and nothing where there is nothing to be ended."""
    address = f"https://gifts.example.com/gifts/reminders?token={'a' * 200}"
    content = written(a_mail(unsubscribe=address))
    assert f"List-Unsubscribe: <{address}>\r\n".encode() in content
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
    assert b"List-Unsubscribe" not in written(a_mail())
