"""What closing months needs."""

from typing import Protocol

from largesse.services.capabilities import UsesLedger
from largesse.services.reports import ReportDependencies
from largesse.services.seals import SealDependencies


class MonthDependencies(SealDependencies, ReportDependencies, UsesLedger, Protocol):
    """What seals, and what reads and prints reports."""
