"""Wake the relay the moment something is committed. A hint may be lost: polling is the truth (ARCHITECTURE §4)."""

import asyncio
import logging
from contextlib import suppress

from largesse.db import Database
from largesse.db.faults import CONNECTION_FAULTS
from largesse.kernel.errors import Unavailable
from largesse.outbox import store

CHANNEL = "largesse_outbox"
RECONNECT_S = 1.0
# A hint is a commit of its own, which every batch of a busy installation would pay for.
APART_S = 0.02
_ALIVE_CHECK_S = 1.0

_FAULTS: tuple[type[BaseException], ...] = (*CONNECTION_FAULTS, Unavailable)

_log = logging.getLogger(__name__)


class Notifier:
    """Send hints, one for many commits. Start with `async with`; call `hint()` after each commit that published."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Notifier":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._wanted.is_set():
            await self._send()

    def hint(self) -> None:
        """Ask for a hint, without waiting. All that are asked for soon after one become the next."""
        self._wanted.set()

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._send()
            except asyncio.CancelledError:  # whoever closes the installation sends what was on its way
                self._wanted.set()
                raise
            await asyncio.sleep(APART_S)

    async def _send(self) -> None:
        try:
            async with self._database.connection() as connection:
                await store.hint(connection)
        except _FAULTS:
            _log.debug("a hint to the relay was lost; it polls")


async def listen(database: Database, wake: asyncio.Event) -> None:
    """Set `wake` at every hint, on a session of its own, opened anew whenever it is lost. Runs until cancelled.

    Where a pooler stands between, no session can wait for hints, and this returns at once.
    """
    while database.hears_hints:
        try:
            async with database.dedicated() as connection:
                await connection.add_listener(CHANNEL, lambda *_: wake.set())
                wake.set()
                while not connection.is_closed():  # noqa: ASYNC110 - the session is somebody else's, and sets no event
                    await asyncio.sleep(_ALIVE_CHECK_S)
        except _FAULTS:
            _log.debug("listening for hints was interrupted; polling meanwhile")
        await asyncio.sleep(RECONNECT_S)
