"""What acts with limits need."""

from typing import Protocol

from largesse.services.refunds import RefundDependencies
from largesse.services.staff import StaffDependencies


class ApprovalDependencies(RefundDependencies, Protocol):
    """What acts with limits need."""


class TillApprovalDependencies(ApprovalDependencies, StaffDependencies, Protocol):
    """The same, and what compares the PIN of whoever approves at a till."""
