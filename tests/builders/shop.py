"""A house and a merchant that sells, on a database of the test's own. The clock stands still at NOW."""

from contextlib import AbstractAsyncContextManager

from largesse.adapters.keyring import FixedKeyring
from largesse.db import Database
from largesse.services.house import House
from tests.builders.certificates import a_merchant as a_seller
from tests.builders.house import NOW, a_house
from tests.fakes.clock import StillClock

__all__ = ["NOW", "a_seller", "a_shop"]


def a_shop(database: Database) -> AbstractAsyncContextManager[House]:
    """Lend a house at NOW; every one of the same database has the same keys."""
    return a_house(database, clock=StillClock(NOW), keyring=FixedKeyring([bytes(32)]))
