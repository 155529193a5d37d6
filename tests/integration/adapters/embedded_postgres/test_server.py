"""The embedded server, from its first start to what a crash leaves behind."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import asyncpg
import psutil
import pytest

from largesse.adapters.embedded_postgres import EmbeddedPostgres, borrowed, postmaster
from largesse.adapters.embedded_postgres.account import choose
from largesse.adapters.embedded_postgres.errors import (
    DataOfAnotherVersion,
    HomeInUse,
    PasswordLost,
    StartFailed,
)
from largesse.adapters.embedded_postgres.layout import SOCKET_PATH_MAX, Layout
from largesse.adapters.embedded_postgres.lock import HomeLock
from largesse.adapters.embedded_postgres.postmaster import ServerStatus

HOLD_THE_LOCK = """
import pathlib, sys
from largesse.adapters.embedded_postgres import HomeLock
HomeLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


async def _value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def _kill(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.alive():
        time.sleep(0.005)


@pytest.mark.parametrize(
    "setting, value",
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("TimeZone", "UTC"),
    ],
)
async def test_it_is_durable_and_listens_to_no_network(server: EmbeddedPostgres, setting: str, value: str) -> None:
    assert await _value(server.dsn, f"SELECT current_setting('{setting}')") == value


async def test_no_file_can_make_it_less_durable(server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(server.superuser_dsn)
    await admin.execute("ALTER SYSTEM SET fsync = off")
    await admin.execute("ALTER SYSTEM SET full_page_writes = off")
    await admin.close()
    server.stop()
    server.start()
    assert await _value(server.dsn, "SELECT current_setting('fsync')") == "on"
    assert await _value(server.dsn, "SELECT current_setting('full_page_writes')") == "on"


async def test_the_application_is_no_superuser(server: EmbeddedPostgres) -> None:
    assert await _value(server.dsn, "SELECT current_setting('is_superuser')") == "off"


async def test_letters_of_every_language_have_their_capitals(server: EmbeddedPostgres) -> None:
    assert await _value(server.dsn, "SELECT upper('żółć ñandú ά')") == "ŻÓŁĆ ÑANDÚ Ά"


async def test_nobody_gets_in_without_the_password(server: EmbeddedPostgres, home: Path) -> None:
    password = Layout(home).read_passwords().role
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn.replace(password, "guess"))


@pytest.mark.usefixtures("server")
def test_its_files_are_closed_to_others(home: Path) -> None:
    layout = Layout(home)
    assert stat.S_IMODE(layout.passwords_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.log.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.socket_folder().stat().st_mode) == 0o700


@pytest.mark.usefixtures("server")
def test_the_passwords_are_not_shown(home: Path) -> None:
    passwords = Layout(home).read_passwords()
    assert passwords.role not in repr(passwords)


