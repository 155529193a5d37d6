"""The ledger at work: `post` inside a caller's transaction, `submit` through group commit.

`submit` is only the batching face of `post`. Whoever needs other rows in the same transaction (an order that is
fulfilled) calls `post`.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from msgspec.structs import replace

from largesse.db import Connection, Database, GroupCommit, Locked, Writes, gathering
from largesse.kernel.clock import aware
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.kernel.sealing import Keyring
from largesse.kernel.where import Where
from largesse.ledger import seals, store
from largesse.ledger.accounts import Account
from largesse.ledger.batch import Batch, Key, earlier_keys, replay
from largesse.ledger.booking import Asked
from largesse.ledger.books import Books
from largesse.ledger.bundles import Bundle, bundle_of, commands_of
from largesse.ledger.commands import Command
from largesse.ledger.entries import OpenItem
from largesse.ledger.errors import OperationConflict
from largesse.ledger.fingerprints import Fingerprints
from largesse.ledger.model import Certificate, Chain, Entry, Hold, Outcome, SubjectKind
from largesse.ledger.numbered import Owners, named, numbers_of
from largesse.ledger.settlements import PaidRefund, Settlement
from largesse.ledger.subjects import (
    PartnerBalance,
    find_earlier,
    paid_refunds,
    partner_balances,
    rows_of_item,
    settlements,
    subjects_of,
    take_free_subjects,
    take_subjects,
    write_subjects,
)
from largesse.ledger.wanted import one_of, wanted

Outcomes = Outcome | tuple[Outcome, ...]
"""What a command did, or each command of a bundle."""

Publish = Callable[[Writes, Sequence[Event]], None]
"""Add events for the outbox to what the transaction that caused them writes."""


SALT_BYTES = 16


class Submitted(NamedTuple):
    """Pair a command, or a bundle, with the moment its interface received it."""

    command: Command | Bundle
    now: datetime

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands that are decided."""
        return commands_of(self.command)

    def named(self, owners: Owners) -> "Submitted":
        """Return it as if it had named its certificates by their ids."""
        return Submitted(named(self.command, owners), self.now) if owners or numbers_of(self.commands) else self


async def keep_home(
    connection: Connection,
    where: Where,
    *,
    redemptions_per_hour: int | None = None,
    expired_gratuity: Account = Account.BREAKAGE_OF_GRATUITIES,
) -> None:
    """Open a merchant's books, or change where everything happens in them that names no location.

    With it how often one certificate may be redeemed within an hour (None: as often as one likes), and where gratuity
    goes that expires: to `breakage_of_gratuities` or `gratuities_payable`.
    """
    await store.keep_home(
        connection, where, redemptions_per_hour=redemptions_per_hour, expired_gratuity=expired_gratuity
    )


