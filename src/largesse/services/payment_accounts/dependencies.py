"""What managing payment accounts needs."""

from typing import Protocol

from largesse.services.capabilities import HasPublicAddress, UsesDatabase, UsesKeys
from largesse.services.payment_accounts.provider import PaymentProviders


class PaymentAccountDependencies(HasPublicAddress, UsesDatabase, UsesKeys, Protocol):
    """What managing payment accounts needs."""

    @property
    def providers(self) -> PaymentProviders:
        """Who gives merchants accounts."""
