"""What writing a dataset needs."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase


class ExportDependencies(UsesDatabase, Protocol):
    """What writing a dataset needs."""
