"""What keys of programs need."""

from typing import Protocol

from largesse.services.capabilities import Publishes, UsesKeys


class ProgramDependencies(Publishes, UsesKeys, Protocol):
    """What keys of programs need."""
