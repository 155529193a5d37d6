"""What rotating and checking keys needs."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase, UsesKeys


class KeyDependencies(UsesDatabase, UsesKeys, Protocol):
    """What rotating and checking keys needs."""
