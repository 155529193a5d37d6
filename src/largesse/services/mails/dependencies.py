"""What composing a mail needs."""

from typing import Protocol

from largesse.services.gifts import GiftDependencies
from largesse.services.staff import StaffDependencies


class MailDependencies(GiftDependencies, StaffDependencies, Protocol):
    """What composing a mail needs."""
