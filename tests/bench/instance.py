"""A durable instance of its own for measuring: the product's embedded PostgreSQL, its demo data, its web process."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from largesse.adapters.embedded_postgres import EmbeddedPostgres, HomeLock
from largesse.app import demo, wiring
from largesse.app.application import Application
from largesse.app.settings import Settings, from_environment
from largesse.db import migrate

READY_S = 60.0
STOP_S = 30.0


class Instance:
    """What a measurement needs to know of the instance it runs on."""

    def __init__(self, home: Path, server: EmbeddedPostgres) -> None:
        self.home = home
        self.dsn = server.dsn
        self.superuser_dsn = server.superuser_dsn
        self._server = server

    @property
    def postmaster(self) -> int:
        """Return the process id that all of PostgreSQL's processes descend from."""
        pid = self._server.pid
        assert pid is not None
        return pid

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of the instance's processes."""
        return {
            **os.environ,
            "LARGESSE_HOME": str(self.home),
            "LARGESSE_DATABASE_URL": self.dsn,
            "LARGESSE_ENV": "demo",
            "LARGESSE_LOG_LEVEL": "warning",
        }

    @property
    def settings(self) -> Settings:
        """Return the settings of the instance's processes."""
        return from_environment(self.environment)

    @asynccontextmanager
    async def application(self) -> AsyncIterator[Application]:
        """Open the installation in this process."""
        async with wiring.open_application(self.settings) as application:
            yield application

    @contextmanager
    def process(self, *arguments: str, port: int = 0) -> Iterator[subprocess.Popen[bytes]]:
        """Run `largesse ARGUMENTS` until the block ends."""
        child = subprocess.Popen(
            [sys.executable, "-m", "largesse", *arguments],
            env=self.environment | {"PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=(self.home / f"{arguments[0]}.log").open("wb"),
        )
        try:
            yield child
        finally:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(STOP_S)
            except subprocess.TimeoutExpired:
                child.kill()

    def credentials(self) -> dict[str, Any]:
        """Return the content of demo.json."""
        content: dict[str, Any] = json.loads((self.home / "demo.json").read_text())
        return content


@contextmanager
def instance() -> Iterator[Instance]:
    """Start a PostgreSQL with the product's own durable settings, migrated and seeded, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="largesse-bench-") as folder:
        home = Path(folder) / "home"
        with HomeLock(home):
            server = EmbeddedPostgres(home)
            server.start()
            try:
                asyncio.run(migrate.upgrade(server.dsn))
                opened = Instance(home, server)
                asyncio.run(_seed(opened))
                yield opened
            finally:
                server.stop()


async def _seed(opened: Instance) -> None:
    async with opened.application() as application:
        await demo.seed(application, home=opened.home, base_url="http://127.0.0.1")


def wait_until_ready(url: str) -> None:
    """Return when `url`/readyz answers 200."""
    deadline = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > deadline:
            message = f"{url} did not become ready"
            raise TimeoutError(message)
        time.sleep(0.1)


def token(url: str, credentials: dict[str, Any]) -> str:
    """Return an access token of the demo partner."""
    partner = credentials["partner"]
    body = {
        "auth_request": {
            "user": {"email": partner["email"], "password": partner["password"]},
            "api_key": partner["api_key"],
        }
    }
    request = urllib.request.Request(
        f"{url}/api/userservice/tokens",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["auth_response"]["access_token"])
