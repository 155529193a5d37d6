"""What the services of endpoints need."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesKeys


class EndpointDependencies(Publishes, UsesKeys, Protocol):
    """Transactions that publish, and the keys that secrets of receivers are sealed under."""
