"""The port of whoever writes mail to buyers and recipients: composed when it is sent, and told what came of it.

What a mail says may hold a certificate's number, so neither the event nor the attempt keeps it. The event names the
mail; it is composed for each attempt; the attempt keeps a record that holds no secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from largesse.db.connection import Connection
from largesse.kernel.errors import Conflict
from largesse.outbox.model import Claimed, DeliveryStatus, Parcel


class NotWanted(Conflict):
    """A mail is not to be sent any more: it was replaced, or what it carries was taken back."""

    code = "mail.not_wanted"
    message = "This mail is not wanted any more, so it was not sent."


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A mail ready to be sent, and `record`: what the attempt keeps of it, without any secret."""

    parcel: Parcel
    record: bytes


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a mail for good: delivered or failed.

    `refused`: the mail server will never take it; otherwise nobody took it for days. `dropped`: it was not wanted.
    """

    claimed: Claimed
    status: DeliveryStatus
    refused: bool
    dropped: bool
    at: datetime


class MailWriter(Protocol):
    """Write mails when they are due, and take note of what came of them."""

    async def compose(self, claimed: Claimed, *, now: datetime) -> Composed:
        """Return the mail that an event of the kind `mail.due` stands for.

        Raises:
            NotWanted: it is not to be sent any more.
            LargesseError: it cannot be composed just now; the attempt has failed.
        """
        ...

    async def settle(self, connection: Connection, settled: Sequence[Settled]) -> None:
        """Take note of what came of mails, in the transaction that records it. May be told of the same thing twice."""
        ...
