"""A house and a merchant that sells, on a database of the test's own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from largesse import outbox
from largesse.adapters.keyring import FixedKeyring
from largesse.adapters.passwords import Argon2Passwords
from largesse.db import Database
from largesse.flows.account_orders import AccountOrders
from largesse.flows.house import House
from largesse.ledger.engine import Ledger
from largesse.outbox import Reach
from largesse.rooms.merchants import Merchant, MerchantDraft, create_merchant
from tests.fakes.senders import KeepingSender
from tests.fakes.typesetter import PlainTypesetter

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


class NoonClock:
    """Stand still at NOW."""

    def now(self) -> datetime:
        """Return NOW."""
        return NOW


@asynccontextmanager
async def a_shop(database: Database) -> AsyncIterator[House]:
    """Put a house together as `app/wiring.py` does."""
    keyring = FixedKeyring([bytes(32)])
    async with (
        Ledger(database, publish=outbox.publish) as ledger,
        AccountOrders(database, ledger=ledger, keyring=keyring, publish=outbox.publish) as orders_on_account,
    ):
        yield House(
            database=database,
            clock=NoonClock(),
            keyring=keyring,
            ledger=ledger,
            orders_on_account=orders_on_account,
            passwords=Argon2Passwords(),
            base_url="https://gifts.example.com",
            sender=KeepingSender(),
            reach=Reach(),
            notifier=outbox.Notifier(database),
            typesetter=PlainTypesetter(),
        )


async def a_seller(
    database: Database,
    *,
    slug: str = "corner-spa",
    number: str = "1001",
    prefix: str = "GL",
    currency: str = "USD",
    time_zone: str = "America/New_York",
) -> Merchant:
    """A merchant that sells in dollars in New York."""
    draft = MerchantDraft(
        slug=slug,
        number=number,
        prefix=prefix,
        name="Corner Spa",
        currency=currency,
        time_zone=time_zone,
        contact_email="owner@example.com",
    )
    async with database.transaction() as connection:
        return await create_merchant(connection, draft, now=NOW)
