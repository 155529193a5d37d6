"""Give every test a database of its own, on one server that the workers of a run share.

The server is the run's own, or an external one that LARGESSE_TEST_SERVER names; LARGESSE_TEST_THROUGH puts a pooler
between it and the tests (docs/internals/test-databases.md).
"""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from largesse.db import migrate
from tests.support.postgres_keeper import TEMPLATE, admin_dsn, database_dsn

# Set by the process that pytest was started as, inherited by the workers of xdist.
FOLDER_VARIABLE = "LARGESSE_TEST_POSTGRES"
PID_VARIABLE = "LARGESSE_TEST_RUN_PID"
# Set by who runs the tests: the address of an administrator's database on an external server, and a pooler's host:port.
SERVER_VARIABLE = "LARGESSE_TEST_SERVER"
THROUGH_VARIABLE = "LARGESSE_TEST_THROUGH"
READY_TIMEOUT_S = 240.0
ROOT = Path(__file__).parents[2]
ROLE = "largesse"
MEMORY_MIN = 4 * 2**30
"""Bytes: the write-ahead log's 2 GiB (see `postgres_keeper.SETTINGS`) and as much again for databases."""


class TestServerFailed(RuntimeError):
    """Why the server of this test run did not start."""

    __test__ = False


class Server(NamedTuple):
    """A server on which tests get databases: `admin` makes them from `template`, and `prefix` begins their names.

    `address` is the tests' way to a database: as its owner, who is no superuser, without the name at the end.
    """

    admin: str
    address: str
    template: str
    prefix: str

    def address_of(self, name: str) -> str:
        """Return how the tests connect to a database."""
        return urlunsplit(urlsplit(self.address)._replace(path=f"/{name}"))


def quickest_place() -> Path:
    """Return where the server's files lie: in memory if it has room, where copying a database takes a tenth as long."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_MIN:
        return memory
    return Path(tempfile.gettempdir())


def external() -> bool:
    """Return whether the tests run on a server that is not of their own making."""
    return bool(os.environ.get(SERVER_VARIABLE))


def pooled() -> bool:
    """Return whether a pooler stands between the tests and the server."""
    return bool(os.environ.get(THROUGH_VARIABLE))


def shared_server() -> Server:
    """Return this run's server; its own is started, or the template made on another one, by whoever needs it first."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if external():
            server = _external_server(folder)
            if not _template_is_made(folder).exists():
                asyncio.run(_make_template(server))
                _template_is_made(folder).touch()
            return server
        if not folder.exists():
            folder.mkdir(mode=0o700)
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.support.postgres_keeper",
                    folder,
                    os.environ[PID_VARIABLE],
                ],
                cwd=ROOT,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        _wait_until_ready(folder)
    return Server(admin_dsn(folder), database_dsn(folder, ""), TEMPLATE, "test")


def _wait_until_ready(folder: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not (folder / "ready").exists():
        if (folder / "failed").exists():
            raise TestServerFailed((folder / "failed").read_text())
        if time.monotonic() > deadline or not folder.exists():
            message = f"the test server in {folder} did not become ready"
            raise TestServerFailed(message)
        time.sleep(0.02)


def _template_is_made(folder: Path) -> Path:
    return folder.with_suffix(".template")


def _external_server(folder: Path) -> Server:
    admin = os.environ[SERVER_VARIABLE]
    run = folder.name.rpartition("-")[2]
    return Server(admin, _as_role(admin, os.environ.get(THROUGH_VARIABLE)), f"largesse_template_{run}", f"test_{run}")


def _as_role(admin: str, through: str | None = None) -> str:
    """Return the address of the role that owns the tests' databases; it has the administrator's password."""
    parts = urlsplit(admin)
    password = f":{parts.password}" if parts.password else ""
    host = through or parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{ROLE}{password}@{host}"))


async def _make_template(server: Server) -> None:
    connection = await asyncpg.connect(server.admin)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", ROLE):
            await connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        if password := urlsplit(server.admin).password:
            await connection.execute(f"ALTER ROLE {ROLE} PASSWORD '{password}'")
        await connection.execute(f"CREATE DATABASE {server.template} OWNER {ROLE}")
        # Migrations take the server's own address, also where everything else goes through a pooler.
        await migrate.upgrade(urlunsplit(urlsplit(_as_role(server.admin))._replace(path=f"/{server.template}")))
    finally:
        await connection.close()


def clean_up() -> None:
    """Remove what the run has left on an external server."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    made = _template_is_made(folder)
    if external() and made.exists():
        made.unlink()
        asyncio.run(_drop_all(_external_server(folder)))


async def _drop_all(server: Server) -> None:
    connection = await asyncpg.connect(server.admin)
    try:
        names = await connection.fetch(
            "SELECT datname FROM pg_database WHERE datname = $1 OR starts_with(datname, $2)",
            server.template,
            server.prefix,
        )
        for row in names:
            await connection.execute(f"DROP DATABASE {row['datname']} WITH (FORCE)")
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(server: Server) -> AsyncIterator[str]:
    """Lend the DSN of a new, migrated database; it is dropped afterwards."""
    name = f"{server.prefix}_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(server.admin)
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {server.template} STRATEGY FILE_COPY")
        try:
            yield server.address_of(name)
        finally:
            await asyncio.shield(admin.execute(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await admin.close()
