"""What selling at a counter needs."""

from typing import Protocol

from largesse.services.capabilities import PrintsReceipts
from largesse.services.payments import PaymentDependencies


class CounterSaleDependencies(PaymentDependencies, PrintsReceipts, Protocol):
    """Orders, the ledger, the gateways that buyers pay by on their own phones, and a printer of receipts."""
