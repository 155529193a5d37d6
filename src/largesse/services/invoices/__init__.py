"""Invoices on account: drafts, issue, credit notes, what is set against them, and the proof of it all.

What a partner has used of its credit limit changes here alone, but for its orders: `lower_credit`.
"""

from largesse.services.invoices.ageing import STEPS, Aged, ageing, ageing_as_csv
from largesse.services.invoices.billing_months import bill_months
from largesse.services.invoices.carrying import credit_carried
from largesse.services.invoices.commissions import book_commission, commission_booked, commission_due, undo_commission
from largesse.services.invoices.credit_limits import lower_credit
from largesse.services.invoices.crediting import billed_of, settle_given_back
from largesse.services.invoices.dependencies import InvoiceDependencies
from largesse.services.invoices.disputing import dispute
from largesse.services.invoices.drafting import InvoiceDraft, change_draft, discard, draft_of, drafts_of, gather
from largesse.services.invoices.events import InvoiceTold
from largesse.services.invoices.issuing import issue
from largesse.services.invoices.mailing import (
    InvoiceMailDue,
    is_of_invoice,
    purpose_of,
    read_invoice_mail,
    send_again,
)
from largesse.services.invoices.printing import InvoicePrinting, face_of, paper_for, pdf_of, pro_forma_pdf
from largesse.services.invoices.pro_forma import pro_forma_of
from largesse.services.invoices.reading import PartnerStanding, credit_of, standing_of, uninvoiced
from largesse.services.invoices.reminding import remind, remind_due
from largesse.services.invoices.sale_documents import (
    TakenOff,
    correct_sale,
    documents_named,
    named_now,
    paper_of,
    readdress,
    sale_documents_of_order,
    write_sale_documents,
)
from largesse.services.invoices.sale_printing import (
    kind_of_sale,
    sale_face,
    sale_file_name,
    sale_pdf,
    sale_title,
)
from largesse.services.invoices.saying import change_billing, change_settings
from largesse.services.invoices.settling import settle, unsettle
from largesse.services.invoices.statements import (
    FIRST_DAY,
    PartnerStatement,
    StatementKind,
    currencies_of,
    kind_text,
    language_of,
    period_of,
    statement_as_csv,
    statement_as_pdf,
    statement_of,
)
from largesse.services.invoices.verifying import verify
from largesse.services.invoices.writing_off import write_off
