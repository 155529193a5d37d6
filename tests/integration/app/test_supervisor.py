"""`largesse serve` with real processes: what starts, what stops, and what is killed in between."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import msgspec
import psutil
import pytest

from largesse.adapters.embedded_postgres import EmbeddedPostgres
from largesse.adapters.embedded_postgres.layout import Layout
from largesse.app.demo import DemoFile
from largesse.app.settings import from_environment
from largesse.app.supervisor import NotReady, Stop, until_ready
from largesse.db import Database
from tests.support import ordinary_user
from tests.support.server_process import START_TIMEOUT_S, ServerProcess, free_port, server_process

ENDS_S_MAX = 240.0  # a guard against hanging


@pytest.fixture(scope="module")
def shared() -> Iterator[ServerProcess]:
    """One installation for the tests of this module: opening and closing it is the slow part."""
    with server_process() as application:
        yield application
        if application.is_running():
            application.stop()
        assert application.remains() == []


@pytest.fixture
def application(shared: ServerProcess) -> ServerProcess:
    """That installation, open."""
    if not shared.is_running():
        shared.start()
    return shared


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[ServerProcess, DemoFile]]:
    """Another one, an ordinary user's, with the demo that stood at the very moment when it was ready."""
    program = ordinary_user.python()
    with server_process(program=program, options=ordinary_user.popen_options()) as application:
        application.home.parent.chmod(0o777)
        application.start("--demo", wait=False)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not application.is_ready():
            assert application.is_running(), application.said()
            assert time.monotonic() < deadline, application.said()
            time.sleep(0.002)
        demo = msgspec.json.decode((application.home / "demo.json").read_bytes(), type=DemoFile)
        application.wait_until_ready()
        yield application, demo
        if application.is_running():
            assert application.stop() == 0
        assert application.remains() == []


@pytest.fixture
def neighbour(opened: tuple[ServerProcess, DemoFile]) -> ServerProcess:
    """That one, open."""
    application, _ = opened
    if not application.is_running():
        application.start("--demo")
    return application


