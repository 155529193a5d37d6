"""`largesse serve`: everything on one machine, started in order, kept standing, and stopped in the other order.

    lock of the folder > PostgreSQL > migrations > demo data > web and worker > … > web and worker > PostgreSQL > lock

It can be killed at any moment: PostgreSQL survives and is taken over by the next start, web and worker notice and stop
by themselves, and the kernel gives the lock back.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import msgspec

from largesse.app import orphans
from largesse.app.child import Child, ChildFailed
from largesse.app.parent_watch import Lifeline
from largesse.app.port import answers, claim
from largesse.app.settings import Settings, base_url_of
from largesse.db import migrate
from largesse.kernel.errors import LargesseError
from largesse.kernel.time_limits import limit

READY_TIMEOUT_S = 60.0
POLL_S = 0.05
DATABASE_WATCH_S = 0.5
SAME_SIGNAL_S = 0.5


class NotReady(LargesseError):
    """The web process runs, but does not become ready."""

    code = "serve.not_ready"
    message = (
        "The web process is still not ready, and takes too long. Ask it why: GET /readyz says what it waits for, and "
        "the lines above what went wrong."
    )


class Server(Protocol):
    """Run a PostgreSQL: the port behind which the embedded one stands."""

    @property
    def dsn(self) -> str:
        """Return how to connect."""

    def start(self, *, cancelled: Callable[[], bool]) -> None:
        """Return when it is ready."""

    def alive(self) -> bool:
        """Return whether it still runs."""

    def stop(self, *, hurry: Callable[[], bool]) -> None:
        """Return when it is gone."""


class Stop:
    """Remember what the operator asked for: a signal stops in good order, another one a while later hurries.

    Signals close together are one: make and a terminal both pass the same Ctrl-C on.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.requested = asyncio.Event()
        self.hurried = asyncio.Event()
        self._clock = clock
        self._asked_at = 0.0

    def ask(self) -> None:
        """Take note of a signal."""
        if not self.requested.is_set():
            self._asked_at = self._clock()
            self.requested.set()
        elif self._clock() - self._asked_at >= SAME_SIGNAL_S:
            self.hurried.set()


class Supervisor:
    """Run Largesse on one machine by `settings`. `database` is None when PostgreSQL runs elsewhere.

    `prepare` is awaited with the settings in force before visitors can come, to fill in demo data; `ready` once they
    can, to say where to look.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        database: Server | None,
        prepare: Callable[[Settings], Awaitable[None]],
        ready: Callable[[Settings], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._prepare = prepare
        self._ready = ready
        self._say = say
        self._stop = Stop(time.monotonic)

    async def run(self) -> None:
        """Serve until a signal says stop. The caller holds the lock of the data folder.

        Raises:
            LargesseError: something that must stand does not, with a sentence on what to do.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.ask)
        await orphans.end_left_over(self._settings.home, say=self._say)
        settings = self._with_port()
        async with self._running_database(settings) as settings:
            if not self._stop.requested.is_set():
                await migrate.upgrade(settings.migrate_url or settings.database_url or "")
                await self._prepare(settings)
            if not self._stop.requested.is_set():
                await self._run_children(settings)
        self._say("Stopped.")

    def _with_port(self) -> Settings:
        settings = self._settings
        port = claim(settings.host, settings.port)
        if port == settings.port:
            return settings
        was_derived = settings.base_url == base_url_of(settings.host, settings.port)
        base_url = base_url_of(settings.host, port) if was_derived else settings.base_url
        return msgspec.structs.replace(settings, port=port, base_url=base_url)

    @asynccontextmanager
    async def _running_database(self, settings: Settings) -> AsyncIterator[Settings]:
        database = self._database
        if database is None:
            yield settings
            return
        watch: asyncio.Task[None] | None = None
        try:
            await self._start_database(database)
            watch = asyncio.create_task(self._keep_database(database))
            yield msgspec.structs.replace(settings, database_url=database.dsn)
        finally:
            # The watch ends by itself, so that it is never in the middle of a start when we stop.
            self._stop.requested.set()
            if watch is not None:
                await asyncio.wait({watch})
            await asyncio.to_thread(database.stop, hurry=self._stop.hurried.is_set)
        if watch is not None:
            watch.result()

    async def _start_database(self, database: Server) -> None:
        await asyncio.to_thread(database.start, cancelled=self._stop.requested.is_set)

    async def _keep_database(self, database: Server) -> None:
        try:
            while not await _set_within(self._stop.requested, DATABASE_WATCH_S):
                if not database.alive():
                    self._say("PostgreSQL ended; starting it again.")
                    await self._start_database(database)
        finally:
            self._stop.requested.set()

    async def _run_children(self, settings: Settings) -> None:
        lifeline = Lifeline()
        environment = _child_environment(settings) | lifeline.environment
        web, worker = (
            Child(name, environment=environment, pass_fds=(lifeline.descriptor,), say=self._say)
            for name in ("web", "worker")
        )
        keepers: list[asyncio.Task[None]] = []
        try:
            await web.start()
            await worker.start()
            await until_ready(settings, web, worker, stop=self._stop)
            keepers = [asyncio.create_task(child.keep()) for child in (web, worker)]
            if not self._stop.requested.is_set():
                await self._ready(settings)
            await self._stop.requested.wait()
        finally:
            self._say("Stopping …")
            for keeper in keepers:
                await _cancelled(keeper)
            # Together: each may have to wait for somebody slow, and neither needs the other to finish what it accepted.
            await asyncio.gather(*(child.stop(hurried=self._stop.hurried) for child in (web, worker)))
            lifeline.close()


async def until_ready(settings: Settings, *children: Child, stop: Stop, within_s: float | None = None) -> None:
    """Wait until visitors can be sent to the web process, or until the operator asks to stop.

    Raises:
        NotReady: it took longer than `within_s`, or the limit of READY_TIMEOUT_S.
        ChildFailed: a child ended while it was starting.
    """
    within_s = limit(READY_TIMEOUT_S) if within_s is None else within_s

    async def wait() -> None:
        while True:
            if await answers(settings.host, settings.port, "/readyz"):
                return
            await asyncio.sleep(POLL_S)

    endings = {asyncio.create_task(child.ended()): child for child in children}
    ready, stopped = asyncio.create_task(wait()), asyncio.create_task(stop.requested.wait())
    done, pending = await asyncio.wait(
        {ready, stopped, *endings}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
    )
    for task in pending:
        await _cancelled(task)
    if not done:
        raise NotReady
    for task, child in endings.items():
        if task in done:
            raise ChildFailed(child.name, status=task.result())


def _child_environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "LARGESSE_HOME": str(settings.home),
        "LARGESSE_HOST": settings.host,
        "PORT": str(settings.port),
        "LARGESSE_BASE_URL": settings.base_url,
        "LARGESSE_DATABASE_URL": settings.database_url or "",
        "LARGESSE_ENV": settings.environment.value,
        orphans.VARIABLE: str(settings.home),
    }


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
