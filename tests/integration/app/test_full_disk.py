"""A full disk stops nobody who only reads."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.app.test_web import web_process


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], check=False, capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("only root may mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(place: Path) -> None:
    for size in (2**20, 2**12, 1):
        with suppress(OSError), (place / f"fill-{size}").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * size)


def test_pages_that_only_read_are_served_while_the_disk_is_full(small_disk: Path, dsn: str) -> None:
    with web_process(small_disk, dsn) as web:
        web.wait_until_open()
        fill(small_disk)
        (worker,) = web.workers()
        for number in range(60):
            assert web.get(f"/nowhere/{number}", accept="text/html")[0] == 404
            assert web.get("/gifts/redeem.html")[0] == 200
        assert web.get("/readyz")[0] == 200
        assert b"largesse_request_seconds_count" in web.numbers()
        assert web.workers() == [worker]


def test_a_web_process_starts_and_serves_on_a_disk_that_is_full(small_disk: Path, dsn: str) -> None:
    with web_process(small_disk, dsn) as web:  # makes the keys, without which nothing starts
        web.wait_until_open()
    fill(small_disk)
    with web_process(small_disk, dsn) as web:
        web.wait_until_open()
        assert web.get("/gifts/redeem.html")[0] == 200
        assert b"largesse_request_seconds_count" in web.numbers()


WRITE_MANY = """
import structlog
from largesse.app import logs
logs.configure(process="web")
for number in range(100):
    structlog.get_logger().warning("something", number=number)
"""


def test_whoever_logs_to_a_full_disk_goes_on() -> None:
    with Path("/dev/full").open("wb") as full:
        subprocess.run([sys.executable, "-c", WRITE_MANY], check=True, timeout=60, stderr=full)
