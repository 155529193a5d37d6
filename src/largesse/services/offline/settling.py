"""Settle what is the matter with a queue: charge whoever used a certificate twice, or write off what is missing."""

from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import offline
from largesse.domain.approvals import FrozenAct, LimitedAct
from largesse.domain.merchants import Merchant
from largesse.domain.offline import (
    REASON_LENGTH_MAX,
    ConflictKind,
    ConflictSettled,
    ConflictState,
    OfflineConflict,
    Remedy,
    RowCame,
    RowState,
    SettlementInvalid,
    SignedRow,
    WriteOffBeyond,
)
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.where import BooksSale
from largesse.ledger import Kind, PostEntry, SubjectKind
from largesse.services.approvals import forget_counted, may_alone
from largesse.services.bookkeeping import location_day
from largesse.services.merchants import where_of
from largesse.services.offline.chaining import carry_on_over
from largesse.services.offline.dependencies import OfflineDependencies
from largesse.services.offline.intake import RowOutcome, take_row
from largesse.services.staff import Manager

_STATES: Final = {
    Remedy.CHARGE: ConflictState.CHARGED,
    Remedy.PAID: ConflictState.PAID,
    Remedy.WRITE_OFF: ConflictState.WRITTEN_OFF,
    Remedy.SEEN: ConflictState.SEEN,
    Remedy.POST: ConflictState.POSTED,
    Remedy.DROP: ConflictState.DROPPED,
}
_EXPLAINED: Final = frozenset({Remedy.CHARGE, Remedy.WRITE_OFF, Remedy.DROP})
"""The remedies that need words: who is asked to pay, or why nobody is."""


class _Decided(NamedTuple):
    """What somebody does about a conflict."""

    conflict_id: UUID
    remedy: Remedy
    reason: str
    by: Manager
    now: datetime


async def settle_conflict(
    deps: OfflineDependencies,
    merchant: Merchant,
    conflict_id: UUID,
    remedy: Remedy,
    *,
    reason: str = "",
    by: Manager,
    now: datetime,
) -> OfflineConflict:
    """Settle a conflict of a till's queue, and return it as it is then; audited.

    What is charged stays on the list until it is paid, or written off after all. What is written off where the
    merchant's own till books the sale is booked as goodwill, since that till counts what nobody paid.

    Raises:
        ActRefused: the role does not allow it.
        ConflictUnknown: there is none like that.
        ConflictSettled: somebody was faster.
        SettlementInvalid: that is no remedy of it, or words are missing.
        WriteOffBeyond: it is more than they may write off alone: it counts as an adjustment.
    """
    _demand(by)
    words = reason.strip()
    if len(words) > REASON_LENGTH_MAX or (remedy in _EXPLAINED and not words):
        text = f"Say why, in 1 to {REASON_LENGTH_MAX} characters."
        raise SettlementInvalid(fields=[FieldError("reason", "reason.missing", text)])
    if remedy is Remedy.POST:
        await _post_row(deps, merchant, conflict_id, now=now)
    if remedy is Remedy.WRITE_OFF:
        await _refuse_beyond(deps, merchant, conflict_id, by=by, now=now)
    try:
        return await deps.retrying(partial(_settle, deps, merchant, _Decided(conflict_id, remedy, words, by, now)))
    except LargesseError as refused:
        # What somebody wrote off before stays counted.
        if remedy is Remedy.WRITE_OFF and not isinstance(refused, ConflictSettled):
            await forget_counted(deps, merchant, _counted_as(conflict_id))
        raise


def _counted_as(conflict_id: UUID) -> UUID:
    """Return the operation under which a write-off counts in somebody's limits."""
    return derived_id("offline-write-off", conflict_id)


async def _refuse_beyond(
    deps: OfflineDependencies, merchant: Merchant, conflict_id: UUID, *, by: Manager, now: datetime
) -> None:
    """Refuse to write off more than somebody may do alone, and count what they do.

    Raises:
        ConflictUnknown: there is none like that.
        WriteOffBeyond: it is more.
    """
    async with deps.transaction() as connection:
        one = await offline.locked_conflict(connection, merchant.merchant_id, conflict_id)
    if not one.amount or Remedy.WRITE_OFF not in one.remedies:
        return
    act = FrozenAct(act=LimitedAct.ADJUST, certificate_id=one.certificate_id or conflict_id, value=-one.amount)
    operation = _counted_as(conflict_id)
    if not await may_alone(deps, merchant, act, one.currency, by=by, operation_id=operation, now=now):
        raise WriteOffBeyond


