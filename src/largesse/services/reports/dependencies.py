"""What reports need."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase


class ReportDependencies(UsesDatabase, Protocol):
    """Sessions to read in."""
