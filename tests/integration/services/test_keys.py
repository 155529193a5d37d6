"""Keys are rotated while everything runs: no reader is ever turned away, and dying at any point loses nothing."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from largesse.adapters.keyring import FileKeyring, FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates
from largesse.domain.certificates import find_by_number, seal_number
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import make_number
from largesse.kernel.sealing import KeyInUse, KeysNotOurs, MasterKeyUnknown
from largesse.services.certificates.lookup import locate
from largesse.services.keys import rotation
from largesse.services.keys.checking import check_numbers
from largesse.services.keys.rotation import RETIRE_AFTER, reseal, retire, rotate, usage
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_card, a_merchant, keep_numbers

LATER = NOW + timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    FileKeyring.open_or_create(tmp_path / "rotation.json", now=NOW)
    return tmp_path / "rotation.json"


async def many_numbers(application: Application, count: int) -> dict[UUID, str]:
    """Store numbers of a merchant's, without certificates behind them: keys know only numbers."""
    merchant = (await a_merchant(application.database)).merchant_id
    made = {new_id(NOW): make_number("GL") for _ in range(count)}
    async with application.database.transaction() as connection:
        await keep_numbers(connection, [seal_number(application.keyring, merchant, *pair) for pair in made.items()])
    return made


async def test_a_rotation_leaves_everything_under_the_new_key(database: Database, path: Path) -> None:
    async with an_application(database, keyring=FileKeyring(path, look_s=0)) as application:
        card = await a_card(application, await a_merchant(database))
        old = application.keyring.current_key_id
        told: list[tuple[str, int]] = []
        fresh = await rotate(application, now=LATER, progress=lambda name, done: told.append((name, done)))
        assert application.keyring.current_key_id == fresh != old
        assert await usage(application) == {fresh: {"certificate numbers": 1}}
        assert ("certificate numbers", 1) in told
        assert (await locate(application, card.number, at=None)).place == card.place
        assert await check_numbers(application, told=str, progress=lambda *_: None) == (1, 0)
        await retire(application, old, now=LATER + RETIRE_AFTER)
        assert (await locate(application, card.number, at=None)).place == card.place
        assert [key.key_id for key in application.keyring.live_keys()] == [fresh]


