"""Sessions that a database which hangs cannot keep waiting.

A server that dies says so; one that hangs, or whose network swallows what is sent, says nothing at all. asyncpg gives a
statement up after its time limit, and then waits as long again for the answer to ROLLBACK, and again to say goodbye.
Here each of these ends soon, and none of their errors takes the place of what was raised before: a task that was
cancelled stays cancelled.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
from asyncpg.transaction import Transaction

from largesse.db.faults import CONNECTION_FAULTS, OutcomeUnknown
from largesse.kernel.time_limits import limit

if TYPE_CHECKING:  # only its stubs are generic
    _Connection = asyncpg.Connection[Any]
else:
    _Connection = asyncpg.Connection

ROLLBACK_TIMEOUT_S = 0.5
CLOSE_TIMEOUT_S = 1.0

Isolation = Literal["read_uncommitted", "read_committed", "repeatable_read", "serializable"]


class BoundedSession(_Connection):
    """A connection whose transactions and goodbye are bounded. `place` is which of an address's servers it is on.

    `sends_apart`: the database is distributed, so that statements of several tables are sent one by one.
    """

    place: int = 0
    sends_apart: bool = False

    @property
    def itself(self) -> "BoundedSession":
        """Return the session, also from the proxy that a pool lends and takes back once the session is lost."""
        return self

    def transaction(
        self, *, isolation: Isolation | None = None, readonly: bool = False, deferrable: bool = False
    ) -> Transaction:
        """Open a transaction; inside another one, a savepoint."""
        return _BoundedTransaction(self, isolation, readonly, deferrable)

    async def close(self, *, timeout: float | None = None) -> None:
        """Close the session. A server that does not take leave in time is no fault of whoever closes."""
        with suppress(*CONNECTION_FAULTS):
            longest = limit(CLOSE_TIMEOUT_S)
            await super().close(timeout=min(timeout or longest, longest))

    async def answers(self) -> bool:
        """Return whether the server answers at all, after a statement was given up; nothing of that stands then."""
        try:
            async with asyncio.timeout(limit(ROLLBACK_TIMEOUT_S)):
                await self.execute("ROLLBACK")
        except CONNECTION_FAULTS:
            return False
        return True


class _BoundedTransaction(Transaction):
    """asyncpg's transaction, which ends its session when that does not answer."""

    def __init__(self, session: BoundedSession, isolation: Isolation | None, readonly: bool, deferrable: bool) -> None:
        super().__init__(session, isolation, readonly, deferrable)
        self._session = session
        # Only a COMMIT of a transaction that writes can leave open what became of it.
        self._decides = not readonly and not session.is_in_transaction()

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            await self._commit()
            return
        rolled_back = False
        try:
            # Whatever the rollback meets, what is told is why there is one.
            with suppress(Exception):
                async with asyncio.timeout(limit(ROLLBACK_TIMEOUT_S)):
                    await super().__aexit__(kind, error, trace)
                rolled_back = True
        finally:
            if not rolled_back:
                self._session.terminate()

    async def _commit(self) -> None:
        lost_before = self._session.is_closed()
        try:
            await super().__aexit__(None, None, None)
        except CONNECTION_FAULTS as fault:
            self._session.terminate()
            if self._decides and not lost_before:
                raise OutcomeUnknown from fault
            raise
