"""An installation and a merchant that sells, on a database of the test's own. The clock stands still at NOW."""

from contextlib import AbstractAsyncContextManager

from largesse.adapters.keyring import FixedKeyring
from largesse.app.application import Application
from largesse.db import Database
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant as a_seller
from tests.fakes.clock import StillClock

__all__ = ["NOW", "a_seller", "a_shop"]


def a_shop(database: Database) -> AbstractAsyncContextManager[Application]:
    """Lend an installation at NOW; every one of the same database has the same keys."""
    return an_application(database, clock=StillClock(NOW), keyring=FixedKeyring([bytes(32)]))
