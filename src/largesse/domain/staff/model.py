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
    # chose the law profile that the merchant goes by, or none; the reason says which
    LAW_CHOSEN = "law.chosen"
    # paid out a certificate although the law profile does not give the holder that; the reason is its row
    PAID_OUT_ALL_THE_SAME = "certificate.paid_out_all_the_same"
    # had the data of a person erased
    PERSON_ERASED = "person.erased"
    # invited somebody to work here; the subject is the invitation, the reason names the role
    STAFF_INVITED = "staff.invited"
    # withdrew an invitation
    STAFF_UNINVITED = "staff.uninvited"
    # accepted an invitation; the reason names the role
    STAFF_JOINED = "staff.joined"
    # said of who accepted an invitation that it is the one who was meant
    STAFF_CONFIRMED = "staff.confirmed"
    # gave somebody another role; the reason names both
    STAFF_ROLE_CHANGED = "staff.role_changed"
    # ended that somebody works here
    STAFF_ENDED = "staff.ended"
    # let somebody in who lost what they sign in with
    STAFF_RECOVERED = "staff.recovered"
    # tried what the role does not allow; the reason names it
    STAFF_REFUSED = "staff.refused"


class AuditReason(StrEnum):
    """Why somebody did what a reason is asked for; words stand beside it."""

    REQUESTED = "requested"
    """Whom it is about asked for it."""
    MISTAKE = "mistake"
    """Something was wrong, and is put right."""
    LEFT = "left"
    """Somebody works here no more, or as something else."""
    LOST = "lost"
    """Something was lost: a telephone, a paper, a key."""
    SECURITY = "security"
    """Somebody may know or have what they should not."""
    OTHER = "other"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """State who did what to what, and why. `subject` is an id, never a secret."""

    merchant_id: UUID
    audit_id: UUID
    actor: str
    action: Audited
    subject: str
    reason: str | None = None
    recorded_at: datetime
    reason_code: AuditReason | None = None