class Ledger:
    """Keep the books of one database. Use with `async with`; leaving it finishes what was accepted.

    The books go by the database's clock. With `told_time` they go by the `now` of whoever asks: for tests and tools
    that live through years in a second.
    """

    def __init__(
        self, database: Database, *, keyring: Keyring, publish: Publish, runners: int = 1, told_time: bool = False
    ) -> None:
        self._publish = publish
        self._fingerprints = Fingerprints(keyring)
        self._told_time = told_time
        # Told of each command and what was decided, for whoever counts; a transaction tried again counts again.
        self.on_outcome: Callable[[Command, Outcome | LargesseError], None] | None = None
        self.commits: GroupCommit[Submitted, Outcomes] = GroupCommit(
            database,
            self._handle_free,
            patient=self._handle,
            merchant_of=lambda one: one.command.merchant_id,
            weigh=lambda one: len(one.commands),
            runners=runners,
        )

    async def __aenter__(self) -> Self:
        await self.commits.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.commits.__aexit__(*error)

    async def submit(self, command: Command, *, now: datetime, bulk: bool = False) -> Outcome:
        """Return what `command` did, once it is durable. Many callers share one transaction.

        `bulk` is for what nobody waits for at a till.

        Raises:
            LargesseError: the command is refused (`ledger.errors`); nothing was written.
            Unavailable: too much waits, or the database is out of reach; submit it again under the same operation id.
        """
        outcome = await self.commits.submit(Submitted(command, aware(now)), bulk=bulk)
        assert isinstance(outcome, Outcome), "a command has one outcome"
        return outcome

    async def submit_all(
        self, commands: Sequence[Command], *, now: datetime, bulk: bool = False
    ) -> tuple[Outcome, ...]:
        """Return what each of `commands` did, once all are durable: they happen together, or none does.

        They are one operation: of one merchant, under one operation id, at most `BUNDLE_MAX` (`bundles.bundle_of`).

        Raises:
            LargesseError: one is refused, and `index` says which; nothing was written.
            Unavailable: as `submit`.
            ValueError: they cannot be one operation.
        """
        outcomes = await self.commits.submit(Submitted(bundle_of(commands), aware(now)), bulk=bulk)
        assert not isinstance(outcomes, Outcome), "a bundle has an outcome for each command"
        return outcomes

    async def post(
        self, connection: Connection, commands: Sequence[Command], *, now: datetime
    ) -> list[Outcome | LargesseError]:
        """Decide and write `commands` in order inside the caller's transaction; one outcome or refusal for each.

        A refused command writes nothing; it is the caller's choice whether the transaction goes on. Certificates are
        locked until the transaction ends, so callers lock their own rows first and post once.
        """
        if not commands:
            return []
        outcomes = await self._handle(connection, [Submitted(command, aware(now)) for command in commands])
        return [outcome for outcome in outcomes if not isinstance(outcome, tuple)]

    async def post_all(
        self, connection: Connection, commands: Sequence[Command], *, now: datetime
    ) -> tuple[Outcome, ...] | LargesseError:
        """Decide and write `commands` as one operation inside the caller's transaction, as `submit_all` and `post` do.

        Of what is refused nothing is written, and the caller may post something else instead.
        """
        [outcome] = await self._handle(connection, [Submitted(bundle_of(commands), aware(now))])
        assert not isinstance(outcome, Outcome), "a bundle has an outcome for each command"
        return outcome

    async def open_books(
        self, connection: Connection, merchant_ids: Iterable[UUID], *, now: datetime
    ) -> dict[UUID, Books]:
        """Return the books of merchants, kept from being sealed or closed until the transaction ends.

        Raises:
            BooksMissing: a merchant has none.
        """
        books = await store.open_books(connection, set(merchant_ids))
        return {key: replace(one, clock=aware(now)) for key, one in books.items()} if self._told_time else books

    async def move_cut(self, connection: Connection, merchant_id: UUID, *, now: datetime) -> datetime:
        """Move the moment up to which a merchant's books are sealed, as `seals.move_cut` does, and return it."""
        return await seals.move_cut(connection, merchant_id, told=aware(now) if self._told_time else None)

    def post_fresh(
        self, writes: Writes, commands: Sequence[Command], books: Mapping[UUID, Books]
    ) -> list[Outcome | LargesseError]:
        """Decide `commands` of which no certificate and no operation stands yet, and add what they do to `writes`.

        So nothing needs to be looked up but the `books`; were the promise broken, the tables' keys would refuse the
        whole transaction. The outcomes hold once `writes` are sent.
        """
        batch = Batch(
            books=books,
            fingerprints=self._fingerprints,
            certificates={},
            known={},
            holds={},
            redemptions={},
            expiries={},
        )
        outcomes = self._settle(writes, commands, batch)
        return [outcome for outcome in outcomes if not isinstance(outcome, tuple)]

    async def find(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> Certificate | None:
        """Return a certificate as it stands, or None."""
        return await store.find_certificate(connection, (merchant_id, certificate_id))

    async def lock(
        self, connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
    ) -> dict[UUID, Certificate]:
        """Return certificates as they stand, by id; nobody else changes them before the caller's transaction ends.

        For callers that work out a command from what a certificate holds. They are locked in the order of their ids, as
        every batch locks its own; those that do not exist are missing.
        """
        locked = await store.lock_certificates(connection, [(merchant_id, one) for one in certificate_ids])
        return {certificate_id: certificate for (_, certificate_id), certificate in locked.items()}

    async def statement(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> list[Entry]:
        """Return a certificate's journal, oldest row first."""
        return await store.statement(connection, (merchant_id, certificate_id))

    async def operations(
        self, connection: Connection, merchant_id: UUID, operation_ids: Collection[UUID], *, fingerprint: bytes
    ) -> list[list[Entry]]:
        """Return the journal rows of those operations of one request that happened, operation by operation.

        Raises:
            OperationConflict: one of them was used for something else.
        """
        found = await store.find_operations(connection, [(merchant_id, one) for one in operation_ids])
        if not all(self._fingerprints.same(rows[0], fingerprint) for rows in found.values()):
            raise OperationConflict
        return list(found.values())

    async def first_row(
        self, connection: Connection, merchant_id: UUID, operation_id: UUID, certificate_id: UUID | None = None
    ) -> Entry | None:
        """Return the first journal row of an operation (on a certificate), for whoever undoes it where it was."""
        found = await store.find_operations(connection, [(merchant_id, operation_id)])
        rows = found.get((merchant_id, operation_id), [])
        return next((row for row in rows if certificate_id in (None, row.subject_id)), None)

    async def settlements(
        self, connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
    ) -> list[Settlement]:
        """Return what was booked of refunds that are named, for some certificates."""
        return await settlements(connection, merchant_id, certificate_ids)

    async def paid_refunds(
        self, connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
    ) -> list[PaidRefund]:
        """Return what was booked as paid of refunds that name one of some certificates, in the order it was booked."""
        return await paid_refunds(connection, merchant_id, certificate_ids)

    async def rows_of_item(self, connection: Connection, merchant_id: UUID, item: OpenItem) -> list[Entry]:
        """Return every journal row that names an open item, in the order of its subject's rows."""
        return await rows_of_item(connection, merchant_id, item)

    async def lock_subject(self, connection: Connection, merchant_id: UUID, kind: SubjectKind, subject_id: UUID) -> int:
        """Keep a subject that is no certificate as it is until the caller's transaction ends.

        For callers that work out from the books what is booked of it. Return how many rows it has.
        """
        key = merchant_id, subject_id
        return (await take_subjects(connection, {key: kind}))[key].seq

    async def happened(self, connection: Connection, merchant_id: UUID, operation_id: UUID) -> bool:
        """Return whether an operation happened."""
        return bool(await store.find_operations(connection, [(merchant_id, operation_id)]))

    async def partner_balances(self, connection: Connection, merchant_id: UUID) -> list[PartnerBalance]:
        """Return what each partner owes and is owed, by currency, from the journal alone."""
        return await partner_balances(connection, merchant_id)

    async def open_holds(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> list[Hold]:
        """Return a certificate's open holds, oldest first."""
        return await store.open_holds(connection, (merchant_id, certificate_id))

    async def replayed(
        self, connection: Connection, merchant_id: UUID, operation_id: UUID, *, fingerprint: bytes
    ) -> Outcome | None:
        """Return the first outcome of an operation that happened before, else None.

        For services that check more than the ledger does before they post: what happened is told again, whatever has
        changed since. Those that work on the certificate under its lock ask under it, too.

        Raises:
            OperationConflict: the operation id was used for something else.
        """
        known = await store.find_operations(connection, [(merchant_id, operation_id)])
        if not known:
            return None
        outcome = replay(known[merchant_id, operation_id], fingerprint, self._fingerprints)
        if isinstance(outcome, LargesseError):
            raise outcome
        return outcome

    async def _handle_free(
        self, connection: Connection, requests: Sequence[Submitted]
    ) -> list[Outcomes | LargesseError | Locked]:
        """Settle the requests whose certificates nobody else has locked, and say of the others what they wait for."""
        books = await self._books_of(connection, requests)
        taken = await store.take_free_certificates(connection, *wanted(_commands(requests)))
        subjects = subjects_of(_commands(requests))
        others = await take_free_subjects(connection, subjects.keys())
        requests = [request.named(taken.owners) for request in requests]
        elsewhere = {*taken.elsewhere, *(subjects.keys() - others.keys())}
        waiting = {
            place: key
            for place, request in enumerate(requests)
            if (key := one_of(elsewhere, request.commands)) is not None
        }
        free = [request for place, request in enumerate(requests) if place not in waiting]
        settled = iter(await self._handle_locked(connection, free, books, taken.certificates, others) if free else ())
        return [Locked(waiting[place]) if place in waiting else next(settled) for place in range(len(requests))]

    async def _handle(self, connection: Connection, requests: Sequence[Submitted]) -> list[Outcomes | LargesseError]:
        """Settle requests, and wait for whoever has locked their certificates."""
        books = await self._books_of(connection, requests)
        taken = await store.take_certificates(connection, *wanted(_commands(requests)))
        others = await take_subjects(connection, subjects_of(_commands(requests)))
        requests = [request.named(taken.owners) for request in requests]
        return await self._handle_locked(connection, requests, books, taken.certificates, others)

    async def _books_of(self, connection: Connection, requests: Sequence[Submitted]) -> dict[UUID, Books]:
        merchants = {request.command.merchant_id for request in requests}
        return await self.open_books(connection, merchants, now=max(request.now for request in requests))

    async def _handle_locked(
        self,
        connection: Connection,
        requests: Sequence[Submitted],
        books: Mapping[UUID, Books],
        certificates: dict[Key, Certificate],
        subjects: Mapping[Key, Chain],
    ) -> list[Outcomes | LargesseError]:
        commands = _commands(requests)
        operations = [(request.command.merchant_id, request.command.operation_id) for request in requests]
        # Read after the locks are held: whoever wrote the same operation a moment ago has committed by now.
        known = await store.find_operations(connection, operations)
        hold_keys, redemption_keys, expiry_keys = earlier_keys(commands)
        batch = Batch(
            books=books,
            fingerprints=self._fingerprints,
            certificates=certificates,
            known=known,
            holds=await store.find_holds(connection, hold_keys) if hold_keys else {},
            redemptions=await store.find_redemptions(connection, redemption_keys) if redemption_keys else {},
            expiries=await store.find_expiries(connection, expiry_keys) if expiry_keys else {},
            subjects=subjects,
            earlier=await find_earlier(connection, commands),
        )
        async with gathering(connection) as writes:
            return self._settle(writes, [request.command for request in requests], batch)

    def _settle(
        self, writes: Writes, asked: Sequence[Command | Bundle], batch: Batch
    ) -> list[Outcomes | LargesseError]:
        salts = os.urandom(SALT_BYTES * len(asked))
        outcomes: list[Outcomes | LargesseError] = []
        for place, one in enumerate(asked):
            salt = salts[SALT_BYTES * place : SALT_BYTES * (place + 1)]
            outcomes.append(batch.settle_all(one, salt) if isinstance(one, Bundle) else batch.settle(Asked(one, salt)))
        store.write(
            writes,
            opened=batch.opened(),
            changed=batch.changed(),
            entries=batch.entries,
            memos=batch.memos(),
            holds=batch.moved_holds(),
        )
        write_subjects(writes, batch.moved_subjects())
        self._publish(writes, batch.events)
        if self.on_outcome is not None:
            for one, outcome in zip(asked, outcomes, strict=True):
                self._tell(one, outcome)
        return outcomes

    def _tell(self, asked: Command | Bundle, outcome: Outcomes | LargesseError) -> None:
        """Report each command to whoever counts; of a bundle that is refused, the one that was."""
        assert self.on_outcome is not None
        if isinstance(outcome, tuple):
            for command, one in zip(commands_of(asked), outcome, strict=True):
                self.on_outcome(command, one)
        else:
            at_fault = outcome.index if isinstance(outcome, LargesseError) else None
            self.on_outcome(commands_of(asked)[at_fault or 0], outcome)


def _commands(requests: Sequence[Submitted]) -> list[Command]:
    return [command for request in requests for command in request.commands]