def test_it_never_runs_as_root_and_knows_nothing_of_our_environment(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    process = psutil.Process(server.pid)
    assert process.uids().effective != 0
    assert set(process.environ()) <= {"PATH", "LC_ALL", "TZ"} | {
        name for name in process.environ() if name.startswith(("PG", "LC_"))
    }


def test_a_terminals_interrupt_does_not_reach_it(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    assert os.getsid(server.pid) != os.getsid(0)


async def test_what_was_committed_survives_a_kill(server: EmbeddedPostgres) -> None:
    name = uuid.uuid4().hex
    await _execute(server.dsn, f"CREATE TABLE kept_{name} (id int)", f"INSERT INTO kept_{name} VALUES (7)")
    _kill(server)
    server.start()
    assert await _value(server.dsn, f"SELECT id FROM kept_{name}") == 7


def test_it_notices_that_it_was_killed(server: EmbeddedPostgres) -> None:
    assert server.alive()
    _kill(server)
    assert not server.alive()


async def test_a_server_that_a_killed_largesse_left_is_taken_over(server: EmbeddedPostgres, home: Path) -> None:
    said: list[str] = []
    successor = EmbeddedPostgres(home, say=said.append)
    successor.start()
    assert successor.pid == server.pid
    assert successor.alive()
    assert any("Taking over" in sentence for sentence in said)
    assert await _value(successor.dsn, "SELECT 1") == 1
    successor.stop()
    assert not successor.alive()
    assert server.pid is None


def test_it_waits_for_a_server_that_is_going_down(server: EmbeddedPostgres, home: Path) -> None:
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGINT)
    while (running := postmaster.find(Layout(home).data)) and running.status == ServerStatus.READY:
        time.sleep(0.001)
    successor = EmbeddedPostgres(home)
    successor.start()
    assert successor.pid not in (None, first)
    successor.stop()


def test_a_pid_that_now_belongs_to_another_process_is_no_server(server: EmbeddedPostgres, home: Path) -> None:
    data = Layout(home).data
    left_behind = (data / postmaster.PID_FILE).read_text().splitlines()
    _kill(server)
    account = choose(data)
    with subprocess.Popen(["sleep", "60"], **account.popen_options()) as stranger:
        (data / postmaster.PID_FILE).write_text("\n".join([str(stranger.pid), *left_behind[1:]]) + "\n")
        assert postmaster.find(data) is None
        server.start()
        assert server.pid not in (None, stranger.pid)
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("text", ["", "not a number\n", "-1\n", "99999999\n/nowhere\n"])
def test_a_damaged_pid_file_is_no_server(tmp_path: Path, text: str) -> None:
    (tmp_path / postmaster.PID_FILE).write_text(text)
    assert postmaster.find(tmp_path) is None


async def test_it_stops_although_a_transaction_is_open(server: EmbeddedPostgres, home: Path) -> None:
    connection = await asyncpg.connect(server.dsn)
    transaction = connection.transaction()
    await transaction.start()
    before = Layout(home).log.stat().st_size
    server.stop()
    # By itself and in good order: it was not hurried, which would have cost a recovery.
    words = Layout(home).log.read_bytes()[before:].decode()
    assert "database system is shut down" in words
    assert "immediate shutdown" not in words
    connection.terminate()


async def test_a_hurried_stop_loses_nothing(server: EmbeddedPostgres) -> None:
    name = uuid.uuid4().hex
    await _execute(server.dsn, f"CREATE TABLE hurried_{name} (id int)", f"INSERT INTO hurried_{name} VALUES (7)")
    server.stop(hurry=lambda: True)
    server.start()
    assert await _value(server.dsn, f"SELECT id FROM hurried_{name}") == 7


def test_stopping_twice_is_harmless(server: EmbeddedPostgres) -> None:
    server.stop()
    server.stop()
    assert server.pid is None


def test_a_start_that_is_cancelled_can_be_stopped(home: Path) -> None:
    cancelled = EmbeddedPostgres(home)
    cancelled.start(cancelled=lambda: True)
    cancelled.stop()
    assert cancelled.pid is None


def test_a_start_that_is_cancelled_can_be_stopped_where_interrupts_are_ignored(home: Path) -> None:
    # As in what a shell runs in the background: PostgreSQL inherits it, until it has set up its own signals.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        cancelled = EmbeddedPostgres(home)
        cancelled.start(cancelled=lambda: True)
        cancelled.stop()
    finally:
        signal.signal(signal.SIGINT, usual)
    assert cancelled.pid is None


def test_a_start_that_fails_shows_what_the_server_said(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    file = Layout(home).data / "postgresql.conf"
    before = file.read_text()
    file.write_text(before + "\nmax_connections = many\n")
    try:
        with pytest.raises(StartFailed, match="max_connections") as caught:
            server.start()
    finally:
        file.write_text(before)
    assert caught.value.code == "database.embedded.not_started"


def test_the_data_of_another_version_is_not_touched(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    file = Layout(home).data / "PG_VERSION"
    file.write_text("17\n")
    try:
        with pytest.raises(DataOfAnotherVersion, match="PostgreSQL 17") as caught:
            server.start()
    finally:
        file.write_text("18\n")
    assert caught.value.code == "database.embedded.version"


def test_a_lost_password_is_named(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    file = Layout(home).passwords_file
    aside = file.with_suffix(".aside")
    file.rename(aside)
    try:
        with pytest.raises(PasswordLost, match=r"passwords\.json"):
            server.start()
    finally:
        aside.rename(file)


async def test_a_command_borrows_the_server_that_runs(server: EmbeddedPostgres, home: Path) -> None:
    with borrowed(home) as address:
        assert await _value(address, "SELECT 1") == 1
    assert server.alive()


async def test_a_command_runs_a_server_of_its_own_when_nothing_else_runs(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    with borrowed(home) as address:
        assert await _value(address, "SELECT 1") == 1
    assert server.pid is None


def test_a_command_does_not_disturb_an_installation_that_is_opening(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, home], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(HomeInUse, match=f"process {holder.pid}") as caught, borrowed(home):
            pass
        assert caught.value.code == "home.in_use"
        holder.kill()
        holder.wait()
        with HomeLock(home):
            pass


def test_a_creation_that_was_cut_short_is_begun_anew(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.unfinished.mkdir(parents=True)
    (layout.unfinished / "PG_VERSION").write_text("18\n")
    layout.make_passwords()
    server = EmbeddedPostgres(tmp_path)
    try:
        server.start()
        assert server.alive()
        assert not layout.unfinished.exists()
    finally:
        server.stop()


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 20)
    assert len(str(Layout(home).data)) > SOCKET_PATH_MAX
    server = EmbeddedPostgres(home)
    folder = Layout(home).socket_folder()
    try:
        server.start()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert server.alive()
    finally:
        server.stop()
        folder.rmdir()


def test_two_houses_run_side_by_side(server: EmbeddedPostgres, tmp_path: Path) -> None:
    neighbour = EmbeddedPostgres(tmp_path)
    thread = threading.Thread(target=neighbour.start)
    thread.start()
    thread.join()
    try:
        assert neighbour.alive()
        assert server.alive()
        assert neighbour.pid != server.pid
    finally:
        neighbour.stop()
