"""What invoicing needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesLedger


class InvoiceDependencies(Publishes, UsesLedger, Protocol):
    """Transactions, and the ledger."""
