"""The ledger at work: `post` inside a caller's transaction, `submit` through group commit.

`submit` is only the batching face of `post`. Whoever needs other rows in the same transaction (an order that is
fulfilled) calls `post`.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from largesse.db import Connection, Database, GroupCommit, Writes, gathering
from largesse.kernel.clock import aware
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import store
from largesse.ledger.batch import Batch, earlier_keys, replay, touched
from largesse.ledger.commands import Command
from largesse.ledger.model import Certificate, Entry, Hold, Outcome, Settlement

Publish = Callable[[Writes, Sequence[Event]], None]
"""Add events for the outbox to what the transaction that caused them writes."""


class Submitted(NamedTuple):
    """Pair a command with the moment its interface received it."""

    command: Command
    now: datetime


class Ledger:
    """Keep the books of one database. Use with `async with`; leaving it finishes what was accepted."""

    def __init__(self, database: Database, *, publish: Publish, runners: int = 1) -> None:
        self._publish = publish
        # Told of each command and what was decided, for whoever counts; a transaction tried again counts again.
        self.on_outcome: Callable[[Command, Outcome | LargesseError], None] | None = None
        self.commits: GroupCommit[Submitted, Outcome] = GroupCommit(
            database, self._handle, merchant_of=lambda one: one.command.merchant_id, runners=runners
        )

    async def __aenter__(self) -> Self:
        await self.commits.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.commits.__aexit__(*error)

    async def submit(self, command: Command, *, now: datetime) -> Outcome:
        """Return what `command` did, once it is durable. Many callers share one transaction.

        Raises:
            LargesseError: the command is refused (`ledger.errors`); nothing was written.
            Unavailable: too much waits, or the database is out of reach; submit it again under the same operation id.
        """
        return await self.commits.submit(Submitted(command, aware(now)))

    async def post(
        self, connection: Connection, commands: Sequence[Command], *, now: datetime
    ) -> list[Outcome | LargesseError]:
        """Decide and write `commands` in order inside the caller's transaction; one outcome or refusal for each.

        A refused command writes nothing; it is the caller's choice whether the transaction goes on. Certificates are
        locked until the transaction ends, so callers lock their own rows first and post once.
        """
        return await self._handle(connection, [Submitted(command, aware(now)) for command in commands])

    def post_fresh(
        self, writes: Writes, commands: Sequence[Command], *, now: datetime
    ) -> list[Outcome | LargesseError]:
        """Decide `commands` of which no certificate and no operation stands yet, and add what they do to `writes`.

        So nothing needs to be looked up; were the promise broken, the tables' keys would refuse the whole transaction.
        The outcomes hold once `writes` are sent.
        """
        requests = [Submitted(command, aware(now)) for command in commands]
        return self._settle(writes, requests, Batch(certificates={}, known={}, holds={}, redemptions={}, expiries={}))

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
        self, connection: Connection, merchant_id: UUID, operation_ids: Collection[UUID]
    ) -> list[list[Entry]]:
        """Return the journal rows of those operations that happened, operation by operation."""
        found = await store.find_operations(connection, [(merchant_id, one) for one in operation_ids])
        return list(found.values())

    async def settlements(
        self, connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]
    ) -> list[Settlement]:
        """Return what was settled of refunds that are named, for some certificates."""
        return await store.settlements(connection, merchant_id, certificate_ids)

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
        outcome = replay(known[merchant_id, operation_id], fingerprint)
        if isinstance(outcome, LargesseError):
            raise outcome
        return outcome

    async def _handle(self, connection: Connection, requests: Sequence[Submitted]) -> list[Outcome | LargesseError]:
        commands = [request.command for request in requests]
        locked = await store.lock_certificates(connection, touched(commands))
        operations = [(command.merchant_id, command.operation_id) for command in commands]
        # Read after the locks are held: whoever wrote the same operation a moment ago has committed by now.
        known = await store.find_operations(connection, operations)
        hold_keys, redemption_keys, expiry_keys = earlier_keys(commands)
        batch = Batch(
            certificates=locked,
            known=known,
            holds=await store.find_holds(connection, hold_keys) if hold_keys else {},
            redemptions=await store.find_redemptions(connection, redemption_keys) if redemption_keys else {},
            expiries=await store.find_expiries(connection, expiry_keys) if expiry_keys else {},
        )
        async with gathering(connection) as writes:
            return self._settle(writes, requests, batch)

    def _settle(self, writes: Writes, requests: Sequence[Submitted], batch: Batch) -> list[Outcome | LargesseError]:
        outcomes = [batch.settle(command, now) for command, now in requests]
        store.write(
            writes,
            opened=batch.opened(),
            changed=batch.changed(),
            entries=batch.entries,
            holds=batch.moved_holds(),
        )
        self._publish(writes, batch.events)
        if self.on_outcome is not None:
            for (command, _), outcome in zip(requests, outcomes, strict=True):
                self.on_outcome(command, outcome)
        return outcomes
