"""What every test may ask for.

`dsn` is a fresh, migrated database of the test's own; `database` is the same, opened as
`largesse.db.Database`.
"""

import gc
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from largesse.db import Database
from largesse.kernel.time_limits import stretch
from tests.support.postgres import (
    FOLDER_VARIABLE,
    PID_VARIABLE,
    Server,
    clean_up,
    external,
    fresh_database,
    pooled,
    quickest_place,
    shared_server,
)

# How long an example takes says more about the machine than about the code.
settings.register_profile("largesse", deadline=None)
settings.load_profile("largesse")

# How many times as long as written the product waits in tests, so that a machine that stops for a moment fails none.
TIME_LIMITS = 20

# After so many new objects.
GARBAGE_LOOKED_FOR_AT = 100_000


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    # Each process that a test starts would compile all of its modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A folder of its own for each run, so that two runs on one machine do not meet. The server in
    # it starts when the first test asks for a database, and goes when this process is gone.
    os.environ[PID_VARIABLE] = str(os.getpid())
    name = f"largesse-test-{os.getpid()}-{secrets.token_hex(4)}"
    os.environ[FOLDER_VARIABLE] = str(quickest_place() / name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The one long test begins at once, so that nobody waits for it alone at the end.
    items.sort(key=lambda item: item.get_closest_marker("crash") is None)
    for marker, elsewhere, why in (
        ("own_server", external(), "needs the PostgreSQL that the tests bring along"),
        ("own_session", pooled(), "needs a session of its own, which a pooler does not give"),
    ):
        for item in items:
            if elsewhere and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Before every fixture: what it opens here, or starts as a process of its own, has this much time.
    times = TIME_LIMITS if item.get_closest_marker("time_limits") is None else 1
    os.environ["LARGESSE_TIME_LIMITS"] = str(times)
    stretch(times)


def pytest_collection_finish(session: pytest.Session) -> None:
    # What was loaded to collect the tests stays until the end. Looking through it again and again for garbage, and
    # often for the little that one test makes, takes a fifth of a run's processor time.
    if not session.config.option.collectonly:
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE_LOOKED_FOR_AT, 20, 50)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        clean_up()
        Path(os.environ[FOLDER_VARIABLE]).with_suffix(".lock").unlink(missing_ok=True)


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """The PostgreSQL that this test run shares; the run's own does not sync to disk."""
    return shared_server()


@pytest.fixture
async def dsn(postgres_server: Server) -> AsyncIterator[str]:
    """A fresh, migrated database of this test's own."""
    async with fresh_database(postgres_server) as address:
        yield address


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """The same, opened."""
    async with await Database.open(dsn, size_max=10) as opened:
        yield opened
