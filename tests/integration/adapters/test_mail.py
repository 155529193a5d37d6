"""Handing mail to a real server, and what follows from each of its answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from largesse.adapters.folder_mail import FolderMail
from largesse.adapters.smtp_mail import SmtpMail
from largesse.outbox import Parcel
from tests.support.mail_server import Letterbox, mail_server

BODY = b"From: gifts@post.example\r\nTo: ada@example.com\r\nSubject: hello\r\n\r\nhello\r\n"


@pytest.fixture
async def letterbox() -> Letterbox:
    """What the server received."""
    return Letterbox()


@pytest.fixture
async def mail(letterbox: Letterbox) -> AsyncIterator[SmtpMail]:
    """A sender, and the server that it sends by."""
    async with mail_server(letterbox) as url:
        yield SmtpMail(url, mail_from="Gift post <gifts@post.example>")


async def test_a_server_that_answers_in_latin_1_has_taken_the_mail() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        while command := (await reader.readline())[:4].upper():
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
            writer.write(b"250 re\xe7u\r\n")

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        mail = SmtpMail(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", mail_from="gifts@post.example")
        answer = await mail.send(to("ada@example.com"))
    assert answer.received
    assert answer.body.endswith(b"re\xe7u")


def to(address: str) -> Parcel:
    return Parcel(url=f"mailto:{address}", body=BODY)


@pytest.mark.parametrize(
    "said, refused",
    [
        ("550 5.1.1 no such mailbox", True),
        ("553 5.1.3 bad address", True),
        ("552 5.2.2 mailbox full", True),
        ("550 5.7.1 relaying denied", False),
        ("530 5.7.0 authentication required", False),
        ("450 4.2.1 greylisted", False),
        ("421 4.3.2 going down", False),
    ],
)
async def test_what_a_server_says_of_a_recipient_is_told_from_what_it_says_of_us(
    mail: SmtpMail, letterbox: Letterbox, said: str, refused: bool
) -> None:
    letterbox.answers["ada@example.com"] = said
    answer = await mail.send(to("ada@example.com"))
    assert (answer.received, answer.refused) == (False, refused)
    assert answer.error is not None
    assert answer.status_code == int(said[:3])


async def test_an_address_beyond_ascii_is_carried_where_the_server_can(mail: SmtpMail, letterbox: Letterbox) -> None:
    answer = await mail.send(to("zoë@example.com"))
    assert answer.received
    assert letterbox.envelopes == [("gifts@post.example", ["zoë@example.com"])]


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    answer = await SmtpMail("smtp://127.0.0.1:1", mail_from="gifts@post.example").send(to("ada@example.com"))
    assert (answer.received, answer.refused, answer.status_code) == (False, False, None)


async def test_a_demonstration_keeps_its_mail_in_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    for _ in range(2):
        assert (await FolderMail(folder).send(to("ada@example.com"))).received
    [kept] = folder.iterdir()
    assert kept.read_bytes() == BODY
    assert folder.stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands in the way")
    answer = await FolderMail(tmp_path / "mail").send(to("ada@example.com"))
    assert not answer.received
    assert "could not be written" in (answer.error or "")


async def test_a_server_that_cannot_carry_letters_beyond_ascii_refuses_for_good(letterbox: Letterbox) -> None:
    async with mail_server(letterbox, smtputf8=False) as url:
        mail = SmtpMail(url, mail_from="Büro <gifts@müller.example>")
        refused, taken = await mail.send(to("zoë@example.com")), await mail.send(to("gast@straße.example"))
    assert (refused.received, refused.refused) == (False, True)
    assert taken.received
    assert letterbox.envelopes == [("gifts@xn--mller-kva.example", ["gast@xn--strae-oqa.example"])]


async def test_what_is_no_address_is_not_sent_to(mail: SmtpMail, letterbox: Letterbox) -> None:
    answer = await mail.send(to("a@b.example>\r\nRCPT TO:<c@d.example"))
    assert (answer.received, answer.refused) == (False, True)
    assert letterbox.envelopes == []
