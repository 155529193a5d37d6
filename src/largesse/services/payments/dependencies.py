"""What collecting a payment needs."""

from typing import Protocol

from largesse.services.disputes import DisputeDependencies


class PaymentDependencies(DisputeDependencies, Protocol):
    """What collecting a payment needs."""
