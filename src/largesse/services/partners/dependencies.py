"""What admitting a partner and taking its orders needs."""

from typing import Protocol

from largesse.services.capabilities import ChecksPasswords, Publishes, UsesKeys
from largesse.services.partners.placing import AccountOrders


class PartnerDependencies(ChecksPasswords, Publishes, UsesKeys, Protocol):
    """What admitting a partner and taking its orders needs."""

    @property
    def orders_on_account(self) -> AccountOrders:
        """What places orders on account, many in one transaction."""
