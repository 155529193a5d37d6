"""What services may ask of the application, one small Protocol for each need.

Each package of services names in its `dependencies.py` the few of these that it needs; the one value that is composed
in `app/wiring.py` satisfies all of them. A function below takes `deps`, never the whole application.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from largesse.db import Connection, Database
from largesse.domain.catalog import Typesetter
from largesse.domain.invoices import InvoiceFiles, InvoicePrinter
from largesse.domain.payments import Gateways
from largesse.domain.receipts import ReceiptPrinter
from largesse.domain.reports import ReportPrinter
from largesse.kernel.clock import Clock
from largesse.kernel.passwords import Passwords
from largesse.kernel.sealing import KeyCustody
from largesse.ledger import Ledger
from largesse.outbox import Notifier, Reach, Sender
from largesse.services.merchants import Locator

Result = TypeVar("Result")


class UsesDatabase(Protocol):
    """Sessions and transactions that publish nothing."""

    @property
    def database(self) -> Database:
        """The pool."""


class Publishes(UsesDatabase, Protocol):
    """Transactions that may publish events; the relay is woken once they are committed."""

    def transaction(self, *, long: bool = False) -> AbstractAsyncContextManager[Connection]:
        """Lend a session inside a transaction. `long` takes a session of its own, without a statement time limit.

        Raises:
            DatabaseUnavailable: no session came free or could be opened in time.
        """

    async def retrying(self, work: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Run `work` in a transaction, again after a deadlock, as `Database.retrying` does."""


class UsesLedger(Protocol):
    """The ledger's engine: commands that gather into batches, and posts within a caller's transaction."""

    @property
    def ledger(self) -> Ledger:
        """The engine."""


class UsesKeys(Protocol):
    """The keys that secrets are sealed under and certificate numbers are found by."""

    @property
    def keyring(self) -> KeyCustody:
        """The keys in use."""


class UsesLocator(Protocol):
    """What is known of the locations where things happen."""

    @property
    def locator(self) -> Locator:
        """Where things happen, remembered for a few seconds."""


class HasPublicAddress(Protocol):
    """Where the public reaches this installation."""

    @property
    def base_url(self) -> str:
        """An address without a slash at the end: `https://gifts.example.com`."""


class HasRelyingParty(Protocol):
    """For whom passkeys are made (WebAuthn's relying party)."""

    @property
    def rp_id(self) -> str:
        """A domain name; empty for the host of the public address."""


class UsesTypesetter(Protocol):
    """What makes the pages of certificates."""

    @property
    def typesetter(self) -> Typesetter:
        """PDF, PNG and SVG of a certificate's face."""


class PrintsReceipts(Protocol):
    """What puts receipts on paper."""

    @property
    def receipt_printer(self) -> ReceiptPrinter:
        """PDF of a receipt, for rolls of 58 and 80 mm."""


class PrintsReports(Protocol):
    """What puts reports on paper."""

    @property
    def report_printer(self) -> ReportPrinter:
        """PDF of a report."""


class WritesInvoices(Protocol):
    """What writes invoices for programs."""

    @property
    def invoice_files(self) -> InvoiceFiles:
        """CII and UBL of an invoice."""


class PrintsInvoices(Protocol):
    """What puts invoices on paper."""

    @property
    def invoice_printer(self) -> InvoicePrinter:
        """PDF of an invoice, with its XML inside."""


class UsesGateways(Protocol):
    """What collects money and gives it back."""

    @property
    def gateways(self) -> Gateways:
        """The gateways by name."""


class ChecksPasswords(Protocol):
    """What hashes and compares passwords."""

    @property
    def passwords(self) -> Passwords:
        """Argon2id in production, the same with less work in tests."""


class UsesClock(Protocol):
    """The time of day, for interfaces; services are given `now`."""

    @property
    def clock(self) -> Clock:
        """The clock."""


class SendsOutside(Protocol):
    """What posts to receivers at once, for a command that tries one."""

    @property
    def sender(self) -> Sender:
        """What posts."""

    @property
    def reach(self) -> Reach:
        """Where it may post to."""

    @property
    def notifier(self) -> Notifier:
        """What wakes the relay."""
