"""What callbacks of gateways need."""

from typing import Protocol

from largesse.services.capabilities import UsesClock
from largesse.services.payments import PaymentDependencies


class CallbackDependencies(UsesClock, PaymentDependencies, Protocol):
    """What callbacks of gateways need."""
