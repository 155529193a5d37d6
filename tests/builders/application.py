"""A whole installation on a database of the test's own: the real adapters, with a quick password hash."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from argon2 import PasswordHasher

from largesse import outbox
from largesse.adapters.einvoices import ElectronicInvoices
from largesse.adapters.keyring import FixedKeyring
from largesse.adapters.passwords import Argon2Passwords
from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.catalog.typesetter import Typesetter
from largesse.kernel.clock import Clock, SystemClock
from largesse.kernel.sealing import KeyCustody
from largesse.ledger import Ledger
from largesse.outbox import Reach, Sender
from largesse.services.checkout import open_checkouts
from largesse.services.merchants import Locator
from largesse.services.partners.placing import AccountOrders
from largesse.services.shop_counts import ShopCounter
from tests.fakes.senders import KeepingSender
from tests.fakes.typesetter import PlainTypesetter

BASE_URL = "https://gifts.example.com"
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@asynccontextmanager
async def an_application(
    database: Database,
    *,
    clock: Clock | None = None,
    keyring: KeyCustody | None = None,
    sender: Sender | None = None,
    reach: Reach | None = None,
    notifier: outbox.Notifier | None = None,
    typesetter: Typesetter | None = None,
) -> AsyncIterator[Application]:
    """Lend an installation."""
    keyring = keyring or FixedKeyring([secrets.token_bytes(32)])
    plain = PlainTypesetter()
    async with (
        Ledger(database, keyring=keyring, publish=outbox.add_events, told_time=True) as ledger,
        AccountOrders(database, ledger=ledger, keyring=keyring, publish=outbox.add_events) as orders_on_account,
        open_checkouts(database) as checkouts,
        ShopCounter(database) as shop_counter,
    ):
        yield Application(
            database=database,
            clock=clock or SystemClock(),
            keyring=keyring,
            ledger=ledger,
            locator=Locator(database),
            orders_on_account=orders_on_account,
            checkouts=checkouts,
            shop_counter=shop_counter,
            passwords=Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
            base_url=BASE_URL,
            sender=sender or KeepingSender(),
            reach=reach or Reach(),
            notifier=notifier or outbox.Notifier(database),
            typesetter=typesetter or plain,
            receipt_printer=plain,
            report_printer=plain,
            invoice_printer=plain,
            invoice_files=ElectronicInvoices(),
        )
