"""Web and worker, as processes, while their database hangs: visitors are told so, and a stop is obeyed."""

import asyncio
import base64
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from largesse.db import Database
from tests.support.server_process import free_port
from tests.support.silence import a_way_to, through

pytestmark = pytest.mark.time_limits

START_S_MAX = 120.0  # guards against hanging
ENDS_S_MAX = 60.0
ANSWERED_S_MAX = 60.0

CREDENTIALS = {"auth_request": {"user": {"email": "ada@example.com", "password": "guess-guess"}, "api_key": "k" * 32}}


@asynccontextmanager
async def running(command: str, dsn: str, home: Path, *, port: int = 0) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {
        "LARGESSE_HOME": str(home),
        "LARGESSE_DATABASE_URL": dsn,
        "LARGESSE_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "largesse", command, env=os.environ | settings, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_worker_whose_database_hangs_obeys_a_stop(dsn: str, database: Database, tmp_path: Path) -> None:
    async with a_way_to(dsn) as way, running("worker", through(dsn, way), tmp_path) as process:
        async with asyncio.timeout(START_S_MAX), database.connection() as connection:
            while not await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'largesse-long'"
                " AND datname = current_database()"
            ):
                await asyncio.sleep(0.05)
        await way.hush()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_S_MAX):
            assert await process.wait() == 0


async def test_a_web_process_whose_database_hangs_says_so_and_obeys_a_stop(dsn: str, tmp_path: Path) -> None:
    port = free_port()
    async with (
        a_way_to(dsn) as way,
        running("web", through(dsn, way), tmp_path, port=port) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=ANSWERED_S_MAX) as client,
    ):
        async with asyncio.timeout(START_S_MAX):
            while not await is_ready(client):
                await asyncio.sleep(0.05)
        assert (await client.post("/api/userservice/tokens", json=CREDENTIALS)).status_code == 401
        await way.hush()
        refused = await client.post("/api/userservice/tokens", json=CREDENTIALS)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "database.unavailable" in refused.text
        assert (await client.get("/readyz")).status_code == 503
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_S_MAX):
            assert await process.wait() == 0


async def is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
