"""What an invoice to a partner is, and what becomes of it. Amounts are in the currency's smallest unit, tax included.

A *draft* has no number and gathers what is not invoiced; issuing freezes it. What is set against it closes it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.kernel.tax import TaxKind

PO_NUMBER_MAX: Final = 60
NOTE_MAX: Final = 1_000
DISPUTE_REASON_MAX: Final = 500
REMINDERS_MAX: Final = 3


class InvoiceKind(StrEnum):
    """Whether it asks for money or gives some back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceState(StrEnum):
    """Where an invoice stands; a dispute is a mark beside it."""

    DRAFT = "draft"  # no number, not owed
    ISSUED = "issued"  # all of it is open
    PART_PAID = "part_paid"  # some of it is open
    PAID = "paid"  # nothing is, and some of it was paid
    CREDITED = "credited"  # credit notes took all of it
    WRITTEN_OFF = "written_off"  # the rest is not expected any more


OPEN_STATES: Final = frozenset({InvoiceState.ISSUED, InvoiceState.PART_PAID})


class Grouping(StrEnum):
    """What the orders of one invoice have in common; the words are those of agreements."""

    REFCODE = "refcode"
    MONTHLY = "monthly"
    ORDER = "order"


class SettlementSource(StrEnum):
    """What is set against an invoice."""

    PAYMENT = "payment"  # money that came in
    CREDIT_NOTE = "credit_note"  # what one gave back
    CREDIT = "credit"  # of the partner's, from wherever


def state_of(kind: InvoiceKind, *, total: int, paid: int, credited: int, written_off: int) -> InvoiceState:
    """Return the state of what is issued, by what was set against it. Pure."""
    gone = paid + credited + written_off
    assert 0 <= gone <= total, "no more is set against an invoice than it asks for"
    if gone < total:
        return InvoiceState.PART_PAID if gone else InvoiceState.ISSUED
    if written_off:
        return InvoiceState.WRITTEN_OFF
    return InvoiceState.CREDITED if credited and not paid and kind is InvoiceKind.INVOICE else InvoiceState.PAID


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice or credit note, without what it says (`InvoiceDocument`).

    `group_key` is the refcode, month (2026-11) or order that its lines have in common, `taxed` whether they are taxed.
    `open` of a credit note is what of it was not set against an invoice or paid out.
    """

    merchant_id: UUID
    invoice_id: UUID
    kind: InvoiceKind
    state: InvoiceState
    partner_id: UUID
    entity_id: UUID
    currency: str
    grouping: Grouping
    group_key: str
    taxed: bool
    series: str | None = None
    number: int | None = None
    invoice_number: str | None = None
    corrects: UUID | None = None
    total: int = 0
    tax: int = 0
    paid: int = 0
    credited: int = 0
    written_off: int = 0
    po_number: str = ""
    note: str = ""
    reference: str | None = None
    period_from: date | None = None
    period_through: date | None = None
    issued_on: date | None = None
    due_on: date | None = None
    disputed_at: datetime | None = None
    dispute_reason: str = ""
    reminders: int = 0
    reminded_at: datetime | None = None
    created_at: datetime
    created_by: str
    issued_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def open(self) -> int:
        """Return what of it is not settled; a draft asks for nothing."""
        return self.total - self.paid - self.credited - self.written_off

    @property
    def is_issued(self) -> bool:
        """Return whether it has a number."""
        return self.state is not InvoiceState.DRAFT

    def set_against(self, *, paid: int = 0, credited: int = 0, written_off: int = 0, now: datetime) -> "Invoice":
        """Return it with so much more set against it; less where that is undone."""
        sums = {
            "paid": self.paid + paid,
            "credited": self.credited + credited,
            "written_off": self.written_off + written_off,
        }
        state = state_of(self.kind, total=self.total, **sums)
        settled_at = None if state in OPEN_STATES else now
        return msgspec.structs.replace(self, **sums, state=state, settled_at=settled_at)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One filling of a certificate on account, with what of it was charged and not given back.

    `amount` is owed, after `discount`; `booked_tax` is the tax inside of it that its rows booked, `ours` whether that
    stands in these books rather than in those of the merchant's own till.
    """

    lot_id: UUID
    certificate_id: UUID
    entity_id: UUID | None
    currency: str
    order_number: str = ""
    refcode: str = ""
    amount: int
    discount: int = 0
    tax_kind: TaxKind = TaxKind.NONE
    tax_country: str | None = None
    tax_rate_ppm: int = 0
    booked_tax: int = 0
    ours: bool = True
    booked_on: date

    @property
    def taxed(self) -> bool:
        """Return whether tax is due on it at sale."""
        return self.tax_kind.due_at_sale


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """So many certificates of the same value under one refcode: `face` and `discount` of one, `total` of all."""

    line_no: int
    refcode: str
    quantity: int
    face: int
    discount: int
    tax_kind: TaxKind
    tax_country: str | None = None
    tax_rate_ppm: int = 0

    @property
    def total(self) -> int:
        """Return what is owed for all of them."""
        return self.quantity * (self.face - self.discount)


class RateTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What is taxed at one rate: the gross, the tax inside of it computed once, and what certificates booked.

    `elsewhere` is what of that a merchant's own tills have booked and owe: it is theirs to be relieved of.
    """

    tax_country: str
    tax_rate_ppm: int
    gross: int
    tax: int
    booked: int
    elsewhere: int = 0

    @property
    def net(self) -> int:
        """Return the gross without its tax."""
        return self.gross - self.tax

    @property
    def rounding(self) -> int:
        """Return what is booked at issue for it: the tax beyond what the certificates booked, or less."""
        return 0 if self.elsewhere else self.tax - self.booked

    @property
    def payable(self) -> int:
        """Return what of the tax these books owe once it is issued, and may be relieved of."""
        return self.booked - self.elsewhere + self.rounding


class CreditItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation gave back of one filling, on one certificate."""

    lot_id: UUID
    operation_id: UUID
    certificate_id: UUID
    amount: int


class OpenTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What is open in one currency of so many invoices; `overdue` and `disputed` are parts of it."""

    currency: str
    invoices: int
    open: int
    overdue: int
    disputed: int


class InvoiceSettlement(msgspec.Struct, frozen=True, kw_only=True):
    """What was set against an invoice by one operation, and by which that was undone."""

    merchant_id: UUID
    operation_id: UUID
    invoice_id: UUID
    partner_id: UUID
    source: SettlementSource
    source_id: UUID | None = None
    amount: int
    actor: str
    booked_at: datetime
    undone_by: UUID | None = None
    undone_at: datetime | None = None


class BillingDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What invoices to a partner say of it, beside name and address.

    `buyer_reference` is how the buyer routes it (a Leitweg-ID in Germany); `endpoint_scheme` a code of the list EAS.
    `email` empty: mailed to the partner's contact; `language` empty: the merchant's.
    """

    vat_id: str = ""
    tax_id: str = ""
    email: str = ""
    buyer_reference: str = ""
    endpoint_scheme: str = ""
    endpoint_id: str = ""
    language: str = ""


class InvoiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a legal entity's invoices say of it, beside name, address and tax ids, and how they are numbered.

    `reminder_days` are the days after the due day on which each reminder is sent.
    """

    iban: str = ""
    bic: str = ""
    account_holder: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    note: str = ""
    invoice_series: str = "INV-"
    credit_note_series: str = "CN-"
    reminder_days: tuple[int, int, int] = (7, 21, 35)
    issues_itself: bool = False
    reminds_itself: bool = False
