"""A real mail server on the loopback, and what it received."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session


class Letterbox:
    """Keep every message, and tell some addresses something else: `answers` maps an address to what RCPT is told."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []

    @property
    def messages(self) -> list[EmailMessage]:
        """What was received, parsed."""
        return [email.message_from_bytes(raw, EmailMessage, policy=email.policy.default) for raw in self.raw]

    def to(self, address: str) -> list[EmailMessage]:
        """What one address received."""
        received = zip(self.messages, self.envelopes, strict=True)
        return [message for message, (_, recipients) in received if address in recipients]

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        return "250 kept"


@asynccontextmanager
async def mail_server(letterbox: Letterbox, *, smtputf8: bool = True) -> AsyncIterator[str]:
    """Serve SMTP for as long as the block runs; lend the URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(letterbox, hostname="mail.example", enable_SMTPUTF8=smtputf8), "127.0.0.1", 0
    )
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def bodies_of(mail: EmailMessage) -> list[str]:
    """Return both ways in which a mail says the same, spaces folded."""
    found = []
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        found.append(" ".join(str(body.get_content()).split()))
    return found
