"""The gateways of merchants' own accounts, opened when they are first needed. Conforms to `payments.AccountGateways`.

Which secrets an account has is read each time, so a key that is changed counts from the next call on, in every process.
Through which account new payments go is asked for every page that offers ways to pay, and remembered for seconds.
"""

from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from largesse.db import Connection, Database
from largesse.domain import merchants, payment_accounts
from largesse.domain.payment_accounts import PaymentAccount
from largesse.domain.payments import AccountRef, AccountStanding, Collector, Gateway
from largesse.kernel.sealing import Keyring
from largesse.services.payment_accounts.provider import PaymentProviders

REMEMBERED = timedelta(seconds=5)
OPENED_MAX = 1_000
STANDINGS_MAX = 10_000


class MerchantAccounts:
    """Open the gateways of accounts, and know through which one a merchant's new payments go.

    `shared`: merchants without an account of their own may use the installation's, however many merchants there are.
    """

    def __init__(self, database: Database, keyring: Keyring, providers: PaymentProviders, *, shared: bool) -> None:
        self._database = database
        self._keyring = keyring
        self._providers = providers
        self._shared = shared
        self._opened: OrderedDict[UUID, tuple[tuple[int, bool], Gateway]] = OrderedDict()
        self._standings: dict[UUID, tuple[datetime, AccountStanding]] = {}

    @property
    def kinds(self) -> Collection[str]:
        """Return the names of the gateways at which merchants can have accounts."""
        return self._providers.names

    async def standing_of(self, merchant_id: UUID, *, now: datetime) -> AccountStanding:
        """Return through what new payments of a merchant go, at most `REMEMBERED` old."""
        asked_at, known = self._standings.get(merchant_id, (None, None))
        if asked_at is not None and known is not None and asked_at <= now < asked_at + REMEMBERED:
            return known
        async with self._database.connection() as connection:
            account = await payment_accounts.default_account(connection, merchant_id)
            may_use = await self._may_use_installation(connection, merchant_id)
        own = None
        if account is not None:
            own = Collector(gateway=self._gateway(account, now=now), account_id=account.account_id)
        standing = AccountStanding(own=own, may_use_installation=may_use)
        if len(self._standings) >= STANDINGS_MAX:
            self._standings.clear()
        self._standings[merchant_id] = now, standing
        return standing

    async def opened(self, account: AccountRef, *, now: datetime) -> Gateway:
        """Return the gateway with the keys that an account has at `now`; a retired one too.

        Raises:
            PaymentAccountNotFound: there is no such account.
            GatewayUnknown: its provider is not connected here.
            SecretUnreadable: the keyring does not belong to this database.
        """
        if account.account_id is None:
            raise payment_accounts.PaymentAccountNotFound
        async with self._database.connection() as connection:
            found = await payment_accounts.find_account(connection, account.merchant_id, account.account_id)
        if found.gateway != account.gateway:
            raise payment_accounts.PaymentAccountNotFound
        return self._gateway(found, now=now)

    async def _may_use_installation(self, connection: Connection, merchant_id: UUID) -> bool:
        return self._shared or not await merchants.has_others(connection, merchant_id)

    def _gateway(self, account: PaymentAccount, *, now: datetime) -> Gateway:
        version = account.revision, account.overlaps(now)
        known = self._opened.get(account.account_id)
        if known is not None and known[0] == version:
            self._opened.move_to_end(account.account_id)
            return known[1]
        keys = payment_accounts.open_keys(self._keyring, account, now=now)
        gateway = self._providers.named(account.gateway).open(keys)
        self._opened[account.account_id] = version, gateway
        self._opened.move_to_end(account.account_id)
        if len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)
        return gateway
