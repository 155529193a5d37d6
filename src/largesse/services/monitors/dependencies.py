"""What monitors need."""

from typing import Protocol

from largesse.services.capabilities import Publishes
from largesse.services.reports import ReportDependencies


class MonitorDependencies(Publishes, ReportDependencies, Protocol):
    """What reads reports, and transactions that may send mails."""
