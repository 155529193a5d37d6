"""What a process says that cannot open the installation, and what it leaves alone."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from largesse.adapters.keyring import KeyringLost
from largesse.app import wiring
from largesse.app.settings import Settings, from_environment
from largesse.db import Database, migrate
from largesse.db.faults import DatabaseRefused
from largesse.kernel.clock import SystemClock
from tests.builders.application import an_application
from tests.builders.certificates import a_card, a_merchant
from tests.support.server_process import free_port

NOWHERE = "postgresql://somebody:a-password@127.0.0.1:9/largesse"
ENDS_S_MAX = 240.0  # a guard against hanging


def settings_of(home: Path, dsn: str) -> Settings:
    return from_environment({"LARGESSE_HOME": str(home), "LARGESSE_DATABASE_URL": dsn})


async def open_once(settings: Settings) -> None:
    async with wiring.open_application(settings):
        pass


async def test_the_first_start_makes_a_keyring_and_the_next_ones_use_it(dsn: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, dsn)
    await asyncio.gather(*(open_once(settings) for _ in range(3)))
    made = (tmp_path / "keys.json").read_bytes()
    await open_once(settings)
    assert (tmp_path / "keys.json").read_bytes() == made


async def test_a_database_that_is_not_migrated_yet_has_sealed_nothing(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as connection:
        await connection.execute("ALTER TABLE certificate_numbers RENAME TO not_yet")
    keyring = await wiring.open_keyring(settings_of(tmp_path, ""), database, clock=SystemClock())
    assert keyring.current_key_id


async def test_lost_keys_are_never_silently_replaced(database: Database, dsn: str, tmp_path: Path) -> None:
    merchant = await a_merchant(database)
    async with an_application(database) as application:
        await a_card(application, merchant)
    with pytest.raises(KeyringLost) as refused:
        await open_once(settings_of(tmp_path, dsn))
    assert refused.value.code == "keyring.lost"
    assert "keys.json" in refused.value.message
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.time_limits
async def test_a_process_whose_database_is_out_of_reach_says_so_and_ends(tmp_path: Path) -> None:
    for ended in await asyncio.gather(*(ending_of(command, tmp_path) for command in ("web", "worker"))):
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[-1].endswith("[database.unavailable]")
        assert "a-password" not in ended.stderr + ended.stdout
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        lambda dsn: dsn.replace("//", "//nobody:a-password@", 1) if "@" not in dsn else _signed_in_as_nobody(dsn),
        lambda dsn: urlunsplit(urlsplit(dsn)._replace(path="/nowhere")),
        lambda _: "postgresql://somebody:a-password@127.0.0.1:port/largesse",
        lambda _: "postgresql://somebody:a-password@127.0.0.1/largesse?sslmode=perhaps",
    ],
    ids=["who", "which", "port", "options"],
)
async def test_a_database_that_takes_nobody_is_told_from_one_that_is_away(
    wrong: Callable[[str], str], dsn: str, tmp_path: Path
) -> None:
    for attempt in (open_once(settings_of(tmp_path, wrong(dsn))), migrate.upgrade(wrong(dsn))):
        with pytest.raises(DatabaseRefused) as refused:
            await attempt
        assert refused.value.code == "database.refused"
        assert "a-password" not in refused.value.message


def _signed_in_as_nobody(dsn: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=f"nobody:a-password@{parts.netloc.rpartition('@')[2]}"))


def test_an_argument_that_is_no_text_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "largesse", "merchant", "show", b"caf\xe9"],
        env=os.environ | {"LARGESSE_HOME": str(tmp_path), "LARGESSE_DATABASE_URL": NOWHERE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "must be UTF-8" in ended.stderr


def test_what_is_wrong_with_a_setting_is_said_once(tmp_path: Path) -> None:
    for command in (["merchant", "list"], ["web"]):
        ended = subprocess.run(
            [sys.executable, "-m", "largesse", *command],
            env=os.environ | {"LARGESSE_HOME": str(tmp_path), "LARGESSE_DATABASE_URL": "mysql://somebody@here/x"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 1
        assert ended.stderr.count("LARGESSE_DATABASE_URL") == 1


async def ending_of(command: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """Run a process until it ends by itself."""
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "largesse", command],
        env=os.environ | {"LARGESSE_HOME": str(home), "LARGESSE_DATABASE_URL": NOWHERE, "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=ENDS_S_MAX,
        check=False,
    )
