"""Put the house together: the only place that knows which adapter stands behind which port.

Everything is opened in the order in which it leans on one another and closed in the other order; the pool goes last, so that whatever was accepted
can still be written.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from litestar.types import ControllerRouterHandler

from largesse import outbox
from largesse.adapters.keyring import FileKeyring, FixedKeyring
from largesse.adapters.passwords import Argon2Passwords
from largesse.app.metrics import Metrics
from largesse.app.settings import Settings
from largesse.db import Database, GroupCommit
from largesse.doors import partner_api
from largesse.flows.account_orders import AccountOrders
from largesse.flows.house import House
from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.errors import LargesseError
from largesse.kernel.sealing import KeyCustody
from largesse.ledger.engine import Ledger

KEYS_VARIABLE = "LARGESSE_KEYS"
SAMPLE_S = 1.0


class DatabaseNotNamed(LargesseError):
    """Say that a process does not know which database to work on."""

    code = "database.not_named"
    message = (
        "No database is named. Set LARGESSE_DATABASE_URL, or run `largesse serve`, which runs one in the data folder "
        "and starts this process itself."
    )


@asynccontextmanager
async def open_house(
    settings: Settings, *, metrics: Metrics | None = None, clock: Clock | None = None
) -> AsyncIterator[House]:
    """Open everything that flows work with, for as long as the block runs.

    Raises:
        DatabaseNotNamed: the settings name no database.
        DatabaseUnavailable: it cannot be reached.
        KeyringMissing: there are no keys, and none can be made.
    """
    if settings.database_url is None:
        raise DatabaseNotNamed
    clock = clock or SystemClock()
    keyring = open_keyring(settings, clock=clock)
    pool = await Database.open(settings.database_url, size_min=settings.pool_size_min, size_max=settings.pool_size_max)
    async with (
        pool as database,
        Ledger(database, publish=outbox.publish) as ledger,
        AccountOrders(database, ledger=ledger, keyring=keyring, publish=outbox.publish) as orders_on_account,
    ):
        house = House(
            database=database,
            clock=clock,
            keyring=keyring,
            ledger=ledger,
            orders_on_account=orders_on_account,
            passwords=Argon2Passwords(),
            base_url=settings.base_url,
        )
        async with AsyncExitStack() as stack:
            if metrics is not None:
                await stack.enter_async_context(_counted(house, metrics))
            yield house


def open_keyring(settings: Settings, *, clock: Clock) -> KeyCustody:
    """Return the keys that the operator gave in LARGESSE_KEYS, else those of the data folder, made there when there are none yet."""
    if given := os.environ.get(KEYS_VARIABLE, "").strip():
        return FixedKeyring.of_text(given)
    return FileKeyring.open_or_create(settings.home / "keys.json", now=clock.now())


def relay_lag(house: House) -> Callable[[], Awaitable[timedelta]]:
    """Return how to ask how long the oldest due delivery has waited."""

    async def ask() -> timedelta:
        async with house.database.connection() as connection:
            since = await outbox.oldest_due(connection, now=house.clock.now())
        return max(house.clock.now() - since, timedelta()) if since else timedelta()

    return ask


def door_routes(house: House) -> list[ControllerRouterHandler]:
    """Return the routes of every door that speaks HTTP."""
    return [*partner_api.routes(house)]


@asynccontextmanager
async def _counted(house: House, metrics: Metrics) -> AsyncIterator[None]:
    """Connect what the floors below tell about themselves to `metrics`, and sample once a second what is a level, not a count."""
    engines: dict[str, GroupCommit[Any, Any]] = {"ledger": house.ledger.commits, "orders": house.orders_on_account.commits}
    for name, engine in engines.items():
        engine.on_batch = partial(metrics.batch, name)

    async def sample() -> None:
        while True:
            size, idle = house.database.sessions
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
