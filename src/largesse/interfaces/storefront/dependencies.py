"""What the pages of buyers and holders need."""

from typing import Protocol

from largesse.services.capabilities import UsesClock
from largesse.services.checkout import CheckoutDependencies
from largesse.services.mails import MailDependencies
from largesse.services.payments import PaymentDependencies


class StorefrontDependencies(UsesClock, CheckoutDependencies, MailDependencies, PaymentDependencies, Protocol):
    """What the pages of buyers and holders need."""
