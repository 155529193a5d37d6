"""A whole Largesse as a process: `largesse serve` on a folder and a port of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from largesse.adapters.embedded_postgres import EmbeddedPostgres
from largesse.app.port import claim

START_TIMEOUT_S = 240.0
STOP_TIMEOUT_S = 240.0
LEAVING_S = 60.0
POLL_S = 0.02


class ServerProcess:
    """Start, look at, kill and stop one `largesse serve`."""

    def __init__(
        self, home: Path, *, port: int, program: str = sys.executable, options: dict[str, Any] | None = None
    ) -> None:
        self.home = home
        self.port = port
        self.output = home.parent / f"{home.name}.out"
        self._program = program
        self._options = options or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The supervisor."""
        assert self._process is not None
        return self._process

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str, wait: bool = True) -> None:
        """Start it, and wait until it says that it is open."""
        own_database = {name: value for name, value in os.environ.items() if name != "LARGESSE_DATABASE_URL"}
        environment = dict(self._options.get("env", own_database))
        environment |= {"LARGESSE_HOME": str(self.home), "PORT": str(self.port)}
        environment.setdefault("LARGESSE_DEMO_MONTH", "no")  # what was sold is what a test has bought
        with self.output.open("ab") as output:
            self._said_before = output.tell()
            self._process = subprocess.Popen(
                [self._program, "-m", "largesse", "serve", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(self._options | {"env": environment}),
            )
        if wait:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until it says that it is open: what answers at its port before may be left from a killed one.

        Raises:
            AssertionError: it ended, or takes too long; its output is in the message.
        """
        self.wait_until_said("Largesse is open")

    def is_running(self) -> bool:
        """Whether it was started and did not end."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether it can take visitors."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=120).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def said(self) -> str:
        """Return all that it and its children wrote since it was started last."""
        return self.output.read_bytes()[self._said_before :].decode(errors="replace")

    def wait_until_said(self, text: str) -> None:
        """Wait until its output holds `text`.

        Raises:
            AssertionError: it ended, or takes too long; its output is in the message.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        while text not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(self.said())
            time.sleep(POLL_S)

    def child(self, name: str) -> psutil.Process:
        """Return the process `largesse NAME`, or the embedded PostgreSQL for `postgres`."""
        if name == "postgres":
            pid = EmbeddedPostgres(self.home).pid
            assert pid is not None
            return psutil.Process(pid)
        if name == "supervisor":
            return psutil.Process(self.process.pid)
        return next(p for p in psutil.Process(self.process.pid).children() if p.cmdline()[-1:] == [name])

    def kill(self, name: str) -> None:
        """Kill one process of the installation, without warning."""
        self.child(name).kill()
        if name == "supervisor":
            self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, if it runs; return its exit status."""
        if self.is_running():
            self.process.send_signal(number)
        return self.process.wait(timeout=STOP_TIMEOUT_S)

    def remains(self) -> list[psutil.Process]:
        """Return every process that still works for it, after a moment for those that were just killed."""
        deadline = time.monotonic() + LEAVING_S
        while (found := self._at_work()) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        return found

    def _at_work(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                ours = process.environ().get("LARGESSE_HOME") == str(self.home)
                if ours or (process.name() == "postgres" and process.cwd().startswith(f"{self.home}/")):
                    found.append(process)
        return found

    def clear(self) -> None:
        """Kill whatever is left."""
        for process in self._at_work():
            with contextlib.suppress(psutil.Error):
                process.kill()
        if self._process is not None:
            self._process.wait()


@contextmanager
def server_process(*, port: int = 0, **given: Any) -> Iterator[ServerProcess]:
    """Lend an installation, not yet started, that leaves no folder and no process. Port 0 takes a free one."""
    place = Path(tempfile.mkdtemp(prefix="largesse-server-"))
    place.chmod(0o755)
    application = ServerProcess(place / "var", port=port or free_port(), **given)
    try:
        yield application
    finally:
        application.clear()
        shutil.rmtree(place, ignore_errors=True)


def free_port() -> int:
    """Return a port on which nobody listens just now."""

    return claim("127.0.0.1", 0)
