"""Give every test a database of its own, on one server that the workers of a run share."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.support.postgres_keeper import TEMPLATE, admin_dsn, database_dsn

# Set by the process that pytest was started as, inherited by the workers of xdist.
FOLDER_VARIABLE = "LARGESSE_TEST_POSTGRES"
PID_VARIABLE = "LARGESSE_TEST_RUN_PID"
READY_TIMEOUT_S = 240.0
ROOT = Path(__file__).parents[2]


class TestServerFailed(RuntimeError):
    """Why the server of this test run did not start."""

    __test__ = False


def shared_server() -> Path:
    """Return the folder of this run's server, started by whoever needs it first."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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
    return folder


def _wait_until_ready(folder: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not (folder / "ready").exists():
        if (folder / "failed").exists():
            raise TestServerFailed((folder / "failed").read_text())
        if time.monotonic() > deadline or not folder.exists():
            message = f"the test server in {folder} did not become ready"
            raise TestServerFailed(message)
        time.sleep(0.02)


@asynccontextmanager
async def fresh_database(folder: Path) -> AsyncIterator[str]:
    """Lend the DSN of a new, migrated database; it is dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(admin_dsn(folder))
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER largesse TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        try:
            yield database_dsn(folder, name)
        finally:
            await asyncio.shield(admin.execute(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await admin.close()
