"""A real Chromium for the tests that look. Where there is none, they are skipped and say so."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Unpack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.eyes import HANG_MS, Sight, Ways, look_through

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
START_S = 240.0

Open = Callable[..., Awaitable[Sight]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder, and let it share one event loop, as the browser does."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def program() -> str:
    """Return where Chromium is; without one, the test that asks is skipped."""
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here; install it to run the browser tests: apt-get install chromium")
    return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a screen."""
    path = program()
    expect.set_options(timeout=HANG_MS)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
def guide_url() -> Iterator[str]:
    """The address of a server that shows the style guide."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "tests.browser.guide:app"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest_asyncio.fixture(loop_scope="session")
async def guide(browser: Browser, guide_url: str) -> AsyncIterator[Open]:
    """Open the style guide in a way of looking; see `look_through` for the ways."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_guide(**ways: Unpack[Ways]) -> Sight:
            sight = await look_through(browser, guide_url, **ways)
            stack.push_async_callback(sight.context.close)
            return sight

        yield open_guide


def free_port() -> int:
    """Return a port of the loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something listens on `port`.

    Raises:
        TimeoutError: nothing did in time, or the process ended.
    """
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.05)
    problem = f"the server on port {port} did not start"
    raise TimeoutError(problem)