async def take_paper(
    deps: OfflineDependencies, merchant: Merchant, signed: SignedRow, *, by: Manager, now: datetime
) -> RowOutcome:
    """Post a row that was read from a receipt: the device that signed it is lost, or was never heard of again; audited.

    Raises:
        ActRefused: the role does not allow it.
        EnrolmentUnknown, QueueRowInvalid: no device of the merchant has signed that.
    """
    _demand(by)
    taken = await take_row(deps, merchant, signed, came=RowCame.PAPER, word=True, now=now)
    async with deps.transaction() as connection:
        await by.record(connection, merchant, Audited.OFFLINE_PAPER, taken.operation_id, None, now=now)
    return taken


def _demand(by: Manager) -> None:
    if by.role is not None and not may(by.role, Act.OFFLINE_SETTLE):
        raise ActRefused(Act.OFFLINE_SETTLE.value)


async def _post_row(deps: OfflineDependencies, merchant: Merchant, conflict_id: UUID, *, now: datetime) -> None:
    """Post the row that a conflict is about, which waited for a manager's word."""
    async with deps.transaction() as connection:
        one = await offline.locked_conflict(connection, merchant.merchant_id, conflict_id)
        if Remedy.POST not in one.remedies:
            return  # which is refused in a moment
        enrolment = await offline.locked_enrolment(connection, merchant.merchant_id, one.enrolment_id)
        row = await offline.find_row(connection, enrolment, one.number)
    assert row is not None, "what waits was written"
    signed = SignedRow(body=row.body, signature=row.signature)
    await take_row(deps, merchant, signed, came=row.came, word=True, now=now)


async def _settle(
    deps: OfflineDependencies,
    merchant: Merchant,
    decided: _Decided,
    connection: Connection,
) -> OfflineConflict:
    conflict_id, remedy, reason, by, now = decided
    one = await offline.locked_conflict(connection, merchant.merchant_id, conflict_id)
    if not one.remedies:
        raise ConflictSettled
    if remedy not in one.remedies:
        raise SettlementInvalid(fields=[FieldError("remedy", "remedy.unfit", SettlementInvalid.message)])
    if remedy is Remedy.WRITE_OFF:
        await _write_off(deps, connection, one, reason=reason, by=by, now=now)
    elif remedy is Remedy.DROP:
        await _drop_row(connection, one)
    elif one.kind is ConflictKind.GAP:
        await _go_on_behind(connection, one)
    await offline.settle_conflict(connection, one, _STATES[remedy], by=by.name or by.actor, reason=reason, now=now)
    told = f"{remedy.value}: {reason}" if reason else remedy.value
    await by.record(connection, merchant, Audited.OFFLINE_SETTLED, conflict_id, told, now=now)
    return replace(one, state=_STATES[remedy], settled_at=now, settled_by=by.name or by.actor, reason=reason)


async def _write_off(
    deps: OfflineDependencies, connection: Connection, one: OfflineConflict, *, reason: str, by: Manager, now: datetime
) -> None:
    where = await where_of(connection, one.merchant_id, one.location_id, closed_too=True)
    if where.books_sale is not BooksSale.TILL or not one.amount:
        return
    entry = PostEntry(
        merchant_id=one.merchant_id,
        operation_id=_counted_as(one.conflict_id),
        actor=by.actor,
        memo=reason,
        where=where,
        device_id=one.device_id,
        subject_kind=SubjectKind.LOCATION,
        subject_id=where.location_id,
        kind=Kind.WRITE_OFF,
        reason="offline",
        open_item=location_day(where.location_id, where.booked_on(one.claimed_at)),
        currency=one.currency,
        amount=one.amount,
    )
    [outcome] = await deps.ledger.post(connection, [entry], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome


async def _drop_row(connection: Connection, one: OfflineConflict) -> None:
    enrolment = await offline.locked_enrolment(connection, one.merchant_id, one.enrolment_id)
    row = await offline.find_row(connection, enrolment, one.number)
    if row is not None:
        await offline.settle_row(connection, row, RowState.DROPPED, 0)


async def _go_on_behind(connection: Connection, one: OfflineConflict) -> None:
    """Go on with a queue behind rows that will not come; one that comes all the same is taken."""
    enrolment = await offline.locked_enrolment(connection, one.merchant_id, one.enrolment_id)
    if enrolment.last_number < one.number_to:
        await carry_on_over(connection, enrolment, one.number_to, enrolment.last_hash, None)