async def test_readers_and_writers_go_on_during_a_rotation(database: Database, path: Path) -> None:
    operator = FileKeyring(path, look_s=0.05)
    other = FileKeyring(path, look_s=0.05)
    async with an_application(database, keyring=operator) as application:
        made = await many_numbers(application, 300)
        merchant = (await locate_merchant(application)).hex
        stop = asyncio.Event()
        found = written = 0

        async def read() -> None:
            nonlocal found
            while not stop.is_set():
                for certificate_id, number in list(made.items())[:: max(1, len(made) // 25)]:
                    async with database.connection() as connection:
                        assert await find_by_number(connection, other, UUID(merchant), number) == certificate_id
                    found += 1

        async def write() -> None:
            nonlocal written
            while not stop.is_set():
                certificate_id, number = new_id(NOW), make_number("GL")
                async with database.transaction() as connection:
                    await keep_numbers(connection, [seal_number(other, UUID(merchant), certificate_id, number)])
                made[certificate_id] = number
                written += 1
                await asyncio.sleep(0.002)

        readers = [asyncio.create_task(read()), asyncio.create_task(read()), asyncio.create_task(write())]
        for day in range(3):
            await rotate(application, now=LATER + timedelta(days=day))
        while found <= 100 or written <= 10:  # on a machine that was busy meanwhile
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*readers)
        await reseal(application)
        assert set(await usage(application)) == {operator.current_key_id}
        assert len(operator.live_keys()) == 4


async def locate_merchant(application: Application) -> UUID:
    async with application.database.connection() as connection:
        found: UUID = await connection.fetchval("SELECT merchant_id FROM merchants")
    return found


class Died(Exception):
    """Stand for a process that ends here."""


@pytest.mark.parametrize("after_pauses", [0, 1])
async def test_a_rotation_that_died_between_its_phases_goes_on(
    database: Database, path: Path, after_pauses: int
) -> None:
    pauses = 0

    async def dying(_seconds: float) -> None:
        nonlocal pauses
        if pauses == after_pauses:
            raise Died
        pauses += 1

    async with an_application(database, keyring=FileKeyring(path, look_s=0)) as application:
        card = await a_card(application, await a_merchant(database))
        with pytest.raises(Died):
            await rotate(application, now=LATER, pause=dying)
        assert (await locate(application, card.number, at=None)).place == card.place
        if after_pauses == 0:
            await rotate(application, now=LATER + timedelta(hours=1))
            assert len(application.keyring.live_keys()) == 2  # the key of the first try is used, not a third one made
        else:
            await reseal(application)
        assert set(await usage(application)) == {application.keyring.current_key_id}
        assert (await locate(application, card.number, at=None)).place == card.place


async def test_what_is_needed_is_not_retired(database: Database, path: Path) -> None:
    async with an_application(database, keyring=FileKeyring(path, look_s=0)) as application:
        await a_card(application, await a_merchant(database))
        old = application.keyring.current_key_id
        with pytest.raises(KeyInUse, match="rotate"):
            await retire(application, old, now=LATER)
        application.keyring.promote(application.keyring.accept_new(now=LATER), now=LATER)
        with pytest.raises(KeyInUse, match="1 certificate numbers"):
            await retire(application, old, now=LATER + RETIRE_AFTER)
        await reseal(application)
        with pytest.raises(KeyInUse, match="ten minutes"):
            await retire(application, old, now=LATER + timedelta(minutes=9))
        with pytest.raises(MasterKeyUnknown):
            await retire(application, "knone", now=LATER)
        await retire(application, old, now=LATER + RETIRE_AFTER)


async def test_keys_of_the_environment_are_rotated_by_whoever_keeps_them(database: Database) -> None:
    old, new = bytes(32), bytes(range(32))
    async with an_application(database, keyring=FixedKeyring([old])) as application:
        card = await a_card(application, await a_merchant(database))
        with pytest.raises(KeysNotOurs, match="LARGESSE_KEYS"):
            await rotate(application, now=LATER)
    async with an_application(database, keyring=FixedKeyring([new, old])) as application:
        assert await reseal(application) == 1
    async with an_application(database, keyring=FixedKeyring([new])) as application:
        assert (await locate(application, card.number, at=None)).place == card.place


PROGRAM = """
import asyncio, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from largesse.adapters.keyring import FileKeyring
from largesse.db import Database
from largesse.services.keys import rotation
from tests.builders.application import an_application

rotation.BATCH = 20
told = 0

def tell(name, done):
    global told
    told += 1
    if told == 5:
        print("in the middle", flush=True)
        signal.pause()

async def main():
    async with await Database.open(sys.argv[1]) as database:
        async with an_application(database, keyring=FileKeyring(Path(sys.argv[2]), look_s=0.01)) as application:
            await rotation.rotate(application, now=datetime(2026, 11, 23, tzinfo=UTC), progress=tell)

asyncio.run(main())
"""


@pytest.mark.crash
async def test_a_rotation_killed_in_the_middle_loses_no_number(database: Database, dsn: str, path: Path) -> None:
    async with an_application(database, keyring=FileKeyring(path, look_s=0)) as application:
        made = await many_numbers(application, 2000)
        merchant = await locate_merchant(application)
        old = application.keyring.current_key_id
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, dsn, str(path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
        )
        assert process.stdout is not None
        assert await process.stdout.readline() == b"in the middle\n"
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        counts = await usage(application)
        assert counts[old]["certificate numbers"] > 0, "the rotation was over before it was killed"
        assert sum(owners["certificate numbers"] for owners in counts.values()) == 2000
        async with database.connection() as connection:
            for certificate_id, number in list(made.items())[::50]:
                assert await find_by_number(connection, application.keyring, merchant, number) == certificate_id
        await reseal(application)
        assert set(await usage(application)) == {application.keyring.current_key_id}
        async with database.connection() as connection:
            opened = await certificates.open_numbers(connection, application.keyring, merchant, list(made))
        assert opened == made
        assert rotation.incoming_key(application.keyring.live_keys()) is None
