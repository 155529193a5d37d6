"""What the pages of the counter need."""

from typing import Protocol

from largesse.services.approvals import TillApprovalDependencies
from largesse.services.capabilities import UsesClock
from largesse.services.counter import CounterWorkDependencies
from largesse.services.counter_sales import CounterSaleDependencies
from largesse.services.offline import OfflineDependencies


class CounterDependencies(
    UsesClock,
    CounterSaleDependencies,
    CounterWorkDependencies,
    OfflineDependencies,
    TillApprovalDependencies,
    Protocol,
):
    """What the pages of the counter need."""
