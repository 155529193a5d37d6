"""What a gift's delivery is, and what a mail is.

waiting ──► sending ──► sent
            │    ▲
            ▼    │ sent again
            failed, withdrawn, print
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class GiftStatus(StrEnum):
    """How far a gift's delivery is."""

    WAITING = "waiting"  # for its day and hour
    SENDING = "sending"  # with the outbox, which tries until it succeeds or is refused
    SENT = "sent"  # the recipient's mail server took it; whether it was opened is nobody's business
    FAILED = "failed"  # it was refused, or could not be delivered for days
    WITHDRAWN = "withdrawn"  # its certificate could not be used any more when its time came
    PRINT = "print"  # the buyer prints it


class Trouble(StrEnum):
    """Why a gift did not reach its recipient, for whoever writes the sentence."""

    NONE = ""
    REFUSED = "refused"  # their mail server does not take it
    UNREACHABLE = "unreachable"  # nobody took it for days
    BOUNCED = "bounced"  # it was taken, and came back
    TAKEN_BACK = "taken_back"  # the certificate was voided, refunded or blocked before


class Gift(msgspec.Struct, frozen=True, kw_only=True):
    """How the gift of one order reaches its recipient. `due_at` is None for at once; times are UTC.

    `recipient_name` and `recipient_email` are as the buyer corrected them last. `mail_id` is the mail that counts.
    `corrections` tells how often a corrected address gave the certificate a new number,
    `unwrapped_at` when its recipient unwrapped it, `thanked_at` when whoever holds it told the buyer that it arrived,
    and `thanks` in which words, until they are mailed. `pass_of` is the certificate that a pass for the wallet of a
    telephone was made of last: somebody counts on its number.
    """

    merchant_id: UUID
    order_id: UUID
    checkout_id: UUID
    order_number: str
    certificate_id: UUID
    status: GiftStatus
    locale: str
    recipient_name: str = ""
    recipient_email: str = ""
    due_at: datetime | None = None
    mail_id: UUID | None = None
    trouble: Trouble = Trouble.NONE
    settled_at: datetime | None = None
    corrections: int = 0
    unwrapped_at: datetime | None = None
    thanked_at: datetime | None = None
    thanks: str = ""
    pass_of: UUID | None = None
    created_at: datetime


class Purpose(StrEnum):
    """What a mail is for."""

    GIFT = "gift"  # the certificate, to its recipient
    RECEIPT = "receipt"  # to the buyer
    TROUBLE = "trouble"  # tells the buyer that a gift did not arrive
    REFUNDED = "refunded"  # tells the buyer that a gift was taken back, all or part of it, and the money with it
    VOIDED = "voided"  # tells the buyer that the shop has ended a gift
    RECLAIMED = "reclaimed"  # tells the buyer that a gift ended because their bank took the payment back
    REPLACED = "replaced"  # tells whoever was mailed a gift before its address was corrected that its number has ended
    CREDITED = "credited"  # tells the buyer the number of the credit that a refund was given as
    BY_HAND = "by_hand"  # tells the buyer how to pay an order that waits for it
    ARRIVED = "arrived"  # tells the buyer that a gift arrived, from whoever holds it
    REMINDER = "reminder"  # tells the recipient of a gift that its last day comes near
    RETURNED = "returned"  # tells the buyer that a payment bought nothing and goes back


class MailStatus(StrEnum):
    """What came of a mail."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # no longer wanted when its turn came


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to one person. It is sent as the event of the same id.

    `amount` smallest units of `currency` go back to its reader, where the mail tells of that.
    """

    merchant_id: UUID
    mail_id: UUID
    purpose: Purpose
    checkout_id: UUID
    order_id: UUID | None = None
    address: str
    name: str = ""
    locale: str
    amount: int | None = None
    currency: str | None = None
    status: MailStatus = MailStatus.QUEUED
    queued_at: datetime
    settled_at: datetime | None = None


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a mail, and at which moment."""

    mail_id: UUID
    status: MailStatus
    trouble: Trouble = Trouble.NONE
    at: datetime
