"""What callbacks of gateways need."""

from typing import Protocol

from largesse.services.capabilities import UsesClock
from largesse.services.gifts import GiftDependencies
from largesse.services.payments import PaymentDependencies


class CallbackDependencies(UsesClock, PaymentDependencies, GiftDependencies, Protocol):
    """What callbacks of gateways need."""
