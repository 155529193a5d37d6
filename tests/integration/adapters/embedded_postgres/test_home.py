"""The data folder: whose it is, and who may pass."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from largesse.adapters.embedded_postgres.account import SystemUser, open_the_way
from largesse.adapters.embedded_postgres.lock import HomeLock
from tests.support import ordinary_user

RUN = """
import asyncio, pathlib, sys
from largesse.adapters.embedded_postgres import EmbeddedPostgres, HomeLock
from largesse.kernel.errors import LargesseError
home = pathlib.Path(sys.argv[1])
try:
    with HomeLock(home):
        server = EmbeddedPostgres(home)
        server.start()
        print("stood", flush=True)
        server.stop()
except LargesseError as error:
    print(error.code)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="largesse-place-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _as_ordinary_user(home: Path) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [ordinary_user.python(), "-c", RUN, home],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        **ordinary_user.popen_options(),
    )
    return done.stdout.strip()


def test_an_ordinary_user_runs_the_server_too(place: Path) -> None:
    home = place / "home"
    home.mkdir()
    os.chown(home, ordinary_user.uid(), -1)
    assert _as_ordinary_user(home) == "stood"


def test_a_folder_that_cannot_be_made_is_named(place: Path) -> None:
    if os.geteuid() != 0:
        place.chmod(0o500)
    assert _as_ordinary_user(place / "home") == "home.not_writable"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_named(place: Path) -> None:
    with HomeLock(place / "home"):
        pass
    assert _as_ordinary_user(place / "home") == "home.owned_by_another"


def test_a_file_in_the_place_of_the_folder_is_named(place: Path) -> None:
    (place / "home").write_text("not a folder")
    assert _as_ordinary_user(place / "home") == "home.not_writable"


def test_only_what_is_closed_is_opened_and_only_to_pass_through(tmp_path: Path) -> None:
    closed, group, already = tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a" / "b" / "c"
    already.mkdir(parents=True)
    for folder, mode in ((closed, 0o700), (group, 0o750), (already, 0o755)):
        folder.chmod(mode)
    said: list[str] = []
    stranger = SystemUser(name="stranger", uid=54321, gid=54321, switched=True)
    open_the_way(stranger, already / "data", say=said.append)
    assert [stat.S_IMODE(f.stat().st_mode) for f in (closed, group, already)] == [0o701, 0o751, 0o755]
    assert any(str(closed) in sentence for sentence in said)
    assert not any(sentence.startswith(str(already)) for sentence in said)


def test_nothing_is_opened_for_ourselves(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    ourselves = SystemUser(name="me", uid=os.geteuid(), gid=os.getegid(), switched=False)
    open_the_way(ourselves, closed / "data", say=lambda _: None)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
