"""What is told of a gift's delivery, and the event by which the outbox carries a mail. Never the number."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.domain.gifts.model import Fate, Gift, Mail, Purpose
from largesse.kernel.events import Event
from largesse.kernel.ids import timed_id

DELIVERED = "certificate.delivered"
DELIVERY_FAILED = "certificate.delivery_failed"
RECIPIENT_CHANGED = "order.recipient_changed"


class MailDue(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of a mail on its way, version 1: who gets what, not what it says."""

    mail_id: UUID
    purpose: Purpose
    checkout_id: UUID
    order_id: UUID | None
    address: str
    name: str
    locale: str
    amount: int | None = None
    currency: str | None = None


class DeliverySettled(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `certificate.delivered` and `certificate.delivery_failed`, version 1.

    `reason` is empty for what was delivered, else `refused`, `unreachable` or `bounced`.
    """

    certificate_id: UUID
    order_id: UUID
    order_number: str
    mail_id: UUID
    recipient_email: str
    reason: str
    settled_at: datetime


class ChangedRecipient(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a gift is for now, as the buyer wrote it: one name, and where it is mailed."""

    name: str
    email: str


class RecipientChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `order.recipient_changed`, version 1. An order form is not posted again."""

    order_id: UUID
    order_number: str
    certificate_id: UUID
    recipient: ChangedRecipient
    changed_at: datetime


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(MailDue)


def mail_due_event(mail: Mail, *, kind: str) -> Event:
    """Return the event that has a mail sent; `kind` is the outbox's name of it. Pure."""
    payload = MailDue(
        mail_id=mail.mail_id,
        purpose=mail.purpose,
        checkout_id=mail.checkout_id,
        order_id=mail.order_id,
        address=mail.address,
        name=mail.name,
        locale=mail.locale,
        amount=mail.amount,
        currency=mail.currency,
    )
    return Event(
        merchant_id=mail.merchant_id,
        event_id=mail.mail_id,
        kind=kind,
        occurred_at=mail.queued_at,
        payload=_ENCODER.encode(payload),
    )


def read_mail_due(payload: str) -> MailDue:
    """Return what `mail_due_event` froze.

    Raises:
        msgspec.ValidationError: it is something else.
    """
    return _DECODER.decode(payload)


def recipient_changed_event(gift: Gift, *, now: datetime) -> Event:
    """Return the event that tells that the buyer corrected whom a gift is for. Pure."""
    payload = RecipientChanged(
        order_id=gift.order_id,
        order_number=gift.order_number,
        certificate_id=gift.certificate_id,
        recipient=ChangedRecipient(name=gift.recipient_name, email=gift.recipient_email),
        changed_at=now,
    )
    return Event(
        merchant_id=gift.merchant_id,
        event_id=timed_id(now, RECIPIENT_CHANGED, gift.order_id, gift.recipient_name, gift.recipient_email),
        kind=RECIPIENT_CHANGED,
        occurred_at=now,
        payload=_ENCODER.encode(payload),
    )


def delivery_event(gift: Gift, fate: Fate, *, kind: str) -> Event:
    """Return the event that tells the world what came of sending a gift. Pure."""
    payload = DeliverySettled(
        certificate_id=gift.certificate_id,
        order_id=gift.order_id,
        order_number=gift.order_number,
        mail_id=fate.mail_id,
        recipient_email=gift.recipient_email,
        reason=fate.trouble.value,
        settled_at=fate.at,
    )
    return Event(
        merchant_id=gift.merchant_id,
        event_id=timed_id(fate.at, kind, fate.mail_id),
        kind=kind,
        occurred_at=fate.at,
        payload=_ENCODER.encode(payload),
    )
