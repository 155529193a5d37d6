"""Mails that a counter sends: a receipt to whoever asks for one, and a word to who is known of a certificate.

`services.mails` writes them when they are sent. What they say holds no number, so it is frozen when they are queued.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse import outbox
from largesse.db import Connection
from largesse.domain.receipts import ReceiptFace
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.events import Event
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.mail import purpose_in, read_email
from largesse.kernel.money import Money
from largesse.services.capabilities import Publishes, UsesLedger
from largesse.services.counter.knowing import people_of


class CounterMailPurpose(StrEnum):
    """Why a counter writes to somebody."""

    RECEIPT = "counter.receipt"
    """They asked for the receipt of what was done."""
    PUT_BACK = "counter.put_back"
    """What was taken from their certificate was put back."""
    RELOAD_UNDONE = "counter.reload_undone"
    """What was added to their certificate was taken off it again, and paid back."""
    NEW_NUMBER = "counter.new_number"
    """Their certificate was printed again under another number: theirs is dead."""
    PAYMENT_LINK = "counter.payment_link"
    """They are to pay for an order, on the page that the link leads to."""
    IMPORTED = "counter.imported"
    """Their certificate of another system is here now."""
    REPLACED = "counter.replaced"
    """For safety their certificate got another number: theirs is dead."""


class CounterMailDue(msgspec.Struct, frozen=True, kw_only=True):
    """A mail of a counter. `place` is the location's name, `ends` the last symbols of the certificates."""

    mail_id: UUID
    purpose: CounterMailPurpose
    address: str
    name: str = ""
    locale: str = "en"
    face: ReceiptFace | None = None
    amount: int = 0
    currency: str = ""
    ends: tuple[str, ...] = ()
    place: str = ""
    link: str = ""
    until: datetime | None = None
    number: str = ""
    certificate_id: UUID | None = None
    """What it tells of, where that may end before it is sent."""


class ReceiptAddressInvalid(InvalidInput):
    """Refuse to mail a receipt to what is no address."""

    code = "counter.receipt.address"
    message = "Type the whole e-mail address that the receipt goes to."


_DECODER: Final = msgspec.json.Decoder(CounterMailDue)
_PURPOSES: Final = frozenset(one.value for one in CounterMailPurpose)


def is_from_counter(payload: str) -> bool:
    """Return whether a mail that is due is one of these."""
    return purpose_in(payload) in _PURPOSES


def read_counter_mail(payload: str) -> CounterMailDue:
    """Return what was frozen of a mail.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return _DECODER.decode(payload)


async def mail_receipt(
    deps: Publishes, merchant_id: UUID, face: ReceiptFace, *, address: str, operation_id: UUID, now: datetime
) -> None:
    """Mail the receipt of something to whoever was there; the same operation again mails nothing.

    Raises:
        ReceiptAddressInvalid: it is no address.
    """
    try:
        to = read_email(address.strip())
    except InvalidInput as error:
        raise ReceiptAddressInvalid(fields=[FieldError("email", error.code, error.message)]) from None
    due = CounterMailDue(
        mail_id=new_id(now),
        purpose=CounterMailPurpose.RECEIPT,
        address=to,
        locale=face.language,
        face=face,
    )
    async with deps.transaction() as connection:
        await _publish(connection, merchant_id, operation_id, [due], now=now)


async def mail_payment_link(
    connection: Connection,
    merchant_id: UUID,
    *,
    address: str,
    locale: str,
    link: str,
    until: datetime,
    amount: Money,
    number: str,
    operation_id: UUID,
    now: datetime,
) -> None:
    """Mail the page on which an order is paid, in the caller's transaction; the same operation again mails nothing."""
    due = CounterMailDue(
        mail_id=new_id(now),
        purpose=CounterMailPurpose.PAYMENT_LINK,
        address=address,
        locale=locale,
        link=link,
        until=until,
        amount=amount.minor,
        currency=amount.currency.code,
        number=number,
    )
    await _publish(connection, merchant_id, operation_id, [due], now=now)


async def publish_about(
    connection: Connection, merchant_id: UUID, mails: Sequence[CounterMailDue], *, now: datetime
) -> None:
    """Queue mails, each about a certificate of its own, which is told of once, in the caller's transaction."""
    await outbox.open_mail_endpoint(connection, merchant_id, now=now)
    await outbox.publish_once(
        connection,
        {
            derived_id("counter-mail", merchant_id, mail.purpose.value, str(mail.certificate_id)): _due(
                merchant_id, mail, now=now
            )
            for mail in mails
        },
    )


async def tell_known(
    connection: Connection,
    deps: UsesLedger,
    merchant_id: UUID,
    certificate_ids: Collection[UUID],
    purpose: CounterMailPurpose,
    *,
    amount: int,
    currency: str,
    ends: Sequence[str],
    place: str,
    operation_id: UUID,
    but: Collection[str] = (),
    now: datetime,
) -> None:
    """Write to whoever is known of certificates, and has heard of them, what was done; not to the addresses `but`.

    Told again of the same operation, nobody is written to twice.
    """
    known = await people_of(connection, deps, merchant_id, certificate_ids)
    due = [
        CounterMailDue(
            mail_id=new_id(now),
            purpose=purpose,
            address=one.address,
            name=one.name,
            locale=one.locale,
            amount=amount,
            currency=currency,
            ends=tuple(ends),
            place=place,
        )
        for one in known
        if one.knows and one.address.casefold() not in but
    ]
    if due:
        await _publish(connection, merchant_id, operation_id, due, now=now)


async def _publish(
    connection: Connection, merchant_id: UUID, operation_id: UUID, mails: Sequence[CounterMailDue], *, now: datetime
) -> None:
    """Queue mails about an operation, each address once for it."""
    await outbox.open_mail_endpoint(connection, merchant_id, now=now)
    events = {
        derived_id("counter-mail", merchant_id, operation_id, mail.address.casefold()): _due(merchant_id, mail, now=now)
        for mail in mails
    }
    await outbox.publish_once(connection, events)


def _due(merchant_id: UUID, mail: CounterMailDue, *, now: datetime) -> Event:
    return Event(
        merchant_id=merchant_id,
        event_id=mail.mail_id,
        kind=outbox.MAIL_DUE,
        occurred_at=now,
        payload=msgspec.json.encode(mail),
    )
