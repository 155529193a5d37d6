"""What composing a mail needs."""

from typing import Protocol

from largesse.services.gifts import GiftDependencies


class MailDependencies(GiftDependencies, Protocol):
    """What composing a mail needs."""
