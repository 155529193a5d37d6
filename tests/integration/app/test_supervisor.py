"""`largesse serve` with real processes: what starts, what stops, and what is killed in between."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator

import psutil
import pytest

from largesse.adapters.embedded_postgres.layout import Layout
from largesse.app.supervisor import Stop
from largesse.db import Database
from tests.support import ordinary_user
from tests.support.house_process import HouseProcess, free_port, house_process

SECOND_START_MAX_S = 5.0


@pytest.fixture(scope="module")
def shared() -> Iterator[HouseProcess]:
    """One house for the tests of this module: opening and closing it is the slow part."""
    with house_process() as house:
        yield house
        if house.is_running():
            house.stop()
        assert house.remains() == []


@pytest.fixture
def house(shared: HouseProcess) -> HouseProcess:
    """That house, open."""
    if not shared.is_running():
        shared.start()
    return shared


def test_it_opens_and_closes(house: HouseProcess) -> None:
    assert house.is_ready()
    assert house.stop() == 0
    assert house.remains() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_polite_signals_close_it_too(house: HouseProcess, number: signal.Signals) -> None:
    assert house.stop(number) == 0
    assert house.remains() == []


def test_a_second_start_takes_under_five_seconds(house: HouseProcess) -> None:
    def start() -> float:
        house.stop()
        began = time.monotonic()
        house.start()
        return time.monotonic() - began

    # The rest of the suite runs on the same cores: one quick start of three shows that it can, and where more wants to
    # run than there are cores, it has to wait for its turn like everybody.
    crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert any(start() < SECOND_START_MAX_S * crowd for _ in range(3))


def test_postgres_goes_last(house: HouseProcess) -> None:
    log = Layout(house.home).log
    before = log.stat().st_size
    house.stop()
    words = log.read_bytes()[before:].decode()
    assert "received fast shutdown request" in words
    assert "database system is shut down" in words
    # What PostgreSQL says to a client that is still connected when it goes.
    assert "terminating connection" not in words


def test_a_terminals_interrupt_would_reach_the_supervisor_alone(house: HouseProcess) -> None:
    groups = {os.getpgid(house.child(name).pid) for name in ("supervisor", "web", "worker", "postgres")}
    assert len(groups) == 4


def test_a_taken_port_is_named(house: HouseProcess) -> None:
    house.stop()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", house.port))
        listener.listen()
        house.start(wait=False)
        assert house.process.wait(timeout=30) == 1
    assert "[serve.port.taken]" in house.said()


def test_a_second_largesse_on_the_same_folder_is_refused(house: HouseProcess) -> None:
    rival = HouseProcess(house.home, port=house.port)
    rival.output = house.home.parent / "rival.out"
    rival.start(wait=False)
    assert rival.process.wait(timeout=30) == 1
    assert "[home.in_use]" in rival.said()
    assert house.is_ready()


@pytest.mark.parametrize("name", ["web", "worker", "postgres"])
def test_what_is_killed_is_started_again(house: HouseProcess, name: str) -> None:
    killed = house.child(name).pid
    house.kill(name)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if house.child(name).pid != killed and house.is_ready():
                break
        except (AssertionError, StopIteration, psutil.Error):
            pass
        time.sleep(0.02)
    assert house.child(name).pid != killed
    assert house.is_ready()


@pytest.mark.parametrize("name", ["supervisor", "web", "worker", "postgres"])
def test_a_new_start_succeeds_after_any_process_was_killed(house: HouseProcess, name: str) -> None:
    house.kill(name)
    if name != "supervisor":
        house.kill("supervisor")
    house.start()
    assert house.is_ready()


def test_web_and_worker_leave_by_themselves_when_the_supervisor_is_killed(house: HouseProcess) -> None:
    left = [house.child(name) for name in ("web", "worker")]
    house.kill("supervisor")
    gone, alive = psutil.wait_procs(left, timeout=15)
    assert len(gone) == 2, alive
    house.start()


def test_the_same_signal_from_two_hands_is_one(house: HouseProcess) -> None:
    house.process.send_signal(signal.SIGTERM)
    assert house.stop() == 0
    assert house.remains() == []


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


def test_a_signal_while_it_is_opening_closes_it(shared: HouseProcess) -> None:
    if shared.is_running():
        shared.stop()
    shared.start(wait=False)
    time.sleep(0.7)
    assert shared.stop() in (0, 1, -signal.SIGTERM)
    assert shared.remains() == []


def test_it_runs_for_an_ordinary_user_too() -> None:
    program = ordinary_user.python()
    with house_process(program=program, options=ordinary_user.popen_options()) as house:
        house.home.parent.chmod(0o777)
        house.start("--demo")
        assert house.child("postgres").uids().effective == ordinary_user.uid()
        assert house.stop() == 0
        assert house.remains() == []


def test_two_houses_stand_side_by_side(house: HouseProcess) -> None:
    with house_process() as neighbour:
        neighbour.start()
        assert neighbour.is_ready()
        assert house.is_ready()
        assert neighbour.stop() == 0
    assert house.is_ready()


@pytest.fixture
def elsewhere(shared: HouseProcess, dsn: str) -> HouseProcess:
    """A house whose database is not its own."""
    options = {"env": os.environ | {"LARGESSE_DATABASE_URL": dsn}}
    house = HouseProcess(shared.home.parent / "elsewhere", port=free_port(), options=options)
    if house.output.exists():
        house.output.unlink()
    return house


def test_a_database_elsewhere_is_used_as_it_is(elsewhere: HouseProcess) -> None:
    elsewhere.start("--demo")
    assert not (elsewhere.home / "postgres").exists()
    assert elsewhere.is_ready()
    assert elsewhere.stop() == 0
    assert elsewhere.remains() == []


async def test_a_database_of_a_newer_largesse_is_not_touched(elsewhere: HouseProcess, database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    elsewhere.start(wait=False)
    assert await asyncio.to_thread(elsewhere.process.wait, timeout=60) == 1
    assert "[database.newer]" in elsewhere.said()


def test_a_database_that_cannot_be_reached_is_named(shared: HouseProcess) -> None:
    options = {"env": os.environ | {"LARGESSE_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/none"}}
    house = HouseProcess(shared.home.parent / "nowhere", port=free_port(), options=options)
    house.start(wait=False)
    assert house.process.wait(timeout=60) == 1
    assert "[database.unavailable]" in house.said()
    assert "hunter2" not in house.said()
