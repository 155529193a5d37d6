"""The port to whoever gives merchants accounts: who a key belongs to, and a gateway that works with it."""

from typing import Protocol

from largesse.domain.payment_accounts import AccountFacts, AccountKeys
from largesse.domain.payments import Gateway, GatewayUnknown


class PaymentProvider(Protocol):
    """Look at the keys of accounts, and open gateways with them. Network calls are made with no transaction open."""

    @property
    def name(self) -> str:
        """Return the name of its gateways."""
        ...

    @property
    def events(self) -> tuple[str, ...]:
        """Return what the callbacks of an account have to tell of, in the provider's own words."""
        ...

    async def inspect(self, secret_key: str) -> AccountFacts:
        """Return what the provider says of the account that a key is of.

        Raises:
            PaymentKeyInvalid: it is no key.
            PaymentKeyRefused: the provider does not know it.
            PaymentKeyTooNarrow: it may not do what is needed.
            GatewayUnavailable: the provider does not answer.
        """
        ...

    async def register(self, secret_key: str, address: str) -> str:
        """Have the provider call back at `address`, and return the secret that it signs with.

        Raises:
            CallbackNotRegistered: it does not take the address.
            PaymentKeyTooNarrow: the key may not do that.
            GatewayUnavailable: it does not answer.
        """
        ...

    def open(self, keys: AccountKeys) -> Gateway:
        """Return a gateway that works with the keys of an account; it needs no closing of its own."""
        ...


class PaymentProviders:
    """The providers that merchants can have accounts at. `for_real`: certificates are sold for real money."""

    def __init__(self, *providers: PaymentProvider, for_real: bool = False) -> None:
        self._known = {provider.name: provider for provider in providers}
        self.for_real = for_real

    @property
    def names(self) -> tuple[str, ...]:
        """Return their names."""
        return tuple(self._known)

    def named(self, name: str) -> PaymentProvider:
        """Return one of them.

        Raises:
            GatewayUnknown: there is none of that name.
        """
        found = self._known.get(name)
        if found is None:
            raise GatewayUnknown
        return found
