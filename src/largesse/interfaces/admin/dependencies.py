"""What the pages of staff need."""

from typing import Protocol

from largesse.services.capabilities import UsesClock
from largesse.services.staff import StaffDependencies


class AdminDependencies(UsesClock, StaffDependencies, Protocol):
    """What the pages of staff need."""
