"""What writing a dataset needs."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase, UsesKeys


class ExportDependencies(UsesDatabase, UsesKeys, Protocol):
    """What writing a dataset needs."""
