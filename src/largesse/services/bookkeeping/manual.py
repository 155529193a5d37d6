"""Manual entries: what a bookkeeper books between two accounts that are no certificate's, once another agrees.

What is booked has the id of the request, and is booked in the transaction that says so.
"""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.manual_entries import (
    EntryInvalid,
    EntryNeedsSecond,
    EntryNotWaiting,
    EntryState,
    ManualEntry,
    decide_entry,
    insert_entry,
    lock_entry,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError, LargesseError
from largesse.kernel.where import Where
from largesse.ledger import MANUAL_ACCOUNTS, Account, Kind, PostEntry, SubjectKind
from largesse.services.bookkeeping.dependencies import BookkeepingDependencies
from largesse.services.merchants import where_of
from largesse.services.staff import Manager, agrees_alone

BY_HAND = MANUAL_ACCOUNTS - {Account.PARTNER_RECEIVABLE, Account.PARTNER_CREDIT}
"""The accounts that are booked on by hand; those of partners name a partner, and have commands of their own."""
_REASON = "correction"
_WHY_MAX = 500
_AMOUNT_MAX = 10**15


async def request_entry(deps: BookkeepingDependencies, entry: ManualEntry, *, by: Manager) -> None:
    """Ask for an entry; another person agrees to it within seven days.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        EntryInvalid: the accounts, the currency, the amount or the reason.
    """
    _demand(by)
    faults = []
    for name, account in (("debit", entry.debit), ("credit", entry.credit)):
        if account not in BY_HAND:
            faults.append(FieldError(name, EntryInvalid.code, "Choose an account that is no certificate's."))
    if entry.debit == entry.credit:
        faults.append(FieldError("credit", EntryInvalid.code, "Choose two accounts that differ."))
    if not is_currency(entry.currency):
        faults.append(FieldError("currency", EntryInvalid.code, "Choose a currency by its code, such as EUR."))
    if not 0 < entry.amount < _AMOUNT_MAX:
        faults.append(FieldError("amount", EntryInvalid.code, "Write an amount above zero."))
    if not 1 <= len(entry.why) <= _WHY_MAX:
        faults.append(FieldError("why", EntryInvalid.code, "Say why, in 1 to 500 characters."))
    if faults:
        raise EntryInvalid(fields=faults)
    async with deps.transaction() as connection:
        await insert_entry(connection, entry)
        await _record(connection, entry, Audited.ENTRY_REQUESTED, by, now=entry.requested_at)


async def approve_entry(
    deps: BookkeepingDependencies, merchant: Merchant, entry_id: UUID, *, by: Manager, now: datetime
) -> ManualEntry:
    """Agree to an entry: it is booked.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        EntryNotWaiting: there is none, or it waits no more.
        EntryNeedsSecond: another person has to agree.
    """
    _demand(by)
    async with deps.transaction() as connection:
        entry = await _waiting(connection, merchant, entry_id, now=now)
        alone = await agrees_alone(
            connection, merchant, Act.MANUAL_ENTRY,
            requester_id=entry.requester_id, requested_at=entry.requested_at, by=by, now=now,
        )  # fmt: skip
        if alone is None:
            raise EntryNeedsSecond
        where = await where_of(connection, merchant.merchant_id, closed_too=True)
        [outcome] = await deps.ledger.post(connection, [_command(entry, where)], now=now)
        if isinstance(outcome, LargesseError):
            raise outcome
        await decide_entry(connection, entry, EntryState.BOOKED, by=by.name or by.actor, alone=alone, now=now)
        await _record(connection, entry, Audited.ENTRY_BOOKED, by, now=now)
    return entry


async def refuse_entry(
    deps: BookkeepingDependencies, merchant: Merchant, entry_id: UUID, *, by: Manager, now: datetime
) -> None:
    """Do not agree to an entry, or withdraw it: it is not booked.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        EntryNotWaiting: there is none, or it waits no more.
    """
    _demand(by)
    async with deps.transaction() as connection:
        entry = await _waiting(connection, merchant, entry_id, now=now)
        await decide_entry(connection, entry, EntryState.REFUSED, by=by.name or by.actor, now=now)
        await _record(connection, entry, Audited.ENTRY_REFUSED, by, now=now)


def _command(entry: ManualEntry, where: Where) -> PostEntry:
    return PostEntry(
        merchant_id=entry.merchant_id,
        subject_kind=SubjectKind.MERCHANT,
        subject_id=entry.merchant_id,
        operation_id=entry.entry_id,
        actor=f"person:{entry.requester_id}",
        where=where,
        kind=Kind.MANUAL_ENTRY,
        reason=_REASON,
        memo=entry.why,
        currency=entry.currency,
        amount=entry.amount,
        debit=Account(entry.debit),
        credit=Account(entry.credit),
    )


async def _waiting(connection: Connection, merchant: Merchant, entry_id: UUID, *, now: datetime) -> ManualEntry:
    entry = await lock_entry(connection, merchant.merchant_id, entry_id)
    if entry is None or not entry.waits(now):
        raise EntryNotWaiting
    return entry


def _demand(by: Manager) -> None:
    if by.person_id is None or by.role is None or not may(by.role, Act.MANUAL_ENTRY):
        raise ActRefused(Act.MANUAL_ENTRY.value)


async def _record(connection: Connection, entry: ManualEntry, action: Audited, by: Manager, *, now: datetime) -> None:
    await staff.record(
        connection, entry.merchant_id, action, subject=str(entry.entry_id), actor=by.actor, reason=entry.why, now=now
    )
