"""Children of the supervisor, as real processes that behave badly."""

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from largesse.app.child import GRACE_S, Child

# A stand-in for the package: `python -m largesse NAME` runs this instead.
STUBBORN = """
import os, signal, subprocess, sys, time
name = sys.argv[1]
def heard(*_):
    with open(os.environ["DIARY"], "a") as diary:
        print(0, file=diary)
if name == "stubborn":
    signal.signal(signal.SIGTERM, heard)
with open(os.environ["DIARY"], "a") as diary:
    print(os.getpid(), file=diary)
if name == "crashing":
    sys.exit(3)
if name == "parent":
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    with open(os.environ["DIARY"], "a") as diary:
        print(grandchild.pid, file=diary)
while True:
    time.sleep(3600)
"""


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    package = tmp_path / "packages" / "largesse"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(STUBBORN)
    (tmp_path / "diary").touch()
    return tmp_path / "diary"


def _child(name: str, diary: Path, said: list[str], *, grace_s: float = GRACE_S) -> Child:
    environment = os.environ | {"DIARY": str(diary), "PYTHONPATH": str(diary.parent / "packages")}
    return Child(name, environment=environment, pass_fds=(), say=said.append, grace_s=grace_s)


async def _lines(diary: Path, count: int) -> list[int]:
    async with asyncio.timeout(100):
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
    child = _child("stubborn", diary, [], grace_s=3600)
    await child.start()
    (pid,) = await _lines(diary, 1)
    hurried = asyncio.Event()
    stopping = asyncio.create_task(child.stop(hurried=hurried))
    assert await _lines(diary, 2) == [pid, 0]  # it was asked, and stays
    hurried.set()
    await stopping
    assert not psutil.pid_exists(pid)
    assert child.pid is None


async def test_what_a_killed_child_leaves_behind_is_killed_too(diary: Path) -> None:
    child = _child("parent", diary, [])
    await child.start()
    pid, grandchild = await _lines(diary, 2)
    os.kill(pid, 9)
    assert await child.ended() == -9
    async with asyncio.timeout(100):
        while psutil.pid_exists(grandchild) and psutil.Process(grandchild).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)
