"""The embedded PostgreSQL by the settings.

Wired apart from everything else, so that `largesse serve` stands before the rest of the installation is loaded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from largesse.adapters.embedded_postgres import EmbeddedPostgres, HomeLock, borrowed
from largesse.app.settings import Settings


def lock(settings: Settings) -> HomeLock:
    """Return the lock of the data folder, not yet taken."""
    return HomeLock(settings.home)


def server(settings: Settings, *, say: Callable[[str], None]) -> EmbeddedPostgres | None:
    """Return the server to run, or None where the settings name one that runs elsewhere."""
    return None if settings.database_url else EmbeddedPostgres(settings.home, say=say)


def must_run(settings: Settings) -> bool:
    """Return whether a command has to run the embedded server itself, because nobody does."""
    return settings.database_url is None and EmbeddedPostgres(settings.home).pid is None


@contextmanager
def database_url(settings: Settings, *, say: Callable[[str], None]) -> Iterator[str]:
    """Lend the address of the database to one command: the one named, the one that runs, or one run for it.

    Raises:
        HomeInUse: a Largesse is starting or stopping there just now.
    """
    if settings.database_url:
        yield settings.database_url
        return
    with borrowed(settings.home, say=say) as address:
        yield address
