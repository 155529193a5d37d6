"""Everything that services and interfaces work with, in one value. Composed by `app/wiring.py`, and by tests."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from largesse.db import Connection, Database, GroupCommit
from largesse.domain.catalog import Typesetter
from largesse.domain.invoices import InvoiceFiles, InvoicePrinter
from largesse.domain.payments import Gateways, ManualGateway
from largesse.domain.receipts import ReceiptPrinter
from largesse.domain.reports import ReportPrinter
from largesse.kernel.clock import Clock
from largesse.kernel.passwords import Passwords
from largesse.kernel.sealing import KeyCustody
from largesse.ledger import Ledger
from largesse.outbox import Notifier, Reach, Sender
from largesse.services.checkout import Alone, CheckoutRequest, Refused
from largesse.services.merchants import Locator
from largesse.services.orders import Placed
from largesse.services.partners import AccountOrders
from largesse.services.payment_accounts import PaymentProviders
from largesse.services.shop_counts import ShopCounter

Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True)
class Application:
    """One opened installation. It satisfies the `dependencies` of every service and interface.

    `base_url` is where the public reaches it, without a slash at the end: `https://gifts.example.com`. `rp_id` is
    for whom passkeys are made, empty for the host of `base_url`. `sender` posts
    to receivers, `reach` says where they may be, and `notifier` wakes the relay.
    """

    database: Database
    clock: Clock
    keyring: KeyCustody
    ledger: Ledger
    locator: Locator
    orders_on_account: AccountOrders
    checkouts: GroupCommit[CheckoutRequest, Placed | Refused | Alone]
    shop_counter: ShopCounter
    passwords: Passwords
    base_url: str
    rp_id: str = ""
    sender: Sender
    reach: Reach
    notifier: Notifier
    typesetter: Typesetter
    receipt_printer: ReceiptPrinter
    report_printer: ReportPrinter
    invoice_files: InvoiceFiles
    invoice_printer: InvoicePrinter
    gateways: Gateways = field(default_factory=lambda: Gateways(ManualGateway()))
    providers: PaymentProviders = field(default_factory=PaymentProviders)

    @asynccontextmanager
    async def transaction(self, *, long: bool = False) -> AsyncIterator[Connection]:
        """Lend a session inside a transaction that may publish events, and wake the relay once it is committed.

        `long` takes a session of its own, without a statement time limit.

        Raises:
            DatabaseUnavailable: no session came free or could be opened in time.
        """
        if long:
            async with self.database.dedicated() as connection, connection.transaction():
                yield connection
        else:
            async with self.database.transaction() as connection:
                yield connection
        self.notifier.hint()

    async def retrying(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Run `work`, which may publish events, as `Database.retrying` does, and wake the relay afterwards."""
        result = await self.database.retrying(work)
        self.notifier.hint()
        return result
