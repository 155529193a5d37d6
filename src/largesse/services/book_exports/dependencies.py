"""What exports into a bookkeeper's program need."""

from typing import Protocol

from largesse.services.seals import SealDependencies


class BookExportDependencies(SealDependencies, Protocol):
    """What seals: a set has rows that are sealed, and no others."""
