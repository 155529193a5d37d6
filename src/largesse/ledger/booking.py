"""Put what was decided into the books: its times and place, whose request it was, and its place in the chain."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.where import Where
from largesse.ledger.books import Books, Times, times_of
from largesse.ledger.chain import FORMAT, genesis, memo_hash, row_hash
from largesse.ledger.commands import Command
from largesse.ledger.model import Certificate, Chain, Decision, Entry, Kind

_Chained = Certificate | Chain
ACTIVITY = frozenset(
    {
        Kind.ISSUE,
        Kind.ACTIVATE,
        Kind.RELOAD,
        Kind.REDEEM,
        Kind.HOLD,
        Kind.CAPTURE,
        Kind.REVERSE,
        Kind.TRANSFER,
    }
)
"""What fills a certificate or uses it, from which its age without use is counted."""

_Any = TypeVar("_Any", Certificate, Chain)


class Memo(msgspec.Struct, frozen=True, kw_only=True):
    """The memo of an operation, beside the journal, so that it can be erased; 16 random bytes keep its hash secret."""

    merchant_id: UUID
    operation_id: UUID
    memo_hash: bytes
    salt: bytes
    memo: str


class Asked(msgspec.Struct, frozen=True):
    """A command, and 16 random bytes for its memo."""

    command: Command
    salt: bytes


def book(
    decision: Decision,
    asked: Asked,
    books: Books,
    *,
    fingerprint: tuple[str, bytes],
    standing: Mapping[UUID, Certificate | Chain],
) -> tuple[Decision, Memo | None]:
    """Return a decision as it is written, and its memo. `standing` has the subjects as they stood before it."""
    command = asked.command
    where = command.where or books.home
    memo = None
    if command.memo is not None:
        memo = Memo(
            merchant_id=command.merchant_id,
            operation_id=command.operation_id,
            memo_hash=memo_hash(asked.salt, command.memo),
            salt=asked.salt,
            memo=command.memo,
        )
    key_id, keyed = fingerprint
    tips: dict[UUID, tuple[bytes, Times]] = {}
    entries = list[Entry]()
    for entry in decision.entries:
        head, times = tips.get(entry.subject_id) or _tip(books, where, entry, command, standing.get(entry.subject_id))
        booked = replace(
            entry,
            books_sale=entry.books_sale or where.books_sale,
            legal_entity_id=entry.legal_entity_id or where.legal_entity_id,
            location_id=entry.location_id or where.location_id,
            device_id=command.device_id,
            entry_mode=command.entry_mode,
            reason=command.reason,
            fingerprint=keyed,
            fingerprint_key=key_id,
            memo_hash=memo and memo.memo_hash,
            claimed_at=command.claimed_at,
            effective_at=times.effective_at,
            recorded_at=times.recorded_at,
            booked_on=times.booked_on,
            tax_point=None
            if entry.taxable_amount is None
            else entry.tax_point or _due_on(books, where, command, times),
            hash_format=FORMAT,
        )
        head = row_hash(head, booked)
        tips[entry.subject_id] = head, times
        entries.append(replace(booked, hash=head))
    active = {entry.subject_id for entry in entries if entry.kind in ACTIVITY}
    certificates = tuple(
        replace(one, active_at=one.effective_at) if one.certificate_id in active else one
        for one in (_moved(one, *tips[one.certificate_id]) for one in decision.certificates)
    )
    subjects = tuple(_moved(one, *tips[one.subject_id]) for one in decision.subjects)
    return replace(decision, certificates=certificates, subjects=subjects, entries=tuple(entries)), memo


def _tip(books: Books, where: Where, entry: Entry, command: Command, before: _Chained | None) -> tuple[bytes, Times]:
    times = times_of(
        books,
        where,
        claimed_at=command.claimed_at,
        effective_before=before.effective_at if before else None,
        recorded_before=before.recorded_at if before else None,
    )
    head = (before.head if before else b"") or genesis(entry.merchant_id, entry.subject_id)
    return head, times


def _due_on(books: Books, where: Where, command: Command, times: Times) -> date:
    """Return the day that a tax is due on: of what comes late for days that are closed, the day that it happened."""
    late = command.claimed_at is not None and books.open_from is not None and command.claimed_at < books.open_from
    return where.booked_on(command.claimed_at) if late and command.claimed_at is not None else times.booked_on


def _moved(subject: _Any, head: bytes, times: Times) -> _Any:
    return replace(subject, head=head, effective_at=times.effective_at, recorded_at=times.recorded_at)
