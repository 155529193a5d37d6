"""The port to whoever collects the money. Card data never touches us: the buyer pays on the gateway's own page.

The life of a payment, whichever gateway it is: `start` says where the buyer goes; services write the payment down as
pending; a `Notice` says what became of it, by callback (`read_callback`: zero, one or five times, in any order, before
or after the buyer's return) or because we asked (`look_up`: what the return page and the sweeper do). Only the service
decides what a notice changes, under the lock of the checkout row.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from largesse.domain.payments.errors import GatewayUnknown
from largesse.domain.payments.model import (
    AccountRef,
    Callback,
    Notice,
    Payment,
    PaymentRequest,
    PaymentStarted,
    RefundMade,
    RefundRequest,
)
from largesse.kernel.currency import Currency
from largesse.kernel.money import Money


class Gateway(Protocol):
    """Collect payments and pay them back. Network calls are made with no transaction open."""

    @property
    def name(self) -> str:
        """Return the name that stands in `payments.gateway`: short, for ever."""

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins of the pages it sends buyers to, other than ours: forms may lead there."""

    def collects(self, amount: Money) -> bool:
        """Return whether it can collect an amount at all."""

    def least(self, currency: Currency) -> Money:
        """Return the least amount that it collects, zero where none is known."""

    async def start(self, request: PaymentRequest, *, now: datetime) -> PaymentStarted:
        """Begin to collect a payment; the same idempotency key again gives the same payment.

        Raises:
            PaymentRefused: the gateway will not collect this.
            GatewayUnavailable: it does not answer.
        """

    async def look_up(self, reference: str, *, now: datetime) -> Notice | None:
        """Return how a payment stands, None when the gateway knows nothing that we do not.

        Raises:
            PaymentNotFound: it knows no payment of that reference.
            GatewayUnavailable: it does not answer.
        """

    async def give_up(self, reference: str, *, now: datetime) -> None:
        """Make it impossible to pay a pending payment; nothing happens to one that is paid or given up.

        Raises:
            GatewayUnavailable: it does not answer.
        """

    async def refunds_of(self, payment: Payment, *, now: datetime) -> tuple[RefundMade, ...] | None:
        """Return every refund of a payment as it stands, None when the gateway knows nothing that we do not.

        Raises:
            PaymentNotFound: it knows no such payment.
            GatewayUnavailable: it does not answer.
        """

    async def refund(self, request: RefundRequest, *, now: datetime) -> RefundMade:
        """Pay back all or part of a payment; the same idempotency key again pays back once.

        Raises:
            PaymentRefused: the gateway will not pay this back.
            GatewayUnavailable: it does not answer.
        """

    def read_callback(self, callback: Callback, *, now: datetime) -> tuple[Notice, ...]:
        """Return what a callback tells, nothing when it tells nothing of payments.

        Raises:
            CallbackForged: it was not signed by the gateway, or too long ago.
            NoCallbacks: this gateway never calls back.
        """


class Collector(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway as it would collect a merchant's payments: with the keys of an account, None for the installation's."""

    gateway: Gateway
    account_id: UUID | None = None


class AccountStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Through what a merchant's new payments go: its own account, or else perhaps the installation's."""

    own: Collector | None
    may_use_installation: bool


class AccountGateways(Protocol):
    """Gateways with the keys of merchants' own accounts."""

    @property
    def kinds(self) -> Collection[str]:
        """Return the names of the gateways at which merchants can have accounts."""

    async def standing_of(self, merchant_id: UUID, *, now: datetime) -> AccountStanding:
        """Return through what new payments of a merchant go; it may be a few seconds old."""

    async def opened(self, account: AccountRef, *, now: datetime) -> Gateway:
        """Return the gateway with the keys that an account has at `now`; a retired one too.

        Raises:
            NotFound: there is no such account.
            SecretUnreadable: the keyring does not belong to this database.
        """


class Offer:
    """The ways in which a merchant's buyers may pay, the usual one first."""

    def __init__(self, collectors: Mapping[str, Collector], *, hidden: Collection[str] = ()) -> None:
        self._known = collectors
        self._hidden = frozenset(hidden)

    def without(self, name: str) -> "Offer":
        """Return the same offer, in which no buyer may choose the gateway `name`."""
        return Offer(self._known, hidden=self._hidden | {name})

    def named(self, name: str) -> Collector:
        """Return who collects by the gateway `name`.

        Raises:
            GatewayUnknown: this merchant's payments cannot be collected by it.
        """
        found = self._known.get(name)
        if found is None:
            raise GatewayUnknown
        return found

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins that a form which begins a payment may lead to."""
        return tuple(origin for one in self._known.values() for origin in one.gateway.page_origins)

    def names(self, amount: Money) -> tuple[str, ...]:
        """Return the names of the gateways that a buyer may choose for this amount.

        Nothing is collected where nothing is to pay: then each will do.
        """
        return tuple(
            name
            for name, one in self._known.items()
            if name not in self._hidden and (not amount or one.gateway.collects(amount))
        )

    def too_small_for(self, amount: Money) -> Mapping[str, Money]:
        """Return those that a buyer may not choose because the amount is too small, with the least that each takes."""
        return {
            name: one.gateway.least(amount.currency)
            for name, one in self._known.items()
            if name not in self._hidden and amount.minor > 0 and amount < one.gateway.least(amount.currency)
        }


class Gateways:
    """The gateways that the installation is connected to, and those of merchants' own accounts.

    `by_hand` False offers the manual one to no buyer; staff may use it.
    """

    def __init__(self, *gateways: Gateway, by_hand: bool = True, accounts: AccountGateways | None = None) -> None:
        self._known: Mapping[str, Gateway] = {gateway.name: gateway for gateway in gateways}
        self._hidden = frozenset() if by_hand else frozenset({"manual"})
        self._accounts = accounts

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def named(self, name: str) -> Gateway:
        """Return a gateway of the installation.

        Raises:
            GatewayUnknown: none of that name is connected here.
        """
        found = self._known.get(name)
        if found is None:
            raise GatewayUnknown
        return found

    async def of(self, account: AccountRef, *, now: datetime) -> Gateway:
        """Return the gateway that speaks for an account: all that becomes of a payment goes through the one it names.

        Raises:
            GatewayUnknown: it is not connected here.
            NotFound: there is no such account.
        """
        if account.account_id is None:
            return self.named(account.gateway)
        if self._accounts is None:
            raise GatewayUnknown
        return await self._accounts.opened(account, now=now)

    async def offer(self, merchant_id: UUID, *, now: datetime) -> Offer:
        """Return the ways in which a merchant's buyers may pay: its own account goes before the installation's."""
        if self._accounts is None:
            return Offer({name: Collector(gateway=one) for name, one in self._known.items()}, hidden=self._hidden)
        standing = await self._accounts.standing_of(merchant_id, now=now)
        collectors = {standing.own.gateway.name: standing.own} if standing.own is not None else {}
        for name, one in self._known.items():
            if name not in self._accounts.kinds or standing.may_use_installation:
                collectors.setdefault(name, Collector(gateway=one))
        return Offer(collectors, hidden=self._hidden)
