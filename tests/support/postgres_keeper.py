"""Keep one throw-away PostgreSQL for a whole test run, and remove it however the run ends.

    python -m tests.support.postgres_keeper FOLDER PID

starts a server in FOLDER, makes the template database with all migrations, writes FOLDER/ready (or
FOLDER/failed, with the reason), and then waits until the process PID, the run, is gone. It is a
process of its own so that a run killed with SIGKILL leaves nothing behind either.

This server does not sync to disk: it has to survive nothing. Tests of durability start the
product's own server.
"""

import asyncio
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

import asyncpg
import psutil

from largesse.adapters.embedded_postgres.account import (
    BINARIES,
    choose,
    open_binaries,
    open_the_way,
)
from largesse.db import migrate

TEMPLATE = "largesse_template"
START_TIMEOUT_S = 240.0
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",
    "listen_addresses": "",
    "timezone": "UTC",
}


def admin_dsn(folder: Path) -> str:
    """Return how to connect as the superuser."""
    return f"postgresql://postgres@/postgres?host={folder}"


def database_dsn(folder: Path, name: str) -> str:
    """Return how to connect to a database as the role that owns it, which is no superuser."""
    return f"postgresql://largesse@/{name}?host={folder}"


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Start a server in the empty `folder`, which nobody else may enter."""
    data = folder / "data"
    account = choose(data)
    for path in (folder, BINARIES):
        open_the_way(account, path / "x", say=lambda _: None)
    open_binaries(account, say=lambda _: None)
    account.own(folder)
    folder.chmod(0o700)
    initdb: list[str | Path] = [
        BINARIES / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "--auth=trust",
        "--no-sync",
    ]
    encoding = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    subprocess.run(
        [*initdb, *encoding, "--builtin-locale=C.UTF-8"],
        check=True,
        capture_output=True,
        cwd="/",
        **account.popen_options(),
    )
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder.parent / f"{folder.name}.log").open("wb") as log:
        return subprocess.Popen(
            [BINARIES / "postgres", "-D", data, "-k", folder, *settings],
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            **account.popen_options(),
        )


async def make_template(folder: Path) -> None:
    """Wait for the server, and make the database of which every test gets a copy."""
    admin = await _connect(folder)
    await admin.execute("CREATE ROLE largesse LOGIN CREATEDB")
    await admin.execute(f"CREATE DATABASE {TEMPLATE} OWNER largesse")
    await migrate.upgrade(database_dsn(folder, TEMPLATE))
    await admin.execute(f"ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true")
    await admin.close()


async def _connect(folder: Path) -> "asyncpg.Connection[asyncpg.Record]":
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            return await asyncpg.connect(admin_dsn(folder))
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.02)


def main(folder: Path, run: psutil.Process) -> None:
    """Serve until the run is gone."""
    server = start(folder)
    try:
        asyncio.run(make_template(folder))
        (folder / "ready").touch()
        while run.is_running() and run.status() != psutil.STATUS_ZOMBIE and server.poll() is None:
            time.sleep(0.2)
    finally:
        server.terminate()
        server.send_signal(3)
        server.wait()


if __name__ == "__main__":
    place = Path(sys.argv[1])
    try:
        main(place, psutil.Process(int(sys.argv[2])))
    except psutil.NoSuchProcess:
        pass
    except BaseException:
        (place / "failed").write_text(traceback.format_exc())
        # Leave the workers the time to read why.
        time.sleep(30)
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
        (place.parent / f"{place.name}.log").unlink(missing_ok=True)
