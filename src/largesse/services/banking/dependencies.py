"""What banking needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesLedger, UsesLocator


class BankingDependencies(Publishes, UsesLedger, UsesLocator, Protocol):
    """Transactions, the ledger, and where things happen."""
