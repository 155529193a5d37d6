"""Everything that services work with, where every transaction is rolled back when it is done."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from largesse.db import Connection, Database
from largesse.domain.catalog import Typesetter
from largesse.domain.payments import Gateways
from largesse.kernel.errors import LargesseError
from largesse.kernel.sealing import KeyCustody
from largesse.ledger import Command, Ledger, Outcome
from largesse.services.capabilities import (
    HasPublicAddress,
    Publishes,
    UsesGateways,
    UsesKeys,
    UsesLedger,
    UsesLocator,
    UsesTypesetter,
)
from largesse.services.merchants import Locator

Result = TypeVar("Result")


class RehearsalDependencies(
    HasPublicAddress, Publishes, UsesGateways, UsesKeys, UsesLedger, UsesLocator, UsesTypesetter, Protocol
):
    """What a rehearsal lends."""


class _Undone(Exception):
    """Roll a rehearsal back."""


class Rehearsal:
    """What services need, where every transaction is rolled back when it is done."""

    def __init__(self, deps: RehearsalDependencies) -> None:
        self._deps = deps
        self._ledger = _RehearsedLedger(deps.ledger, self)

    @property
    def database(self) -> Database:
        """The pool."""
        return self._deps.database

    @property
    def ledger(self) -> Ledger:
        """The engine; what is submitted to it is decided, and written nowhere."""
        return self._ledger

    @property
    def keyring(self) -> KeyCustody:
        """The keys in use."""
        return self._deps.keyring

    @property
    def locator(self) -> Locator:
        """Where things happen."""
        return self._deps.locator

    @property
    def gateways(self) -> Gateways:
        """The gateways by name."""
        return self._deps.gateways

    @property
    def typesetter(self) -> Typesetter:
        """What makes the pages of certificates."""
        return self._deps.typesetter

    @property
    def base_url(self) -> str:
        """An address without a slash at the end."""
        return self._deps.base_url

    @asynccontextmanager
    async def transaction(self, *, long: bool = False) -> AsyncIterator[Connection]:
        """Lend a session inside a transaction that is rolled back; a rehearsal is never `long`."""
        assert not long
        try:
            async with self._deps.database.transaction() as connection:
                yield connection
                raise _Undone
        except _Undone:
            pass

    async def retrying(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Run `work` once, and roll it back."""
        found = list[Result]()
        async with self.transaction() as connection:
            found.append(await work(connection))
        return found[0]


class _RehearsedLedger(Ledger):
    """The engine of a rehearsal: what is submitted is decided by itself, in a transaction that is rolled back."""

    def __init__(self, ledger: Ledger, rehearsal: Rehearsal) -> None:
        vars(self).update(vars(ledger))
        self.on_outcome = None  # nothing happens that is to be counted
        self._rehearsal = rehearsal

    async def submit(self, command: Command, *, now: datetime, bulk: bool = False) -> Outcome:
        """Return what a command would do.

        Raises:
            LargesseError: it would be refused.
        """
        assert not bulk
        async with self._rehearsal.transaction() as connection:
            [outcome] = await self.post(connection, [command], now=now)
            if isinstance(outcome, LargesseError):
                raise outcome
        return outcome

    async def submit_all(
        self, commands: Sequence[Command], *, now: datetime, bulk: bool = False
    ) -> tuple[Outcome, ...]:
        """Return what commands would do together.

        Raises:
            LargesseError: one would be refused.
        """
        assert not bulk
        async with self._rehearsal.transaction() as connection:
            outcomes = await self.post_all(connection, commands, now=now)
            if isinstance(outcomes, LargesseError):
                raise outcomes
        return outcomes
