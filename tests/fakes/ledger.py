"""The ledger without a database: the same batches, kept in memory."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Certificate, Command, Entry, Hold, Kind, Leg, Outcome
from largesse.ledger.accounts import POTS
from largesse.ledger.batch import Batch
from largesse.ledger.booking import Asked
from largesse.ledger.bundles import bundle_of
from largesse.ledger.entry_rules import UNDOES
from largesse.ledger.fingerprints import Fingerprints
from largesse.ledger.lots import Share
from largesse.ledger.model import Chain, Expiry, PartKey, Redemption, Undone, Use
from largesse.ledger.subjects import EarlierEntries, subjects_of
from largesse.ledger.tax_lines import TaxLine
from tests.builders.ledger import KEYRING, the_books

Key = tuple[UUID, UUID]


class MemoryLedger:
    """Settle batches against certificates, holds and a journal in memory."""

    def __init__(
        self,
        *,
        redemptions_per_hour: int | None = None,
        expired_gratuity: Account = Account.BREAKAGE_OF_GRATUITIES,
    ) -> None:
        self.redemptions_per_hour = redemptions_per_hour
        self.expired_gratuity = expired_gratuity
        self.open_from: datetime | None = None
        self.certificates: dict[Key, Certificate] = {}
        self.holds: dict[Key, Hold] = {}
        self.subjects: dict[Key, Chain] = {}
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
            books={
                command.merchant_id: the_books(
                    now,
                    command.merchant_id,
                    redemptions_per_hour=self.redemptions_per_hour,
                    expired_gratuity=self.expired_gratuity,
                    open_from=self.open_from,
                )
                for command in commands
            },
            fingerprints=Fingerprints(KEYRING),
            certificates=self.certificates,
            known=self._known(),
            holds=self.holds,
            redemptions=self._redemptions(),
            expiries=self._expiries(),
            subjects=self._subjects_for(commands),
            earlier=self._earlier(),
        )

    def _keep(self, batch: Batch) -> None:
        for certificate in [*batch.opened(), *batch.changed()]:
            self.certificates[certificate.merchant_id, certificate.certificate_id] = certificate
        for subject in batch.moved_subjects():
            self.subjects[subject.merchant_id, subject.subject_id] = subject
        for hold in batch.moved_holds():
            self.holds[hold.merchant_id, hold.hold_id] = hold
        self.journal.extend(batch.entries)
        self.events.extend(batch.events)

    def _subjects_for(self, commands: Sequence[Command]) -> dict[Key, Chain]:
        """Return the subjects as they stand, and those that commands are about for the first time."""
        new = {
            key: Chain(merchant_id=key[0], subject_id=key[1], subject_kind=kind)
            for key, kind in subjects_of(commands).items()
        }
        return new | self.subjects

    def _earlier(self) -> EarlierEntries:
        undone = {
            Undone(entry.merchant_id, entry.refers_to, entry.subject_id)
            for entry in self.journal
            if entry.kind in UNDOES and entry.refers_to is not None
        }
        return EarlierEntries(self._known(), undone)

    def _known(self) -> dict[Key, list[Entry]]:
        known: dict[Key, list[Entry]] = {}
        for entry in self.journal:
            known.setdefault((entry.merchant_id, entry.operation_id), []).append(entry)
        return known

    def _parts(self, *kinds: Kind) -> dict[PartKey, list[Entry]]:
        """The rows of some kinds, by operation and certificate."""
        parts: dict[PartKey, list[Entry]] = {}
        for entry in self.journal:
            if entry.kind in kinds:
                parts.setdefault((entry.merchant_id, entry.operation_id, entry.subject_id), []).append(entry)
        return parts

    def _undone(self, kind: Kind) -> set[tuple[UUID | None, UUID]]:
        return {(entry.refers_to, entry.subject_id) for entry in self.journal if entry.kind is kind}

    def _redemptions(self) -> dict[PartKey, Redemption]:
        undone = self._undone(Kind.REVERSE)
        return {
            key: Redemption(
                merchant_id=rows[0].merchant_id,
                certificate_id=rows[0].subject_id,
                operation_id=rows[0].operation_id,
                uses=tuple(self._use(list(mine)) for _, mine in groupby(rows, key=lambda row: row.fingerprint)),
                moved=self._moved(rows),
                reversed=(rows[0].operation_id, rows[0].subject_id) in undone,
            )
            for key, rows in self._parts(Kind.REDEEM, Kind.CAPTURE).items()
        }

    def _use(self, rows: list[Entry]) -> Use:
        elsewhere = next((row.legal_entity_id for row in rows if row.debit is Account.BETWEEN_ENTITIES), None)
        return Use(
            shares=self._shares(rows),
            location_id=rows[0].location_id,
            used_in=elsewhere or rows[0].legal_entity_id,
            crossed=frozenset(row.lot_id for row in rows if row.credit is Account.BETWEEN_ENTITIES and row.lot_id),
            books_sale=rows[0].books_sale or BooksSale.LARGESSE,
            taxes=tuple(
                TaxLine(row.tax_country, row.tax_rate_ppm or 0, row.taxable_amount or 0, row.tax_amount or 0)
                for row in rows
                if row.leg is Leg.TAX_DUE
            ),
            memorandum=any(row.debit is Account.PROMOTIONAL_OUTSTANDING for row in rows),
        )

    def _moved(self, rows: list[Entry]) -> frozenset[UUID]:
        """The lots of an operation whose last transfer since went away from its certificate."""
        went = {
            row.lot_id: row.credit is Account.TRANSFERS
            for row in self.journal
            if row.kind is Kind.TRANSFER
            and row.leg in POTS
            and row.subject_id == rows[0].subject_id
            and row.seq > rows[0].seq
        }
        return frozenset(lot_id for lot_id, away in went.items() if away and lot_id)

    def _shares(self, rows: list[Entry]) -> tuple[Share, ...]:
        """What an operation took of each lot; of added tax, what the lot's row before had more."""
        shares = []
        for lot_id in dict.fromkeys(row.lot_id for row in rows if row.lot_id is not None):
            mine = [row for row in rows if row.lot_id == lot_id]
            earlier = [
                row
                for row in self.journal
                if row.subject_id == mine[0].subject_id and row.lot_id == lot_id and row.seq < mine[0].seq
            ]
            amounts = {
                leg: sum(row.amount or 0 for row in mine if row.leg is leg)
                for leg in (Leg.VALUE, Leg.GRATUITY, Leg.DISCOUNT, Leg.INCLUDED_TAX)
            }
            shares.append(
                Share(
                    lot_id=lot_id,
                    face=amounts[Leg.VALUE],
                    gratuity=amounts[Leg.GRATUITY],
                    discount=amounts[Leg.DISCOUNT],
                    included_tax=amounts[Leg.INCLUDED_TAX],
                    added_tax=(earlier[-1].lot_added_tax_after or 0) - (mine[-1].lot_added_tax_after or 0)
                    if earlier
                    else 0,
                )
            )
        return tuple(shares)

    def _expiries(self) -> dict[PartKey, Expiry]:
        undone = self._undone(Kind.REINSTATE)
        found = {}
        for key, rows in self._parts(Kind.EXPIRE).items():
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
                shares=self._shares(rows),
                blocked=bars[-1:] == [Kind.BLOCK],
                tips_to=next((row.credit for row in rows if row.leg is Leg.GRATUITY and row.credit), Account.BREAKAGE),
                undone=(rows[0].operation_id, rows[0].subject_id) in undone,
            )
        return found
