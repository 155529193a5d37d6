"""Write the audit log, and read it."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.staff import store
from largesse.domain.staff.model import Audited, AuditEntry, AuditReason
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.ids import new_id

REASON_LENGTH_MAX = 500


class ReasonInvalid(InvalidInput):
    """Refuse a reason that the audit log cannot keep."""

    code = "audit.reason.invalid"
    message = f"Give a reason of 1 to {REASON_LENGTH_MAX} characters."


async def record(
    connection: Connection,
    merchant_id: UUID,
    action: Audited,
    *,
    subject: str,
    actor: str,
    reason: str | None,
    now: datetime,
    reason_code: AuditReason | None = None,
    operation_id: UUID | None = None,
) -> bool:
    """Write who did what and why, in the transaction that does it.

    The entry of an operation names it, so that it stands once: False where it stood before.

    Raises:
        ReasonInvalid: the reason is empty, too long or holds a character that cannot be kept.
    """
    if reason is not None and not (0 < len(reason) <= REASON_LENGTH_MAX and not free_text.holds_unseen(reason)):
        raise ReasonInvalid(fields=[FieldError("reason", ReasonInvalid.code, ReasonInvalid.message)])
    entry = AuditEntry(
        merchant_id=merchant_id,
        audit_id=new_id(now),
        actor=actor,
        action=action,
        subject=subject,
        reason=reason,
        recorded_at=now,
        reason_code=reason_code,
        operation_id=operation_id,
    )
    return await store.insert(connection, entry)


class ByWhom(msgspec.Struct, frozen=True, kw_only=True):
    """Who does something that is audited, and why: in words, and as a code where a page asked for one.

    `operation_id` is that of what happens once, however often it is asked for.
    """

    actor: str
    why: str | None = None
    code: AuditReason | None = None
    operation_id: UUID | None = None

    async def record(
        self,
        connection: Connection,
        merchant_id: UUID,
        action: Audited,
        *,
        subject: object,
        detail: str = "",
        now: datetime,
    ) -> bool:
        """Write that they did it, in the transaction that does; `detail` says what exactly, before the words.

        Returns whether it was written: False where the operation stands in the log already.

        Raises:
            ReasonInvalid: the words cannot be kept.
        """
        said = ": ".join(filter(None, [detail, self.why])) or None
        reason = None if said is None else free_text.shortened(said, REASON_LENGTH_MAX)
        return await record(
            connection,
            merchant_id,
            action,
            subject=str(subject),
            actor=self.actor,
            reason=reason,
            reason_code=self.code,
            operation_id=self.operation_id,
            now=now,
        )
