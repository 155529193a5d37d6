"""What a disputed payment needs."""

from typing import Protocol

from largesse.services.refunds import RefundDependencies


class DisputeDependencies(RefundDependencies, Protocol):
    """What a disputed payment needs."""
