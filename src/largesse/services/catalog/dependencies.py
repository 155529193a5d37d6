"""What loading a catalogue needs."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase


class CatalogDependencies(UsesDatabase, Protocol):
    """What loading a catalogue needs."""
