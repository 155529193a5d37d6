"""What sealing needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesLedger


class SealDependencies(Publishes, UsesLedger, Protocol):
    """Transactions that publish, and the ledger."""
