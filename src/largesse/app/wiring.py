"""Put the installation together: the only place that knows which adapter stands behind which port.

Everything is opened in the order in which it leans on one another and closed in the other order; the pool goes last,
so that whatever was accepted can still be written.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import structlog

from largesse import outbox
from largesse.adapters.einvoices import ElectronicInvoices
from largesse.adapters.folder_mail import FolderMail
from largesse.adapters.http_sender import HttpSender
from largesse.adapters.keyring import FileKeyring, FixedKeyring, KeyringLost
from largesse.adapters.passwords import Argon2Passwords
from largesse.adapters.smtp_mail import NoMail, SmtpMail
from largesse.adapters.stripe_gateway import CHECKOUT_ORIGIN, StripeAccounts, StripeGateway, mode_of
from largesse.adapters.typeset import TypstTypesetter
from largesse.app.application import Application
from largesse.app.metrics import Metrics
from largesse.app.settings import Environment, Settings
from largesse.db import Database, DatabaseUnavailable, GroupCommit
from largesse.domain.payments import AccountGateways, Gateway, Gateways, ManualGateway, TestGateway
from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.errors import LargesseError
from largesse.kernel.sealing import KeyCustody
from largesse.kernel.time_limits import limit
from largesse.ledger import Command, Ledger, Outcome
from largesse.services.checkout import open_checkouts
from largesse.services.endpoints import renderers
from largesse.services.keys import seals_anything
from largesse.services.mails import Letters
from largesse.services.merchants import Locator
from largesse.services.partners import AccountOrders
from largesse.services.payment_accounts import MerchantAccounts, PaymentProviders
from largesse.services.shop_counts import ShopCounter

KEYS_VARIABLE = "LARGESSE_KEYS"
SAMPLE_S = 1.0
CONNECT_RETRY_S = 0.1
START_PATIENCE_S = 10.0
PENDING_COUNTED_MAX = 10_000
LOOPBACK = ("127.0.0.0/8", "::1", "localhost")

_log = structlog.get_logger()


class DatabaseNotNamed(LargesseError):
    """A process does not know which database to work on."""

    code = "database.not_named"
    message = (
        "No database is named. Set LARGESSE_DATABASE_URL, or run `largesse serve`, which runs one in the data folder "
        "and starts this process itself."
    )


@asynccontextmanager
async def open_application(
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    clock: Clock | None = None,
    patience_s: float = 0,
    told_time: bool = False,
) -> AsyncIterator[Application]:
    """Open everything that services work with, for as long as the block runs.

    With `told_time` the books go by the time that they are told: for the demo, which has a month behind it.

    `patience_s` is how long to wait for a database that cannot be reached: a process that serves outlasts a restart of
    PostgreSQL also while it starts.

    Raises:
        DatabaseNotNamed: the settings name no database.
        DatabaseUnavailable: it cannot be reached.
        KeyringMissing: there are no keys, and none can be made.
        KeyringLost: there are no keys, and the database holds secrets that some have sealed.
    """
    clock = clock or SystemClock()
    async with (
        open_store(settings, clock=clock, patience_s=patience_s) as (database, keyring),
        outbox.Notifier(database) as notifier,
        HttpSender(reach=reach_of(settings)) as sender,
        TypstTypesetter() as typesetter,
        Ledger(database, keyring=keyring, publish=outbox.add_events, told_time=told_time) as ledger,
        AccountOrders(database, ledger=ledger, keyring=keyring, publish=outbox.add_events) as orders_on_account,
        open_checkouts(database) as checkouts,
        ShopCounter(database) as shop_counter,
        open_providers(settings) as providers,
        open_gateways(
            settings, keyring, MerchantAccounts(database, keyring, providers, shared=settings.stripe_shared)
        ) as gateways,
    ):
        application = Application(
            database=database,
            clock=clock,
            keyring=keyring,
            ledger=ledger,
            locator=Locator(database),
            orders_on_account=orders_on_account,
            checkouts=checkouts,
            shop_counter=shop_counter,
            passwords=Argon2Passwords(),
            base_url=settings.base_url,
            rp_id=settings.rp_id or "",
            sender=sender,
            reach=reach_of(settings),
            notifier=notifier,
            typesetter=typesetter,
            receipt_printer=typesetter,
            report_printer=typesetter,
            invoice_files=ElectronicInvoices(),
            invoice_printer=typesetter,
            gateways=gateways,
            providers=providers,
        )
        publishing: dict[str, GroupCommit[Any, Any]] = {"ledger": ledger.commits, "orders": orders_on_account.commits}
        engines = publishing | {"checkouts": checkouts}
        async with AsyncExitStack() as stack:
            if metrics is not None:
                await stack.enter_async_context(_counted(application, engines, metrics))
            for name, engine in engines.items():
                engine.on_commit = _after_commit(name, notifier if name in publishing else None, metrics)
            yield application


@asynccontextmanager
async def open_store(
    settings: Settings, *, clock: Clock, patience_s: float = 0
) -> AsyncIterator[tuple[Database, KeyCustody]]:
    """Open the database and the keys that its secrets are sealed under; without both, nothing else is worth opening.

    Raises:
        LargesseError: as `open_application`.
    """
    if settings.database_url is None:
        raise DatabaseNotNamed
    async with await _open_pool(settings, settings.database_url, patience_s=patience_s) as database:
        yield database, await open_keyring(settings, database, clock=clock)


async def _open_pool(settings: Settings, dsn: str, *, patience_s: float) -> Database:
    until = time.monotonic() + limit(patience_s)
    while True:
        try:
            return await Database.open(
                dsn,
                size_min=settings.pool_size_min,
                size_max=settings.pool_size_max,
                prepared=settings.prepared_statements,
                one_merchant_batches=settings.one_merchant_batches,
            )
        except DatabaseUnavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(CONNECT_RETRY_S)


def _after_commit(name: str, notifier: outbox.Notifier | None, metrics: Metrics | None) -> Callable[[int], None]:
    """Return what follows each commit of an engine: the relay is woken where it publishes, the batch counted."""

    def after(size: int) -> None:
        if notifier is not None:
            notifier.hint()
        if metrics is not None:
            metrics.batch(name, size)

    return after


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[PaymentProviders]:
    """Open what looks at the payment accounts of merchants."""
    async with StripeAccounts(api_base=settings.stripe_api_base, origins=_page_origins(settings)) as stripe:
        yield PaymentProviders(stripe, for_real=settings.environment is Environment.PRODUCTION)


def _page_origins(settings: Settings) -> tuple[str, ...]:
    return settings.stripe_page_origins or (CHECKOUT_ORIGIN,)


@asynccontextmanager
async def open_gateways(
    settings: Settings, keyring: KeyCustody, accounts: AccountGateways | None = None
) -> AsyncIterator[Gateways]:
    """Open the gateways that the settings name: the test gateway never where certificates are sold for real."""
    async with AsyncExitStack() as stack:
        known: list[Gateway] = []
        if settings.stripe_secret_key is not None:
            if settings.environment is Environment.PRODUCTION and mode_of(settings.stripe_secret_key) is False:
                _log.warning("stripe_test_key", note="This key takes no real money, and what is bought is real.")
            stripe = StripeGateway(
                secret_key=settings.stripe_secret_key,
                webhook_secrets=settings.stripe_webhook_secrets,
                account=settings.stripe_account,
                api_base=settings.stripe_api_base,
                origins=_page_origins(settings),
            )
            known.append(await stack.enter_async_context(stripe))
        if settings.environment is not Environment.PRODUCTION:
            known.append(TestGateway(keyring=keyring, base_url=settings.base_url, for_real=False))
        yield Gateways(*known, ManualGateway(), by_hand=settings.pay_by_hand, accounts=accounts)


async def open_keyring(settings: Settings, database: Database, *, clock: Clock) -> KeyCustody:
    """Return the keys given in LARGESSE_KEYS, else those of the data folder, made there when nothing is sealed yet.

    Raises:
        KeyringLost: there are none, and the database holds secrets.
    """
    if given := os.environ.get(KEYS_VARIABLE, "").strip():
        return FixedKeyring.of_text(given)
    path = settings.home / "keys.json"
    # Looked for again at the end: another process of a first start may have made it, and sealed something, meanwhile.
    if not path.exists() and await _seals_anything(database) and not path.exists():
        raise KeyringLost
    return FileKeyring.open_or_create(path, now=clock.now())


async def _seals_anything(database: Database) -> bool:
    try:
        async with database.connection() as connection:
            return await seals_anything(connection)
    except asyncpg.UndefinedTableError:  # not migrated yet, so nobody can have sealed anything
        return False


def relay_lag(application: Application) -> Callable[[], Awaitable[timedelta]]:
    """Return how to ask how long the oldest due delivery has waited."""

    async def ask() -> timedelta:
        async with application.database.connection() as connection:
            since = await outbox.oldest_due(connection, now=application.clock.now())
        return max(application.clock.now() - since, timedelta()) if since else timedelta()

    return ask


def relay_pending(application: Application) -> Callable[[], Awaitable[int]]:
    """Return how to ask how many deliveries wait, up to a bound that keeps the question cheap."""

    async def ask() -> int:
        async with application.database.connection() as connection:
            return await outbox.pending(connection, up_to=PENDING_COUNTED_MAX)

    return ask


@asynccontextmanager
async def _counted(
    application: Application, engines: Mapping[str, GroupCommit[Any, Any]], metrics: Metrics
) -> AsyncIterator[None]:
    """Connect what the ledger tells to `metrics`, and once a second write down what is a level, not a count."""
    application.ledger.on_outcome = partial(_count_command, metrics)

    async def sample() -> None:
        while True:
            size, idle = application.database.sessions
            metrics.pool(size=size, idle=idle)
            for name, engine in engines.items():
                metrics.waiting(name, engine.waiting)
            await asyncio.sleep(SAMPLE_S)

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def _count_command(metrics: Metrics, command: Command, outcome: Outcome | LargesseError) -> None:
    if isinstance(outcome, LargesseError):
        metrics.command(type(command).__name__, outcome.code)
    else:
        metrics.command(type(command).__name__, "replayed" if outcome.replayed else "done")


@asynccontextmanager
async def open_relay(
    settings: Settings, application: Application, *, metrics: Metrics | None = None
) -> AsyncIterator[outbox.Relay]:
    """Open the relay of one worker, with what it sends by."""
    async with AsyncExitStack() as stack:
        mail = await _open_mail(settings, stack)
        yield outbox.Relay(
            application.database,
            application.keyring,
            application.clock,
            http=_Counting(application.sender, "http", metrics),
            mail=_Counting(mail, "mail", metrics),
            mail_writer=Letters(application, mail_from=settings.mail_from),
            renderers=renderers(mail_from=settings.mail_from),
        )


async def _open_mail(settings: Settings, stack: AsyncExitStack) -> outbox.Sender:
    if settings.smtp_url is None:
        return FolderMail(settings.home / "mail") if settings.is_demo else NoMail()
    return await stack.enter_async_context(SmtpMail(settings.smtp_url, mail_from=settings.mail_from))


def reach_of(settings: Settings) -> outbox.Reach:
    """Return what order posts may reach that is not public: what the operator allows, in development this machine."""
    at_home = LOOPBACK if settings.environment is not Environment.PRODUCTION else ()
    return outbox.Reach.of(*settings.allow_endpoints, *at_home)


class _Counting:
    """Count what came of each sending. Conforms to `outbox.Sender`."""

    def __init__(self, sender: outbox.Sender, name: str, metrics: Metrics | None) -> None:
        self._sender = sender
        self._name = name
        self._metrics = metrics

    async def send(self, parcel: outbox.Parcel) -> outbox.ReceiverAnswer:
        """Send by the sender behind."""
        answer = await self._sender.send(parcel)
        if self._metrics is not None:
            status = answer.status_code
            self._metrics.attempt(self._name, "none" if status is None else f"{status // 100}xx")
        return answer
