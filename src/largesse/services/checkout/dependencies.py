"""What reading, quoting and placing a draft needs."""

from typing import Protocol

from largesse.db import GroupCommit
from largesse.services.checkout.basket import Alone, CheckoutRequest, Refused
from largesse.services.orders import OrderDependencies, Placed


class CheckoutDependencies(OrderDependencies, Protocol):
    """What reading, quoting and placing a draft needs."""

    @property
    def checkouts(self) -> GroupCommit[CheckoutRequest, Placed | Refused | Alone]:
        """What places drafts, many in one transaction."""
