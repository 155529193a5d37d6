"""What the word of another owner needs."""

from typing import Protocol

from largesse.services.capabilities import Publishes
from largesse.services.payment_accounts import PaymentAccountDependencies


class OwnerDependencies(PaymentAccountDependencies, Publishes, Protocol):
    """What the word of another owner needs."""
