"""What the pages of buyers and holders need."""

from typing import Protocol

from largesse.services.capabilities import UsesClock
from largesse.services.checkout import CheckoutDependencies
from largesse.services.mails import MailDependencies
from largesse.services.payments import PaymentDependencies
from largesse.services.shop_counts import ShopCounter


class StorefrontDependencies(UsesClock, CheckoutDependencies, MailDependencies, PaymentDependencies, Protocol):
    """What the pages of buyers and holders need."""

    @property
    def shop_counter(self) -> ShopCounter:
        """Gathers what is counted of shops."""
        ...
