"""A data folder with a cluster in it, and a server to start on it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from largesse.adapters.embedded_postgres import EmbeddedPostgres


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder that the tests of a module share; its path is short, as an operator's is."""
    folder = Path(tempfile.mkdtemp(prefix="largesse-home-"))
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[EmbeddedPostgres]:
    """A server on that folder, started; stopped afterwards."""
    running = EmbeddedPostgres(home)
    running.start()
    yield running
    running.stop()
