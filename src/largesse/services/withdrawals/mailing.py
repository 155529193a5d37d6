"""Mails about withdrawals: the acknowledgement, and the word to the address of the order where somebody else declared.

`services.mails` writes them when they are sent. What they say is frozen when they are queued, and is of no order where
it is not known to be the buyer's.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain.withdrawals import Withdrawal
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id
from largesse.kernel.mail import purpose_in


class WithdrawalMailPurpose(StrEnum):
    """Why somebody is written to. The words stand in mails that wait: never renamed."""

    RECEIVED = "withdrawal.received"
    """They declared it: this is the acknowledgement, with content, date and time."""
    NOT_YOU = "withdrawal.not_you"
    """Somebody else declared it for an order of theirs, and nothing was done."""


class WithdrawalMailDue(msgspec.Struct, frozen=True, kw_only=True):
    """A mail about a declaration; `link` is the buyer's own, where it goes to the address of the order."""

    mail_id: UUID
    purpose: WithdrawalMailPurpose
    address: str
    name: str = ""
    locale: str = "en"
    order_number: str
    email: str = ""
    at: datetime
    link: str = ""


_DECODER: Final = msgspec.json.Decoder(WithdrawalMailDue)
_PURPOSES: Final = frozenset(one.value for one in WithdrawalMailPurpose)


def is_of_withdrawal(payload: str) -> bool:
    """Return whether a mail that is due is one of these."""
    return purpose_in(payload) in _PURPOSES


def read_withdrawal_mail(payload: str) -> WithdrawalMailDue:
    """Return what was frozen of a mail.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return _DECODER.decode(payload)


async def acknowledge(connection: Connection, one: Withdrawal, *, mail_id: UUID | None = None) -> None:
    """Acknowledge a declaration by mail, in the transaction that takes it in. A `mail_id` is mailed once."""
    due = WithdrawalMailDue(
        mail_id=mail_id or _mail_id(one, WithdrawalMailPurpose.RECEIVED),
        purpose=WithdrawalMailPurpose.RECEIVED,
        address=one.email,
        name=one.name,
        locale=one.language,
        order_number=one.order_number,
        email=one.email,
        at=one.received_at,
    )
    await _post(connection, one, due)


async def acknowledge_anew(connection: Connection, one: Withdrawal) -> None:
    """Acknowledge what was declared before for the same order: once a day to an address, for nothing is kept of it."""
    day = one.received_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    parts = (one.merchant_id, one.order_number, one.email.casefold())
    await acknowledge(connection, one, mail_id=timed_id(day, "withdrawal-mail-anew", *parts))


async def tell_the_buyer(connection: Connection, one: Withdrawal, *, address: str, locale: str, link: str) -> None:
    """Write to the address of an order that somebody else declared to withdraw from it, in the same transaction."""
    due = WithdrawalMailDue(
        mail_id=_mail_id(one, WithdrawalMailPurpose.NOT_YOU),
        purpose=WithdrawalMailPurpose.NOT_YOU,
        address=address,
        locale=locale,
        order_number=one.order_number,
        at=one.received_at,
        link=link,
    )
    await _post(connection, one, due)


def _mail_id(one: Withdrawal, purpose: WithdrawalMailPurpose) -> UUID:
    return timed_id(one.received_at, "withdrawal-mail", one.merchant_id, one.withdrawal_id, purpose.value)


async def _post(connection: Connection, one: Withdrawal, due: WithdrawalMailDue) -> None:
    await outbox.open_mail_endpoint(connection, one.merchant_id, now=one.received_at)
    event = Event(
        merchant_id=one.merchant_id,
        event_id=due.mail_id,
        kind=outbox.MAIL_DUE,
        occurred_at=one.received_at,
        payload=msgspec.json.encode(due),
    )
    await outbox.publish(connection, [event])
