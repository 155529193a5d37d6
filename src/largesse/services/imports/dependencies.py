"""What bringing certificates over needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesKeys, UsesLedger


class ImportDependencies(Publishes, UsesKeys, UsesLedger, Protocol):
    """Transactions, the keys that seal numbers, and the ledger."""
