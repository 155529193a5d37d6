"""The ledger at work: `post` inside a caller's transaction, `submit` through group commit.

`submit` is only the batching face of `post`. Whoever needs other rows in the same transaction (an order that is
fulfilled) calls `post`.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

from largesse.db import Connection, Database, GroupCommit
from largesse.kernel.clock import aware
from largesse.kernel.errors import LargesseError
from largesse.kernel.events import Event
from largesse.ledger import store
from largesse.ledger.batch import Batch, earlier_keys, touched
from largesse.ledger.commands import Command
from largesse.ledger.model import Certificate, Entry, Hold, Outcome

Publish = Callable[[Connection, Sequence[Event]], Awaitable[None]]
"""Write events to the outbox within the transaction that caused them."""


class Request(NamedTuple):
    """Pair a command with the moment its door received it."""

    command: Command
    now: datetime


class Ledger:
    """Keep the books of one database. Use with `async with`; leaving it finishes what was accepted."""

    def __init__(self, database: Database, *, publish: Publish, runners: int = 1) -> None:
        self._publish = publish
        # Told of each command and what was decided, for whoever counts; a transaction tried again counts again.
        self.on_outcome: Callable[[Command, Outcome | LargesseError], None] | None = None
        self.commits: GroupCommit[Request, Outcome] = GroupCommit(database, self._handle, runners=runners)

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
        return await self.commits.submit(Request(command, aware(now)))

    async def post(
        self, connection: Connection, commands: Sequence[Command], *, now: datetime, fresh: bool = False
    ) -> list[Outcome | LargesseError]:
        """Decide and write `commands` in order inside the caller's transaction; one outcome or refusal for each.

        `fresh` promises that no certificate and no operation of theirs stands yet, so that nothing needs to be looked
        up; were it wrong, the tables' keys would refuse the whole transaction.

        A refused command writes nothing; it is the caller's choice whether the transaction goes on. Certificates are
        locked until the transaction ends, so callers lock their own rows first and post once.
        """
        requests = [Request(command, aware(now)) for command in commands]
        if fresh:
            return await self._settle(connection, requests, Batch(certificates={}, known={}, holds={}, redemptions={}))
        return await self._handle(connection, requests)

    async def find(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> Certificate | None:
        """Return a certificate as it stands, or None."""
        return await store.find_certificate(connection, (merchant_id, certificate_id))

    async def statement(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> list[Entry]:
        """Return a certificate's journal, oldest row first."""
        return await store.statement(connection, (merchant_id, certificate_id))

    async def open_holds(self, connection: Connection, merchant_id: UUID, certificate_id: UUID) -> list[Hold]:
        """Return a certificate's open holds, oldest first."""
        return await store.open_holds(connection, (merchant_id, certificate_id))

    async def _handle(self, connection: Connection, requests: Sequence[Request]) -> list[Outcome | LargesseError]:
        commands = [request.command for request in requests]
        locked = await store.lock_certificates(connection, touched(commands))
        operations = [(command.merchant_id, command.operation_id) for command in commands]
        # Read after the locks are held: whoever wrote the same operation a moment ago has committed by now.
        known = await store.find_operations(connection, operations)
        hold_keys, redemption_keys = earlier_keys(commands)
        batch = Batch(
            certificates=locked,
            known=known,
            holds=await store.find_holds(connection, hold_keys) if hold_keys else {},
            redemptions=await store.find_redemptions(connection, redemption_keys) if redemption_keys else {},
        )
        return await self._settle(connection, requests, batch)

    async def _settle(
        self, connection: Connection, requests: Sequence[Request], batch: Batch
    ) -> list[Outcome | LargesseError]:
        outcomes = [batch.settle(command, now) for command, now in requests]
        if batch.entries:
            await store.write(
                connection,
                opened=batch.opened(),
                changed=batch.changed(),
                entries=batch.entries,
                holds=batch.moved_holds(),
            )
        if batch.events:
            await self._publish(connection, batch.events)
        if self.on_outcome is not None:
            for (command, _), outcome in zip(requests, outcomes, strict=True):
                self.on_outcome(command, outcome)
        return outcomes
