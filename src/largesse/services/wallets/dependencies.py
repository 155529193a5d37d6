"""What managing the keys of wallets needs."""

from typing import Protocol

from largesse.services.capabilities import UsesDatabase, UsesKeys


class WalletDependencies(UsesDatabase, UsesKeys, Protocol):
    """What managing the keys of wallets needs."""
