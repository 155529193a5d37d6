"""Hand mail to the operator's mail server."""

import re
import time
from typing import Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from largesse.kernel.domain_names import to_ascii
from largesse.kernel.mail import NotAMailbox, mailbox, read_mailbox
from largesse.kernel.time_limits import limit
from largesse.outbox import ANSWER_BYTES_MAX, MAIL_SCHEME, Parcel, ReceiverAnswer

TIMEOUT_S = 20.0
_ABOUT_US = re.compile(r"relay|authenticat", re.IGNORECASE)  # "relaying denied" says nothing about the recipient
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class SmtpMail:
    """Send parcels whose URL is `mailto:…` and whose body is a whole message. Conforms to `outbox.Sender`.

    `url` is `smtp://`, `smtps://` (TLS from the first byte) or `smtp+starttls://`, with user and password where the
    server asks for them.
    """

    def __init__(self, url: str, *, mail_from: str, timeout_s: float | None = None) -> None:
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = to_ascii(parts.hostname or "localhost")
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = read_mailbox(mail_from).address
        self._timeout_s = limit(TIMEOUT_S) if timeout_s is None else timeout_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Hand one message over and tell what the server said."""
        started = time.monotonic()
        code, text, error, refused = None, b"", None, False
        try:
            recipient = mailbox(parcel.url.removeprefix(MAIL_SCHEME)).address
        except NotAMailbox:
            return ReceiverAnswer(error="This is no address that mail can be sent to.", refused=True)
        try:
            _, said = await aiosmtplib.send(
                parcel.body,
                sender=self._sender,
                recipients=[recipient],
                mail_options=["SMTPUTF8"] if _is_international(recipient, parcel.body) else [],
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._scheme == "smtps",
                start_tls=self._scheme == "smtp+starttls",
                timeout=self._timeout_s,
            )
            code, text = 250, _bytes(said)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            first = refusal.recipients[0]
            code, text = first.code, _bytes(first.message)
            refused = _is_permanent(first.code) and not _ABOUT_US.search(first.message)
            error = f"The mail server refused the recipient with {first.code}."
        except aiosmtplib.SMTPResponseException as refusal:
            code, text = refusal.code, _bytes(refusal.message)
            # What the server says to this very mail stands; what it says to us (who we are, whether it knows us) is the
            # operator's to mend, and the mail waits.
            about_the_mail = (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused)
            refused = isinstance(refusal, about_the_mail) and _is_permanent(refusal.code)
            error = f"The mail server refused with {refusal.code}."
        except aiosmtplib.SMTPNotSupported:
            error, refused = (
                "The mail server cannot carry an address with letters beyond ASCII.",
                _is_international(recipient, parcel.body),
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            error = f"The mail server could not be reached: {type(fault).__name__}."
        duration_ms = int((time.monotonic() - started) * 1000)
        return ReceiverAnswer(
            status_code=code, error=error, body=text[:ANSWER_BYTES_MAX], duration_ms=duration_ms, refused=refused
        )


def _is_international(recipient: str, body: bytes) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) carry a mail: an address in it has letters beyond ASCII."""
    return not recipient.isascii() or not body.partition(b"\r\n\r\n")[0].isascii()


def _bytes(said: str) -> bytes:
    """Return what a server said as it came: one that says it in Latin-1 has taken the mail all the same."""
    return said.encode("utf-8", "surrogateescape")


def _is_permanent(code: int) -> bool:
    """Return whether a refusal is for good, not for now (RFC 5321 §4.2.1)."""
    return 500 <= code < 600


class NoMail:
    """Stand where no mail server is configured: every message fails and says so, and is tried again later."""

    async def send(self, parcel: Parcel) -> ReceiverAnswer:
        """Fail, and say what to do."""
        return ReceiverAnswer(error="No mail server is configured. Set LARGESSE_SMTP_URL and start the worker again.")
