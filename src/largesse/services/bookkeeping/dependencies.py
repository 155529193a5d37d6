"""What bookkeeping needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesLedger
from largesse.services.merchants import Locator


class BookkeepingDependencies(Publishes, UsesLedger, Protocol):
    """Transactions, the ledger, and where things happen."""

    @property
    def locator(self) -> Locator:
        """The locations, as they were last known."""
