"""A batch of commands, decided in memory in order of arrival against the locked state.

Pure: the engine reads before it and writes after it.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from types import MappingProxyType
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.kernel.carried_text import is_carried
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import book
from largesse.ledger.accounts import OUTSTANDING, POTS, Account, Leg
from largesse.ledger.booking import Asked, Memo
from largesse.ledger.booking import book as booked
from largesse.ledger.books import Books
from largesse.ledger.bundles import Bundle, numbered_through, rows_by_command
from largesse.ledger.commands import (
    CaptureHold,
    CashOut,
    Command,
    Expire,
    HandOver,
    Issue,
    Redeem,
    RedeemByNumber,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    Transfer,
    fingerprint_of,
)
from largesse.ledger.condition_errors import CertificateMovedOn
from largesse.ledger.entering import decide_entry, decide_undo
from largesse.ledger.entries import PostEntry, UndoEntry
from largesse.ledger.entry_errors import EntryRefused
from largesse.ledger.errors import ClaimRefused, MemoRefused, OperationConflict
from largesse.ledger.events import USES
from largesse.ledger.fingerprints import Fingerprints
from largesse.ledger.model import (
    Certificate,
    Chain,
    Decision,
    Entry,
    Expiry,
    Hold,
    Kind,
    Outcome,
    PartKey,
    Redemption,
    SubjectKind,
    Undone,
)
from largesse.ledger.settlements import decide_settlement
from largesse.ledger.subjects import NO_EARLIER, EarlierEntries
from largesse.ledger.transfers import decide_transfer
from largesse.ledger.undoing import decide_reversal
from largesse.ledger.writing import effect

MEMO_MAX = 500
_GIVEN = Account.PROMOTIONAL_OUTSTANDING
_SETTING_ASIDE = (Kind.HOLD, Kind.RELEASE)
_PLACED = (Redeem, CaptureHold, Issue, Reload, CashOut)
"""What books something else at one location than at another."""

Key = tuple[UUID, UUID]


def touched(commands: Iterable[Command]) -> set[Key]:
    """Return the keys of all certificates that `commands` may change, but those that they name by number."""
    keys = set()
    for command in commands:
        if isinstance(command, RedeemByNumber | PostEntry | UndoEntry):
            continue
        keys.add((command.merchant_id, command.certificate_id))
        if isinstance(command, Transfer):
            keys.add((command.merchant_id, command.to_certificate_id))
        if isinstance(command, Reverse):
            keys |= {(command.merchant_id, carrier) for _, carrier in command.onward}
    return keys


def earlier_keys(commands: Iterable[Command]) -> tuple[set[Key], set[PartKey], set[PartKey]]:
    """Return the keys of the holds that `commands` end, and of the redemptions and expiries that they undo."""
    holds: set[Key] = set()
    redemptions: set[PartKey] = set()
    expiries: set[PartKey] = set()
    for command in commands:
        if isinstance(command, CaptureHold | ReleaseHold):
            holds.add((command.merchant_id, command.hold_id))
        elif isinstance(command, Reverse):
            redemptions.add((command.merchant_id, command.redemption_id, command.certificate_id))
        elif isinstance(command, Reinstate):
            expiries.add((command.merchant_id, command.expiry_id, command.certificate_id))
    return holds, redemptions, expiries


class Batch:
    """Settle commands one after another, each seeing what the ones before it did."""

    def __init__(
        self,
        *,
        books: Mapping[UUID, Books],
        fingerprints: Fingerprints,
        certificates: dict[Key, Certificate],
        known: dict[Key, list[Entry]],
        holds: dict[Key, Hold],
        redemptions: dict[PartKey, Redemption],
        expiries: dict[PartKey, Expiry],
        subjects: Mapping[Key, Chain] = MappingProxyType({}),
        earlier: EarlierEntries = NO_EARLIER,
    ) -> None:
        self.entries: list[Entry] = []
        self.events: list[Event] = []
        self._books = books
        self._fingerprints = fingerprints
        self._stored = certificates
        self._certificates = dict(certificates)
        self._known = dict(known)
        self._holds = dict(holds)
        self._redemptions = dict(redemptions)
        self._expiries = dict(expiries)
        self._subjects = dict(subjects)
        self._earlier = earlier.rows
        self._undone = dict.fromkeys(earlier.undone)
        self._moved_subjects: dict[Key, Chain] = {}
        self._moved_holds: dict[Key, Hold] = {}
        self._memos: dict[tuple[UUID, UUID, bytes], Memo] = {}

    def settle(self, asked: Asked) -> Outcome | LargesseError:
        """Return what a command does, what it did when it was first seen, or why it is refused."""
        command = asked.command
        operation = (command.merchant_id, command.operation_id)
        known = self._known.get(operation)
        if known is not None:
            return replay(known, fingerprint_of(command), self._fingerprints)
        decision = self._booked(asked, place=0, rows_before=0)
        if isinstance(decision, LargesseError):
            return decision
        self._known[operation] = list(decision.entries)
        return outcome_of(decision.entries)

    def settle_all(self, bundle: Bundle, salt: bytes) -> tuple[Outcome, ...] | LargesseError:
        """Return what each command of a bundle does or did, or why one is refused, with its `index`: then none does.

        They are decided on an overlay, which is dropped whole on the first refusal.
        """
        operation = (bundle.merchant_id, bundle.operation_id)
        known = self._known.get(operation)
        if known is not None:
            return replay_all(known, bundle, self._fingerprints)
        overlay = self._overlay()
        rows: list[Entry] = []
        outcomes = []
        for place, command in enumerate(bundle.told_apart()):
            decision = overlay._booked(Asked(command, salt), place=place, rows_before=len(rows))
            if isinstance(decision, LargesseError):
                decision.index = place
                return decision
            rows += decision.entries
            outcomes.append(outcome_of(decision.entries))
        overlay._known[operation] = rows
        vars(self).update(vars(overlay))
        return tuple(outcomes)

    def memos(self) -> list[Memo]:
        """Return what was said beside the operations."""
        return list(self._memos.values())

    def _booked(self, asked: Asked, *, place: int, rows_before: int) -> Decision | LargesseError:
        """Decide a command, book it, and remember what it changed; `place` is its own in a bundle."""
        command = asked.command
        books = self._books[command.merchant_id]
        decision = _refused(command, books) or self._decide(_placed(command, books), books)
        if isinstance(decision, LargesseError):
            return decision
        if place:
            decision = numbered_through(decision, place=place, rows_before=rows_before)
        standing: dict[UUID, Certificate | Chain] = {
            certificate.certificate_id: before
            for certificate in decision.certificates
            if (before := self._certificates.get((certificate.merchant_id, certificate.certificate_id))) is not None
        }
        for subject in decision.subjects:
            standing[subject.subject_id] = self._subjects[subject.merchant_id, subject.subject_id]
        fingerprint = self._fingerprints.made(fingerprint_of(command))
        decision, memo = booked(decision, asked, books, fingerprint=fingerprint, standing=standing)
        if memo is not None:
            self._memos[memo.merchant_id, memo.operation_id, memo.memo_hash] = memo
        self._remember(decision)
        return decision

    def _overlay(self) -> "Batch":
        """Return a batch that begins as this one stands, and leaves it as it is."""
        overlay = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list):
                setattr(overlay, name, value.copy())
        return overlay

    def opened(self) -> list[Certificate]:
        """Return the certificates that the batch created."""
        return [certificate for key, certificate in self._certificates.items() if key not in self._stored]

    def changed(self) -> list[Certificate]:
        """Return the certificates that stood before and are different now."""
        return [
            certificate
            for key, certificate in self._certificates.items()
            if key in self._stored and certificate is not self._stored[key]
        ]

    def moved_holds(self) -> list[Hold]:
        """Return the holds that were placed or ended."""
        return list(self._moved_holds.values())

    def moved_subjects(self) -> list[Chain]:
        """Return the subjects, other than certificates, whose chains have grown."""
        return list(self._moved_subjects.values())

    def _decide(self, command: Command, books: Books) -> Decision | LargesseError:
        if isinstance(command, PostEntry | UndoEntry):
            return self._enter(command, books)
        merchant_id, now, limit = command.merchant_id, books.now, books.redemptions_per_hour
        certificate = self._certificates.get((merchant_id, command.certificate_id))
        if certificate is not None and command.expected_seq not in {msgspec.UNSET, certificate.seq}:
            return CertificateMovedOn()
        if isinstance(command, Transfer):
            target = self._certificates.get((merchant_id, command.to_certificate_id))
            return decide_transfer(certificate, target, command, now, redemptions_per_hour=limit)
        if isinstance(command, Settle):
            return decide_settlement(certificate, command, now)
        if isinstance(command, CaptureHold | ReleaseHold):
            hold = self._holds.get((merchant_id, command.hold_id))
            return book.decide(certificate, command, now, hold, redemptions_per_hour=limit)
        if isinstance(command, Reverse):
            redemption = self._redemptions.get((merchant_id, command.redemption_id, command.certificate_id))
            carriers = {carrier: self._certificates.get((merchant_id, carrier)) for _, carrier in command.onward}
            return decide_reversal(certificate, redemption, command, now, carriers)
        if isinstance(command, Reinstate):
            expiry = self._expiries.get((merchant_id, command.expiry_id, command.certificate_id))
            return book.decide(certificate, command, now, expiry)
        return book.decide(certificate, command, now, redemptions_per_hour=limit)

    def _enter(self, command: PostEntry | UndoEntry, books: Books) -> Decision | LargesseError:
        subject = self._subjects.get((command.merchant_id, command.subject_id))
        if subject is None:  # it is said to be a certificate
            return EntryRefused()
        if isinstance(command, PostEntry):
            return decide_entry(subject, command, books.now)
        operation = (command.merchant_id, command.undoes)
        earlier = self._known.get(operation) or self._earlier.get(operation, [])
        undone = Undone(*operation, command.subject_id) in self._undone
        return decide_undo(subject, command, earlier, undone=undone, now=books.now)

    def _remember(self, decision: Decision) -> None:
        for certificate in decision.certificates:
            self._certificates[certificate.merchant_id, certificate.certificate_id] = certificate
        for subject in decision.subjects:
            self._subjects[subject.merchant_id, subject.subject_id] = subject
            self._moved_subjects[subject.merchant_id, subject.subject_id] = subject
        if decision.undone is not None:
            self._undone[decision.undone] = None
        self.entries.extend(decision.entries)
        self.events.extend(decision.events)
        hold, redemption, expiry = decision.hold, decision.redemption, decision.expiry
        if hold is not None:
            self._holds[hold.merchant_id, hold.hold_id] = hold
            self._moved_holds[hold.merchant_id, hold.hold_id] = hold
        if redemption is not None:
            part = redemption.merchant_id, redemption.operation_id, redemption.certificate_id
            before = self._redemptions.get(part)
            if before is not None and not redemption.reversed:
                # A bundle may spend twice from one certificate, and both are undone together.
                redemption = before.and_then(redemption)
            self._redemptions[part] = redemption
        for entry in decision.entries:
            if entry.kind is Kind.TRANSFER and entry.leg in POTS and entry.lot_id is not None:
                self._note_moved(entry, entry.lot_id)
        if expiry is not None:
            self._expiries[expiry.merchant_id, expiry.operation_id, expiry.certificate_id] = expiry

    def _note_moved(self, entry: Entry, lot_id: UUID) -> None:
        """Note of what was redeemed before that the rest of its lot has moved on, or is back."""
        for part, one in self._redemptions.items():
            if (one.merchant_id, one.certificate_id) == (entry.merchant_id, entry.subject_id):
                moved = one.moved | {lot_id} if entry.debit in OUTSTANDING else one.moved - {lot_id}
                self._redemptions[part] = replace(one, moved=moved)


def replay(known: Sequence[Entry], asked: bytes, fingerprints: Fingerprints) -> Outcome | LargesseError:
    """Return the first outcome of an operation that happened before; a conflict when this asks for another thing."""
    if not fingerprints.same(known[0], asked):
        return OperationConflict()
    return replace(outcome_of(known), replayed=True)


def replay_all(
    known: Sequence[Entry], bundle: Bundle, fingerprints: Fingerprints
) -> tuple[Outcome, ...] | LargesseError:
    """Return the first outcome of each command of a bundle that happened before, or a conflict."""
    parts = rows_by_command(known)
    if len(parts) != len(bundle.commands):
        return OperationConflict()
    outcomes = []
    for rows, command in zip(parts, bundle.told_apart(), strict=True):
        outcome = replay(rows, fingerprint_of(command), fingerprints)
        if isinstance(outcome, LargesseError):
            return outcome
        outcomes.append(outcome)
    return tuple(outcomes)


def outcome_of(entries: Sequence[Entry]) -> Outcome:
    """Return what an operation did, from the journal rows it wrote."""
    first = last = entries[0]
    sets_aside = first.kind in _SETTING_ASIDE
    amounts, changes, given_away = dict.fromkeys(Leg, 0), dict.fromkeys(Leg, 0), 0
    for entry in entries:
        if entry.subject_id == first.subject_id:
            last = entry
            if entry.leg is not None and entry.kind is first.kind:  # what moves on after it was undone has another
                amounts[entry.leg] += entry.amount or 0
                changes[entry.leg] += (
                    entry.held_change if sets_aside else effect(entry.debit, entry.credit, entry.amount)
                )
            if entry.leg is Leg.VALUE and entry.kind in USES and _GIVEN in (entry.debit, entry.credit):
                given_away += entry.amount or 0
    value, gratuity = changes[Leg.VALUE] + changes[Leg.DISCOUNT], changes[Leg.GRATUITY]
    if first.kind is not Kind.ADJUST:
        value, gratuity = abs(value), abs(gratuity)
    if first.subject_kind is not SubjectKind.CERTIFICATE:
        value = first.amount or 0
    return Outcome(
        merchant_id=first.merchant_id,
        certificate_id=first.subject_id,
        operation_id=first.operation_id,
        kind=first.kind,
        currency=first.currency,
        value=value,
        gratuity=gratuity,
        discount=amounts[Leg.DISCOUNT],
        included_tax=amounts[Leg.INCLUDED_TAX],
        added_tax=amounts[Leg.ADDED_TAX],
        given_away=given_away,
        balance=last.balance_after,
        held=last.held_after,
        gratuity_balance=last.gratuity_after,
        gratuity_held=last.gratuity_held_after,
        seq=last.seq,
        recorded_at=last.recorded_at,
    )


def _placed(command: Command, books: Books) -> Command:
    """Return a command that says where it happens, or what its merchant has set, where that makes a difference."""
    if command.where is None and isinstance(command, _PLACED):
        return replace(command, where=books.home)
    if isinstance(command, Expire | HandOver):
        return replace(command, tips_to=books.expired_gratuity)
    return command


def _refused(command: Command, books: Books) -> LargesseError | None:
    """Return why a command cannot be booked whatever it asks for; None where it can."""
    if command.memo is not None and (len(command.memo) > MEMO_MAX or not is_carried(command.memo)):
        return MemoRefused()  # it would not fit its place, nor every event that repeats it
    if command.claimed_at is not None and command.claimed_at > books.now:
        return ClaimRefused()
    refreshed_at = command.refreshed_at if isinstance(command, Redeem) else None
    if refreshed_at is not None and (command.claimed_at is None or command.claimed_at < refreshed_at):
        return ClaimRefused()
    return None
