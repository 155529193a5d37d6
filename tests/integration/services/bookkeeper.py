"""A process of somebody who keeps books while others do: it does what stdin asks for, and says what came of it.

Run as `python -m tests.integration.services.bookkeeper DSN`. Each line on stdin is a `Match` or an `Issue`; each on
stdout is `done`, or the code of a refusal.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import structlog

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import merchants
from largesse.kernel.errors import LargesseError
from largesse.ledger import OpenItem, OpenItemKind
from largesse.services import banking
from largesse.services.banking import Matching
from largesse.services.invoices import issue
from tests.builders.application import NOW, an_application
from tests.builders.invoices import BOOKKEEPER

ROOT = Path(__file__).parents[3]
DONE = "done"


class Match(msgspec.Struct, tag=True):
    """Match a line with what was awaited."""

    merchant_id: UUID
    line_id: UUID
    kind: OpenItemKind
    item_id: UUID

    async def do(self, application: Application) -> None:
        """Do it."""
        async with application.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, self.merchant_id)
        asked = Matching(merchant=merchant, line_id=self.line_id, match_id=uuid4(), by=BOOKKEEPER, now=NOW)
        await banking.match_awaited(application, asked, OpenItem(self.kind, self.item_id))


class Issue(msgspec.Struct, tag=True):
    """Issue a draft."""

    merchant_id: UUID
    invoice_id: UUID

    async def do(self, application: Application) -> None:
        """Do it."""
        async with application.database.connection() as connection:
            merchant = await merchants.merchant_of_id(connection, self.merchant_id)
        await issue(application, merchant, self.invoice_id, by=BOOKKEEPER, now=NOW)


async def main(dsn: str) -> None:
    """Do tasks until stdin ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    loop = asyncio.get_running_loop()
    async with await Database.open(dsn, size_max=4) as database, an_application(database) as deps:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            task = msgspec.json.decode(line, type=Match | Issue)
            try:
                await task.do(deps)
            except LargesseError as refused:
                sys.stdout.write(f"{refused.code}\n")
            else:
                sys.stdout.write(f"{DONE}\n")
            sys.stdout.flush()


@asynccontextmanager
async def a_bookkeeper(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Lend a process that is ready to work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.services.bookkeeper", dsn, cwd=ROOT, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def told(process: asyncio.subprocess.Process, task: Match | Issue) -> str:
    """Hand a process a task, and return what came of it; nothing where it died over it."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(task) + b"\n")
    return (await process.stdout.readline()).decode().strip()


async def waits_for_locks(database: Database, count: int) -> None:
    """Wait until so many sessions of the database wait for somebody's lock."""
    async with asyncio.timeout(60):
        while await _waiting(database) < count:
            await asyncio.sleep(0.02)


async def _waiting(database: Database) -> int:
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT count(*) AS count FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    assert row is not None
    return int(row["count"])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