@pytest.fixture
def demo(opened: tuple[ServerProcess, DemoFile]) -> DemoFile:
    """Its demo."""
    return opened[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_opens_and_closes_and_postgres_goes_last(application: ServerProcess, number: signal.Signals) -> None:
    assert application.is_ready()
    log = Layout(application.home).log
    before = log.stat().st_size
    assert application.stop(number) == 0
    assert application.remains() == []
    words = log.read_bytes()[before:].decode()
    assert "received fast shutdown request" in words
    assert "database system is shut down" in words
    # What PostgreSQL says to a client that is still connected when it goes.
    assert "terminating connection" not in words


def test_a_second_start_makes_and_recovers_nothing(application: ServerProcess) -> None:
    log = Layout(application.home).log
    application.stop()
    before = log.stat().st_size
    application.start()
    words = log.read_bytes()[before:].decode()
    assert "Making a new database" not in application.said()
    assert "ready to accept connections" in words
    assert "redo" not in words


def test_a_terminals_interrupt_would_reach_the_supervisor_alone(application: ServerProcess) -> None:
    groups = {os.getpgid(application.child(name).pid) for name in ("supervisor", "web", "worker", "postgres")}
    assert len(groups) == 4


def test_a_second_largesse_on_the_same_folder_is_refused(application: ServerProcess) -> None:
    rival = ServerProcess(application.home, port=application.port)
    rival.output = application.home.parent / "rival.out"
    rival.start(wait=False)
    assert rival.process.wait(timeout=ENDS_S_MAX) == 1
    assert "[home.in_use]" in rival.said()
    assert application.is_ready()


def test_two_houses_stand_side_by_side(application: ServerProcess, neighbour: ServerProcess) -> None:
    assert neighbour.is_ready()
    assert application.is_ready()
    assert neighbour.stop() == 0
    assert application.is_ready()


@pytest.mark.parametrize("name", ["web", "worker", "postgres"])
def test_what_is_killed_is_started_again(application: ServerProcess, name: str) -> None:
    killed = application.child(name).pid
    application.kill(name)
    deadline = time.monotonic() + ENDS_S_MAX
    while time.monotonic() < deadline:
        try:
            if application.child(name).pid != killed and application.is_ready():
                break
        except (AssertionError, StopIteration, psutil.Error):
            pass
        time.sleep(0.02)
    assert application.child(name).pid != killed
    assert application.is_ready()


@pytest.mark.parametrize("name", ["supervisor", "web", "worker", "postgres"])
def test_a_new_start_succeeds_after_any_process_was_killed(application: ServerProcess, name: str) -> None:
    application.kill(name)
    if name != "supervisor":
        application.kill("supervisor")
    application.start()
    assert application.is_ready()


def test_web_and_worker_leave_by_themselves_when_the_supervisor_is_killed(application: ServerProcess) -> None:
    left = [application.child(name) for name in ("web", "worker")]
    application.kill("supervisor")
    gone, alive = psutil.wait_procs(left, timeout=ENDS_S_MAX)
    assert len(gone) == 2, alive
    application.start()


def test_the_same_signal_from_two_hands_is_one(application: ServerProcess) -> None:
    application.process.send_signal(signal.SIGTERM)
    assert application.stop() == 0
    assert application.remains() == []


def test_a_taken_port_is_named(shared: ServerProcess) -> None:
    if shared.is_running():
        shared.stop()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", shared.port))
        listener.listen()
        shared.start(wait=False)
        assert shared.process.wait(timeout=ENDS_S_MAX) == 1
    assert "[serve.port.taken]" in shared.said()


async def test_a_second_signal_a_while_later_hurries() -> None:
    moments = iter([10.0, 10.2, 10.9])
    stop = Stop(lambda: next(moments))
    assert not stop.requested.is_set()
    stop.ask()
    assert stop.requested.is_set()
    stop.ask()
    assert not stop.hurried.is_set()
    stop.ask()
    assert stop.hurried.is_set()


async def test_a_web_process_that_does_not_become_ready_is_named() -> None:
    nowhere = from_environment({"PORT": str(free_port())})
    with pytest.raises(NotReady):
        await until_ready(nowhere, stop=Stop(time.monotonic), within_s=0.1)


def test_a_signal_while_it_is_opening_closes_it(shared: ServerProcess) -> None:
    if shared.is_running():
        shared.stop()
    shared.start(wait=False)
    while EmbeddedPostgres(shared.home).pid is None:
        assert shared.is_running(), shared.said()
        time.sleep(0.005)
    assert shared.stop() == 0
    assert shared.remains() == []


def test_it_runs_for_an_ordinary_user_too(neighbour: ServerProcess) -> None:
    assert neighbour.child("postgres").uids().effective == ordinary_user.uid()
    assert neighbour.stop() == 0
    assert neighbour.remains() == []


@pytest.fixture
def elsewhere(shared: ServerProcess, dsn: str) -> ServerProcess:
    """An installation whose database is not its own."""
    options = {"env": os.environ | {"LARGESSE_DATABASE_URL": dsn}}
    application = ServerProcess(shared.home.parent / "elsewhere", port=free_port(), options=options)
    if application.output.exists():
        application.output.unlink()
    return application


def test_a_database_elsewhere_is_used_as_it_is(elsewhere: ServerProcess) -> None:
    elsewhere.start("--demo")
    assert not (elsewhere.home / "postgres").exists()
    assert elsewhere.is_ready()
    assert elsewhere.stop() == 0
    assert elsewhere.remains() == []


async def test_a_database_of_a_newer_largesse_is_not_touched(elsewhere: ServerProcess, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    elsewhere.start(wait=False)
    assert await asyncio.to_thread(elsewhere.process.wait, timeout=ENDS_S_MAX) == 1
    assert "[database.newer]" in elsewhere.said()


def test_a_database_that_cannot_be_reached_is_named(shared: ServerProcess) -> None:
    options = {"env": os.environ | {"LARGESSE_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/none"}}
    application = ServerProcess(shared.home.parent / "nowhere", port=free_port(), options=options)
    application.start(wait=False)
    assert application.process.wait(timeout=ENDS_S_MAX) == 1
    assert "[database.unavailable]" in application.said()
    assert "hunter2" not in application.said()


def test_it_is_ready_only_once_the_demo_and_its_credentials_stand(neighbour: ServerProcess, demo: DemoFile) -> None:
    assert demo.shop is not None
    assert httpx.get(demo.shop.url, timeout=60).status_code == 200
    user = {"email": demo.partner.email, "password": demo.partner.password}
    request = {"auth_request": {"user": user, "api_key": demo.partner.api_key}}
    answer = httpx.post(f"{neighbour.url}/api/userservice/tokens", json=request, timeout=60)
    assert answer.status_code == 200, answer.text
