"""`largesse web` with real processes: what it finishes, what it refuses, and what it leaves behind."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.server_process import free_port

START_S_MAX = 240.0
GONE_S_MAX = 240.0
METRICS_TOKEN = "a-token-of-the-operator"


class Web:
    """One `largesse web` on a database."""

    def __init__(self, home: Path, dsn: str, *, port: int, workers: int, settings: Mapping[str, str]) -> None:
        self.port = port
        self.log = home / "log"
        environment = {
            "LARGESSE_HOME": str(home),
            "LARGESSE_DATABASE_URL": dsn,
            "LARGESSE_WEB_WORKERS": str(workers),
            "LARGESSE_POOL_MIN": "1",
            "LARGESSE_POOL_MAX": "3",
            "PORT": str(port),
            "LARGESSE_METRICS_TOKEN": METRICS_TOKEN,
            **settings,
        }
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "largesse", "web"],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def numbers(self) -> bytes:
        """Return what Prometheus reads."""
        return self.get("/metrics", token=METRICS_TOKEN)[1]

    def get(self, path: str, *, accept: str = "*/*", token: str = "") -> tuple[int, bytes]:
        """Return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            authorization = {"Authorization": f"Bearer {token}"} if token else {}
            connection.request("GET", path, headers={"Accept": accept, **authorization})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait_until_open(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + START_S_MAX
        while True:
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                pass
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that serve."""
        return psutil.Process(self.process.pid).children()

    def lines(self) -> list[dict[str, object]]:
        """Return what it logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@contextmanager
def web_process(
    home: Path, dsn: str, *, port: int = 0, workers: int = 1, settings: Mapping[str, str] | None = None
) -> Iterator[Web]:
    home.mkdir(parents=True, exist_ok=True)
    web = Web(home, dsn, port=port or free_port(), workers=workers, settings=settings or {})
    try:
        yield web
    finally:
        with suppress(ProcessLookupError):
            os.killpg(web.process.pid, signal.SIGKILL)
        web.process.wait()


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=GONE_S_MAX)
    assert alive == []


def test_it_answers_logs_counts_and_ends(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path, dsn, workers=2) as web:
        web.wait_until_open()
        status, body = web.get("/readyz")
        assert (status, json.loads(body)["checks"]["database"]) == (200, {"ok": True})
        assert web.get("/nowhere?code=sesame")[0] == 404
        status, body = web.get("/no/where", accept="text/html")
        assert (status, b"<h1>There is nothing at this address</h1>" in body) == (404, True)
        assert b"largesse_request_seconds_count" in web.numbers()
        assert web.get("/metrics")[0] == 401
        assert len(web.workers()) == 2
        web.process.terminate()
        assert web.process.wait(timeout=GONE_S_MAX) == 0
        assert all("sesame" not in json.dumps(line) for line in web.lines())
        assert "code=***" in [line.get("query") for line in web.lines()]


def test_a_stop_is_heard_while_workers_are_being_forked(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path, dsn, workers=3) as web:
        deadline = time.monotonic() + START_S_MAX
        while not web.workers() and time.monotonic() < deadline:
            time.sleep(0.001)
        web.process.terminate()
        assert web.process.wait(timeout=GONE_S_MAX) == 0


@pytest.mark.time_limits
def test_a_second_one_on_the_same_port_is_refused_with_a_sentence(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path / "a", dsn) as first:
        first.wait_until_open()
        with web_process(tmp_path / "b", dsn, port=first.port) as second:
            assert second.process.wait(timeout=START_S_MAX) == 1
            assert "already listens" in second.log.read_text()
        assert first.get("/healthz")[0] == 200


def test_workers_leave_with_a_main_process_that_was_killed(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path / "a", dsn, workers=2) as first:
        first.wait_until_open()
        workers = first.workers()
        first.process.kill()
        wait_until_gone(workers)
        with web_process(tmp_path / "b", dsn, port=first.port) as second:
            second.wait_until_open()


def test_a_worker_that_was_killed_is_replaced(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path, dsn) as web:
        web.wait_until_open()
        (worker,) = web.workers()
        worker.kill()
        wait_until_gone([worker])
        web.wait_until_open()


async def test_a_request_that_was_accepted_is_finished_before_it_ends(tmp_path: Path, dsn: str) -> None:
    with web_process(tmp_path, dsn) as web:
        await asyncio.to_thread(web.wait_until_open)
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        body = b'{"auth_request":{}}'
        head = f"POST /api/userservice/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Expect: 100-continue\r\nContent-Type: application/json\r\n\r\n".encode())
        assert (await asyncio.wait_for(reader.readline(), 60)).split(b" ")[1] == b"100"  # it is being read
        assert await asyncio.wait_for(reader.readline(), 60) == b"\r\n"
        writer.write(body[:5])
        await writer.drain()
        web.process.terminate()
        await asyncio.sleep(0.5)
        writer.write(body[5:])
        line = await asyncio.wait_for(reader.readline(), 60)
        assert line.split(b" ")[1] in {b"400", b"401"}
        writer.close()
        assert await asyncio.to_thread(web.process.wait, GONE_S_MAX) == 0


@pytest.mark.time_limits
def test_a_listener_of_another_kind_on_the_port_is_noticed(tmp_path: Path, dsn: str) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with web_process(tmp_path, dsn, port=other.getsockname()[1]) as web:
            assert web.process.wait(timeout=START_S_MAX) == 1
            assert "already listens" in web.log.read_text()


def test_without_the_name_of_a_database_it_ends_and_says_what_to_do(tmp_path: Path) -> None:
    with web_process(tmp_path, "") as web:
        assert web.process.wait(timeout=START_S_MAX) == 1
        assert "LARGESSE_DATABASE_URL" in web.log.read_text()
