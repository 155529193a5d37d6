"""Invoices to partners and their credit notes: lines, taxes, numbers, what they say, and what is set against them."""

from largesse.domain.invoices.account_store import (
    billing_of,
    find_settlement,
    insert_settlement,
    put_billing,
    put_settings,
    settings_of,
    settlements_from,
    settlements_of,
    undo_settlement,
)
from largesse.domain.invoices.composing import NOT_SUBJECT, STANDARD, Wording, compose, percent
from largesse.domain.invoices.document import DocumentLine, DocumentTax, InvoiceDocument, Party, opened, sealed
from largesse.domain.invoices.errors import (
    BuyerAddressMissing,
    CommissionBooked,
    CommissionNotAgreed,
    CommissionNotBooked,
    CommissionUsed,
    IbanInvalid,
    InvoiceClosed,
    InvoiceDisputed,
    InvoiceInvalid,
    InvoiceIssued,
    InvoiceNotDue,
    InvoiceNotIssued,
    InvoiceSettlementRefused,
    InvoiceUnknown,
    NothingToInvoice,
    SellerIncomplete,
    SeriesTaken,
    SettlementUnknown,
    TaxIdInvalid,
)
from largesse.domain.invoices.files import InvoiceFiles, InvoiceFormat, file_name
from largesse.domain.invoices.giro_codes import giro_code
from largesse.domain.invoices.lines import credited_taxes, included_at, lines_of, taxes_of
from largesse.domain.invoices.mail_store import (
    InvoiceMail,
    InvoiceMailPurpose,
    InvoiceMailStatus,
    insert_mail,
    lock_due_reminder,
    mails_of,
    merchants_that_remind,
    put_run,
    settle_mail,
)
from largesse.domain.invoices.model import (
    DISPUTE_REASON_MAX,
    NOTE_MAX,
    OPEN_STATES,
    PO_NUMBER_MAX,
    REMINDERS_MAX,
    BillingDetails,
    CreditItem,
    Grouping,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceSettings,
    InvoiceSettlement,
    InvoiceState,
    Item,
    OpenTotal,
    RateTotal,
    SettlementSource,
    state_of,
)
from largesse.domain.invoices.printing import InvoiceColumn, InvoiceFace, InvoicePaper, InvoicePrinter, InvoiceSum
from largesse.domain.invoices.references import check_bic, check_iban, check_vat_id, reference_of
from largesse.domain.invoices.store import (
    billed_lots,
    certificates_of,
    change_draft,
    claim_items,
    claimed_lots,
    credit_notes_of,
    delete_draft,
    document_of,
    drafts_of,
    find_invoice,
    fix_items,
    invoice_of,
    issued_between,
    lock_invoice,
    lock_invoices,
    next_number,
    open_credit_notes,
    open_draft,
    open_invoices,
    open_totals,
    release_items,
    series_of,
    write_credit_items,
    write_dispute,
    write_issued,
    write_lines,
    write_reminder,
    write_settled,
)
from largesse.domain.invoices.store import lines_of as stored_lines
from largesse.domain.invoices.store import taxes_of as stored_taxes
