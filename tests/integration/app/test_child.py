"""Children of the supervisor, as real processes that behave badly."""

import asyncio
import os
import time
from pathlib import Path

import psutil
import pytest

from largesse.app.child import Child

# A stand-in for the package: `python -m largesse NAME` runs this instead.
STUBBORN = """
import os, signal, subprocess, sys, time
name = sys.argv[1]
with open(os.environ["DIARY"], "a") as diary:
    print(os.getpid(), file=diary)
if name == "crashing":
    sys.exit(3)
if name == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if name == "parent":
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with open(os.environ["DIARY"], "a") as diary:
        print(grandchild.pid, file=diary)
time.sleep(60)
"""


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    package = tmp_path / "packages" / "largesse"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STUBBORN)
    (tmp_path / "diary").touch()
    return tmp_path / "diary"


def _child(name: str, diary: Path, said: list[str]) -> Child:
    environment = os.environ | {"DIARY": str(diary), "PYTHONPATH": str(diary.parent / "packages")}
    return Child(name, environment=environment, pass_fds=(), say=said.append)


async def _lines(diary: Path, count: int) -> list[int]:
    async with asyncio.timeout(20):
        while len(lines := diary.read_text().splitlines()) < count:
            await asyncio.sleep(0.02)
    return [int(line) for line in lines]


async def test_a_crashing_child_is_started_again_and_again_with_growing_pauses(diary: Path) -> None:
    said: list[str] = []
    child = _child("crashing", diary, said)
    await child.start()
    keeper = asyncio.create_task(child.keep())
    await _lines(diary, 3)
    keeper.cancel()
    await child.stop(hurried=asyncio.Event())
    assert "status 3" in said[0]
    assert "in 0.1 s" in said[0]
    assert "in 0.5 s" in said[1]


async def test_a_child_that_does_not_listen_is_killed_when_there_is_a_hurry(diary: Path) -> None:
    child = _child("stubborn", diary, [])
    await child.start()
    (pid,) = await _lines(diary, 1)
    await asyncio.sleep(0.1)
    hurried = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, hurried.set)
    started = time.monotonic()
    await child.stop(hurried=hurried)
    assert time.monotonic() - started < 10
    assert not psutil.pid_exists(pid)
    assert child.pid is None


async def test_what_a_killed_child_leaves_behind_is_killed_too(diary: Path) -> None:
    child = _child("parent", diary, [])
    await child.start()
    pid, grandchild = await _lines(diary, 2)
    os.kill(pid, 9)
    assert await child.ended() == -9
    async with asyncio.timeout(10):
        while psutil.pid_exists(grandchild) and psutil.Process(grandchild).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)
