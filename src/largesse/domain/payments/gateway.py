"""The port to whoever collects the money. Card data never touches us: the buyer pays on the gateway's own page.

The life of a payment, whichever gateway it is: `start` says where the buyer goes; services write the payment down as
pending; a `Notice` says what became of it, by callback (`read_callback`: zero, one or five times, in any order, before
or after the buyer's return) or because we asked (`look_up`: what the return page and the sweeper do). Only the service
decides what a notice changes, under the lock of the checkout row.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from largesse.domain.payments.errors import GatewayUnknown
from largesse.domain.payments.model import (
    Callback,
    Notice,
    Payment,
    PaymentRequest,
    PaymentStarted,
    RefundMade,
    RefundRequest,
)


class Gateway(Protocol):
    """Collect payments and pay them back. Network calls are made with no transaction open."""

    @property
    def name(self) -> str:
        """Return the name that stands in `payments.gateway`: short, for ever."""
        ...

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins of the pages it sends buyers to, other than ours: forms may lead there."""
        ...

    def collects(self, currency: str, amount: int) -> bool:
        """Return whether it can collect `amount` smallest units of `currency` at all."""
        ...

    def least(self, currency: str) -> int:
        """Return the least amount that it collects, in smallest units of `currency`; 0 where none is known."""
        ...

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Begin to collect a payment; the same idempotency key again gives the same payment.

        Raises:
            PaymentRefused: the gateway will not collect this.
            GatewayUnavailable: it does not answer.
        """
        ...

    async def look_up(self, reference: str, *, now: datetime) -> Notice | None:
        """Return how a payment stands, None when the gateway knows nothing that we do not.

        Raises:
            PaymentNotFound: it knows no payment of that reference.
            GatewayUnavailable: it does not answer.
        """
        ...

    async def give_up(self, reference: str, *, now: datetime) -> None:
        """Make it impossible to pay a pending payment; nothing happens to one that is paid or given up.

        Raises:
            GatewayUnavailable: it does not answer.
        """
        ...

    async def refunds_of(self, payment: Payment, *, now: datetime) -> tuple[RefundMade, ...] | None:
        """Return every refund of a payment as it stands, None when the gateway knows nothing that we do not.

        Raises:
            PaymentNotFound: it knows no such payment.
            GatewayUnavailable: it does not answer.
        """
        ...

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Pay back all or part of a payment; the same idempotency key again pays back once.

        Raises:
            PaymentRefused: the gateway will not pay this back.
            GatewayUnavailable: it does not answer.
        """
        ...

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Return what a callback tells, nothing when it tells nothing of payments.

        Raises:
            CallbackForged: it was not signed by the gateway, or too long ago.
            NoCallbacks: this gateway never calls back.
        """
        ...


class Gateways:
    """The gateways of this installation. `by_hand` False offers the manual one to no buyer; staff may use it."""

    def __init__(self, *gateways: Gateway, by_hand: bool = True) -> None:
        self._known: Mapping[str, Gateway] = {gateway.name: gateway for gateway in gateways}
        self._hidden = frozenset() if by_hand else frozenset({"manual"})

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def named(self, name: str) -> Gateway:
        """Return a gateway.

        Raises:
            GatewayUnknown: none of that name is connected here.
        """
        found = self._known.get(name)
        if found is None:
            raise GatewayUnknown
        return found

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins that a form which begins a payment may lead to."""
        return tuple(origin for gateway in self._known.values() for origin in gateway.page_origins)

    def offered(self, *, currency: str, amount: int) -> tuple[str, ...]:
        """Return the names of those that a buyer may choose for this amount, the first one connected first.

        Nothing is collected where nothing is to pay: then each will do.
        """
        return tuple(
            name
            for name, gateway in self._known.items()
            if name not in self._hidden and (not amount or gateway.collects(currency, amount))
        )

    def too_small_for(self, *, currency: str, amount: int) -> Mapping[str, int]:
        """Return those that a buyer may not choose because the amount is too small, with the least that each takes."""
        return {
            name: gateway.least(currency)
            for name, gateway in self._known.items()
            if name not in self._hidden and 0 < amount < gateway.least(currency)
        }
