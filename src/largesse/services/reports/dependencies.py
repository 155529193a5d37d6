"""What reports need."""

from typing import Protocol

from largesse.services.capabilities import PrintsReports, UsesDatabase


class ReportDependencies(UsesDatabase, PrintsReports, Protocol):
    """Sessions to read in, and what prints."""
