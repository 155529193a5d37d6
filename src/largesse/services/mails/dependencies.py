"""What composing a mail needs."""

from typing import Protocol

from largesse.services.gifts import GiftDependencies
from largesse.services.invoices import InvoicePrinting
from largesse.services.staff import StaffDependencies


class MailDependencies(GiftDependencies, StaffDependencies, InvoicePrinting, Protocol):
    """What composing a mail needs."""
