"""A ledger in memory that is asked in few words, and compared with the journal that a test's docstring writes down."""

import inspect
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from largesse.kernel.errors import LargesseError
from largesse.ledger import Command, Entry, Kind, Outcome, SubjectKind
from largesse.ledger.entry_rules import ENTRY_POSTINGS, MANUAL_ACCOUNTS, UNDOES, EntryPosting
from largesse.ledger.events import CertificateChanged
from largesse.ledger.postings import POSTINGS, Posting
from tests.builders.ledger import MERCHANT, NOW, issue
from tests.fakes.ledger import MemoryLedger

CARD, OTHER = UUID(int=1), UUID(int=2)


class Book:
    """A ledger with one certificate of 100.00 and 15.00 gratuity, and short ways to ask it."""

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.now = NOW
        self.do(issue(value=10_000, gratuity=1_500, certificate_id=CARD, operation_id=UUID(int=100)))
        self.ledger.journal.clear()

    def do(self, command: Command) -> Outcome:
        """Post a command that must be accepted."""
        [outcome] = self.ledger.post([command], now=self.now)
        assert not isinstance(outcome, LargesseError), outcome.code
        for entry in self.ledger.journal:
            assert self._in_the_table(entry), entry
        return outcome

    def _in_the_table(self, entry: Entry) -> bool:
        if entry.subject_kind is SubjectKind.CERTIFICATE:
            return self._posting(entry) in POSTINGS
        if entry.kind is Kind.MANUAL_ENTRY:
            return {entry.debit, entry.credit} <= MANUAL_ACCOUNTS
        reason = None if entry.kind in UNDOES else entry.reason
        return EntryPosting(entry.subject_kind, entry.kind, reason, entry.debit, entry.credit) in ENTRY_POSTINGS

    def do_all(self, commands: Sequence[Command]) -> tuple[Outcome, ...]:
        """Post a bundle that must be accepted."""
        outcomes = self.ledger.post_all(commands, now=self.now)
        assert not isinstance(outcomes, LargesseError), outcomes.code
        return outcomes

    def _posting(self, entry: Entry) -> Posting:
        """What the table of postings has of a row."""
        one = self.ledger.certificates[entry.merchant_id, entry.subject_id]
        source = next((lot.source for lot in one.lots if lot.lot_id == entry.lot_id), None)
        return Posting(one.class_of_value, source, entry.kind, entry.leg, entry.debit, entry.credit)

    def told(self) -> list[CertificateChanged]:
        """Return what the events so far say."""
        return [msgspec.json.decode(event.payload, type=CertificateChanged) for event in self.ledger.events]

    def refusal(self, command: Command) -> str:
        """Post a command that must be refused, and return the code."""
        rows = len(self.ledger.journal)
        [outcome] = self.ledger.post([command], now=self.now)
        assert isinstance(outcome, LargesseError)
        assert len(self.ledger.journal) == rows
        return outcome.code

    def expect(self, test: Any) -> None:
        """Compare the journal with the docstring of `test`."""
        expected = [
            line.split("#")[0].split()
            for line in (inspect.getdoc(test) or "").splitlines()
            if " < " in line or "|" in line
        ]
        assert [_written(entry) for entry in self.ledger.journal] == expected


def _written(entry: Entry) -> list[str]:
    moved = [entry.debit or "", "<", entry.credit or "", str(entry.amount)] if entry.amount else []
    held = ["held", f"{entry.held_change:+}"] if entry.held_change else []
    state = f"{entry.balance_after}/{entry.held_after}+{entry.gratuity_after}/{entry.gratuity_held_after}"
    return [entry.kind, entry.leg or "-", *moved, *held, "|", state]


def about(number: int, certificate_id: UUID = CARD) -> dict[str, Any]:
    """What every command carries; `number` is its operation."""
    return {
        "merchant_id": MERCHANT,
        "certificate_id": certificate_id,
        "operation_id": UUID(int=number),
        "actor": "test",
    }
