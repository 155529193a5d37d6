"""What giving money back needs."""

from typing import Protocol

from largesse.services.capabilities import UsesGateways
from largesse.services.orders import OrderDependencies


class RefundDependencies(UsesGateways, OrderDependencies, Protocol):
    """What giving money back needs."""
