"""What the audit log remembers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Audited(StrEnum):
    """What somebody did that needs a permission."""

    # saw a whole certificate number
    NUMBER_REVEALED = "certificate.number.revealed"
    # gave a certificate a new number
    CERTIFICATE_REISSUED = "certificate.reissued"
    # had a gift mailed once more
    GIFT_SENT_AGAIN = "gift.sent_again"
    # changed whom a gift is mailed to
    GIFT_RECIPIENT_CORRECTED = "gift.recipient.corrected"
    # changed where an endpoint leads, what it is told, or its constants; the reason names the parts
    ENDPOINT_CHANGED = "endpoint.changed"
    # removed an endpoint for good
    ENDPOINT_REMOVED = "endpoint.removed"
    # saw the key phrases of an endpoint
    ENDPOINT_REVEALED = "endpoint.revealed"
    # had orders posted that an endpoint had not been told of
    ORDERS_POSTED = "endpoint.orders_posted"
    # added a payment account
    PAYMENT_ACCOUNT_ADDED = "payment_account.added"
    # changed the secrets of a payment account, or chose it for new payments; the reason says which
    PAYMENT_ACCOUNT_CHANGED = "payment_account.changed"
    # had a payment account take no new payments
    PAYMENT_ACCOUNT_RETIRED = "payment_account.retired"
    # made a code that a device is enrolled with
    DEVICE_INVITED = "device.invited"
    # said of a device that it is the one that was meant
    DEVICE_CONFIRMED = "device.confirmed"
    # moved a device to another location; the reason names both
    DEVICE_MOVED = "device.moved"
    # ended a device for good
    DEVICE_REVOKED = "device.revoked"
    # had the data of a person erased
    PERSON_ERASED = "person.erased"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """State who did what to what, and why. `subject` is an id, never a secret."""

    merchant_id: UUID
    audit_id: UUID
    actor: str
    action: Audited
    subject: str
    reason: str | None = None
    recorded_at: datetime
