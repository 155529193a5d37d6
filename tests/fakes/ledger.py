"""The ledger without a database: the same batches, kept in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import Certificate, Command, Entry, Hold, Kind, Leg, Outcome
from largesse.ledger.batch import Batch
from largesse.ledger.booking import Asked
from largesse.ledger.bundles import bundle_of
from largesse.ledger.fingerprints import Fingerprints
from largesse.ledger.model import Expiry, Redemption
from tests.builders.ledger import KEYRING, the_books

Key = tuple[UUID, UUID]


class MemoryLedger:
    """Settle batches against certificates, holds and a journal in memory."""

    def __init__(self) -> None:
        self.certificates: dict[Key, Certificate] = {}
        self.holds: dict[Key, Hold] = {}
        self.journal: list[Entry] = []
        self.events: list[Event] = []

    def post(self, commands: Sequence[Command], *, now: datetime) -> list[Outcome | LargesseError]:
        """Settle one batch, and keep what it did."""
        batch = self._batch(commands, now)
        outcomes = [batch.settle(Asked(command, bytes(16))) for command in commands]
        self._keep(batch)
        return outcomes

    def post_all(self, commands: Sequence[Command], *, now: datetime) -> tuple[Outcome, ...] | LargesseError:
        """Settle one bundle, and keep what it did."""
        batch = self._batch(commands, now)
        outcome = batch.settle_all(bundle_of(commands), bytes(16))
        self._keep(batch)
        return outcome

    def _batch(self, commands: Sequence[Command], now: datetime) -> Batch:
        return Batch(
            books={command.merchant_id: the_books(now, command.merchant_id) for command in commands},
            fingerprints=Fingerprints(KEYRING),
            certificates=self.certificates,
            known=self._known(),
            holds=self.holds,
            redemptions=self._redemptions(),
            expiries=self._expiries(),
        )

    def _keep(self, batch: Batch) -> None:
        for certificate in [*batch.opened(), *batch.changed()]:
            self.certificates[certificate.merchant_id, certificate.certificate_id] = certificate
        for hold in batch.moved_holds():
            self.holds[hold.merchant_id, hold.hold_id] = hold
        self.journal.extend(batch.entries)
        self.events.extend(batch.events)

    def _known(self) -> dict[Key, list[Entry]]:
        known: dict[Key, list[Entry]] = {}
        for entry in self.journal:
            known.setdefault((entry.merchant_id, entry.operation_id), []).append(entry)
        return known

    def _redemptions(self) -> dict[Key, Redemption]:
        undone = {entry.refers_to for entry in self.journal if entry.kind is Kind.REVERSE}
        return {
            key: Redemption(
                merchant_id=rows[0].merchant_id,
                certificate_id=rows[0].subject_id,
                operation_id=rows[0].operation_id,
                value=sum(row.amount or 0 for row in rows if row.leg == "value"),
                gratuity=sum(row.amount or 0 for row in rows if row.leg == "gratuity"),
                reversed=rows[0].operation_id in undone,
            )
            for key, rows in self._known().items()
            if rows[0].kind in {Kind.REDEEM, Kind.CAPTURE}
        }

    def _expiries(self) -> dict[Key, Expiry]:
        undone = {entry.refers_to for entry in self.journal if entry.kind is Kind.REINSTATE}
        found = {}
        for key, rows in self._known().items():
            if rows[0].kind is Kind.EXPIRE:
                bars = [
                    row.kind
                    for row in self.journal
                    if row.subject_id == rows[0].subject_id
                    and row.seq < rows[0].seq
                    and row.kind in {Kind.BLOCK, Kind.UNBLOCK}
                ]
                found[key] = Expiry(
                    merchant_id=rows[0].merchant_id,
                    certificate_id=rows[0].subject_id,
                    operation_id=rows[0].operation_id,
                    value=sum(row.amount or 0 for row in rows if row.leg is Leg.VALUE),
                    gratuity=sum(row.amount or 0 for row in rows if row.leg is Leg.GRATUITY),
                    blocked=bars[-1:] == [Kind.BLOCK],
                    undone=rows[0].operation_id in undone,
                )
        return found
