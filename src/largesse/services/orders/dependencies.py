"""What placing, fulfilling and importing orders needs."""

from typing import Protocol

from largesse.services.gifts import GiftDependencies


class OrderDependencies(GiftDependencies, Protocol):
    """What placing, fulfilling and importing orders needs."""
