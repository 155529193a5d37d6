"""What work at a counter needs."""

from typing import Protocol

from largesse.services.capabilities import PrintsReceipts
from largesse.services.gifts import GiftDependencies


class CounterWorkDependencies(GiftDependencies, PrintsReceipts, Protocol):
    """What work at a counter needs."""
