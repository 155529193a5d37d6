"""What the page of an invoice shows, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import invoices, partners
from largesse.domain.invoices import (
    OPEN_STATES,
    REMINDERS_MAX,
    Invoice,
    InvoiceDocument,
    InvoiceKind,
    InvoiceLine,
    InvoiceMail,
    InvoiceSettlement,
    RateTotal,
    lines_of,
    percent,
    taxes_of,
)
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Agreement, Partner
from largesse.domain.staff import Act, Role, may
from largesse.interfaces.admin.invoices.wording import (
    formats,
    group_text,
    kinds,
    mail_states,
    mail_text,
    money,
    sources,
    states,
)
from largesse.kernel.clock import day_of
from largesse.ledger import Entry, OpenItem, OpenItemKind
from largesse.services import invoices as invoicing
from largesse.services import reports
from largesse.services.capabilities import UsesLedger
from largesse.ui import Voice

_CERTIFICATES_SHOWN = 100


class KnownInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of an invoice shows. `corrected` is the invoice that a credit note corrects."""

    invoice: Invoice
    partner: Partner
    lines: Sequence[InvoiceLine]
    taxes: Sequence[RateTotal]
    document: InvoiceDocument | None = None
    certificates: Sequence[tuple[str, int]] = ()
    settlements: Sequence[InvoiceSettlement] = ()
    notes: Sequence[Invoice] = ()
    corrected: Invoice | None = None
    rows: Sequence[Entry] = ()
    mails: Sequence[InvoiceMail] = ()
    agreement: Agreement | None = None

    @property
    def commission_booked(self) -> int:
        """What the partner was credited for it, with its tax."""
        return invoicing.commission_booked(self.rows)

    @property
    def commission_due(self) -> int:
        """What the agreement pays for what credit notes have left of it, without tax; 0 where it is none."""
        if self.agreement is None or self.invoice.kind is not InvoiceKind.INVOICE:
            return 0
        return invoicing.commission_due(self.invoice.total - sum(one.total for one in self.notes), self.agreement)

    @property
    def total(self) -> int:
        """What it asks for; of a draft, what it would."""
        return sum(line.total for line in self.lines)


async def read_invoice(deps: UsesLedger, connection: Connection, invoice: Invoice) -> KnownInvoice:
    """Return all that the page of an invoice shows."""
    merchant_id, invoice_id = invoice.merchant_id, invoice.invoice_id
    partner = await partners.find_partner(connection, merchant_id, str(invoice.partner_id))
    if not invoice.is_issued:
        items = (await invoicing.draft_of(connection, invoice)).items
        lines, _ = lines_of(items)
        held = [(str(one.certificate_id), one.amount) for one in items]
        return KnownInvoice(invoice=invoice, partner=partner, lines=lines, taxes=taxes_of(items), certificates=held)
    found = await invoices.certificates_of(connection, invoice)
    corrects = invoice.corrects
    return KnownInvoice(
        invoice=invoice,
        partner=partner,
        lines=await invoices.stored_lines(connection, merchant_id, invoice_id),
        taxes=await invoices.stored_taxes(connection, merchant_id, [invoice_id]),
        document=await invoices.document_of(connection, merchant_id, invoice_id),
        certificates=[(str(certificate_id), amount) for _, certificate_id, _, amount in found],
        settlements=await invoices.settlements_of(connection, merchant_id, invoice_id),
        notes=await invoices.credit_notes_of(connection, invoice),
        corrected=await invoices.find_invoice(connection, merchant_id, corrects) if corrects else None,
        mails=await invoices.mails_of(connection, invoice),
        agreement=await partners.agreement_of(connection, merchant_id, invoice.partner_id),
        rows=await deps.ledger.rows_of_item(connection, merchant_id, OpenItem(OpenItemKind.INVOICE, invoice_id)),
    )


def invoice_view(
    known: KnownInvoice, merchant: Merchant, role: Role, voice: Voice, *, now: datetime
) -> dict[str, object]:
    """Return what the template shows."""
    invoice, home = known.invoice, f"/admin/{merchant.slug}"
    writes, is_invoice = may(role, Act.INVOICES), invoice.kind is InvoiceKind.INVOICE
    is_open = is_invoice and invoice.state in OPEN_STATES
    title = _title(invoice, voice)
    return {
        "title": title,
        "trail": [(voice.t("Invoices"), f"{home}/invoices"), (title, None)],
        "badges": _badges(invoice, merchant, voice, now=now),
        "is_draft": not invoice.is_issued,
        "is_disputed": invoice.disputed_at is not None,
        "dispute_reason": invoice.dispute_reason,
        "issues": writes and not invoice.is_issued and bool(known.lines),
        "writes": writes,
        "disputes": writes and is_open,
        "writes_off": may(role, Act.INVOICES_WRITE_OFF) and is_open,
        "commission": money(known.commission_booked, invoice.currency, voice) if known.commission_booked else "",
        "commission_due": money(known.commission_due, invoice.currency, voice)
        if known.commission_due and not known.commission_booked
        else "",
        "sends": writes and invoice.is_issued,
        "reminds": writes
        and is_open
        and invoice.disputed_at is None
        and _is_overdue(invoice, merchant, now=now)
        and invoice.reminders < REMINDERS_MAX,
        "reminders": invoice.reminders,
        "mails": [_mail(one, invoice, merchant, voice, now=now) for one in known.mails],
        "open": money(invoice.open, invoice.currency, voice),
        "facts": _facts(known, home, voice),
        "sums": _sums(known, voice),
        "line_columns": _line_columns(voice),
        "lines": [_line(one, invoice.currency, voice) for one in known.lines],
        "tax_columns": _tax_columns(voice),
        "taxes": [_tax(one, invoice.currency, voice) for one in known.taxes],
        "reasons": [one.reason for one in known.document.taxes if one.reason] if known.document else [],
        "certificates": [
            {"text": money(amount, invoice.currency, voice), "href": f"{home}/certificates/{certificate_id}"}
            for certificate_id, amount in known.certificates[:_CERTIFICATES_SHOWN]
        ],
        "certificates_more": max(len(known.certificates) - _CERTIFICATES_SHOWN, 0),
        "set_columns": _set_columns(voice),
        "settlements": [_settlement(one, known, merchant, voice, now=now) for one in known.settlements],
        "notes": [
            {
                "number": one.invoice_number,
                "href": f"{home}/invoices/{one.invoice_id}",
                "total": money(one.total, one.currency, voice),
            }
            for one in known.notes
        ],
        "row_columns": _row_columns(voice),
        "rows": [_row(one, voice) for one in known.rows if one.amount],
        "files": [("pdf", voice.t("PDF")), *formats(voice).items()]
        if invoice.is_issued
        else [("pro-forma", voice.t("Pro forma (PDF)"))],
    }


def _title(invoice: Invoice, voice: Voice) -> str:
    if not invoice.is_issued:
        return voice.t("Draft: {what}", what=group_text(invoice.grouping, invoice.group_key, voice))
    return f"{kinds(voice)[invoice.kind.value]} {invoice.invoice_number}"


def _badges(invoice: Invoice, merchant: Merchant, voice: Voice, *, now: datetime) -> list[tuple[str, str]]:
    found = [states(voice)[invoice.state.value]]
    if invoice.kind is InvoiceKind.CREDIT_NOTE and invoice.open:
        found = [(voice.t("not used up"), "warn")]
    is_open = invoice.state in OPEN_STATES
    if is_open and _is_overdue(invoice, merchant, now=now):
        found.append((voice.t("overdue"), "bad"))
    if invoice.disputed_at is not None and is_open:
        found.append((voice.t("disputed"), "bad"))
    return found


def _is_overdue(invoice: Invoice, merchant: Merchant, *, now: datetime) -> bool:
    return invoice.due_on is not None and invoice.due_on < day_of(now, in_zone=merchant.zone)


def _mail(
    one: InvoiceMail, invoice: Invoice, merchant: Merchant, voice: Voice, *, now: datetime
) -> Mapping[str, object]:
    state, kind = mail_states(voice)[one.status]
    return {
        "what": mail_text(one, invoice.kind, voice),
        "address": one.address,
        "when": voice.moment(one.queued_at, zone=merchant.zone, now=now),
        "state": state,
        "kind": kind,
        "reason": one.reason,
    }


def _facts(known: KnownInvoice, home: str, voice: Voice) -> list[tuple[str, object]]:
    invoice, corrected = known.invoice, known.corrected
    period = ""
    if invoice.period_from and invoice.period_through:
        first, last = voice.day(invoice.period_from), voice.day(invoice.period_through)
        period = first if first == last else voice.t("{first} to {last}", first=first, last=last)
    pairs: list[tuple[str, object]] = [
        (
            voice.t("Partner"),
            {"text": known.partner.name, "href": f"{home}/partners/{known.partner.partner_id}", "row": False},
        ),
        (voice.t("What it gathers"), group_text(invoice.grouping, invoice.group_key, voice)),
        (voice.t("Ordered"), period),
        (voice.t("Issued"), voice.day(invoice.issued_on) if invoice.issued_on else ""),
        (voice.t("Due"), voice.day(invoice.due_on) if invoice.due_on else ""),
        (voice.t("Purchase order"), invoice.po_number),
        (voice.t("Payment reference"), invoice.reference or ""),
        (voice.t("Reminders sent"), str(invoice.reminders) if invoice.reminders else ""),
        (voice.t("Note"), invoice.note if invoice.is_issued else ""),
    ]
    if corrected is not None:
        corrects = {
            "text": corrected.invoice_number,
            "href": f"{home}/invoices/{corrected.invoice_id}",
            "row": False,
        }
        pairs.insert(1, (voice.t("Corrects"), corrects))
    return [(name, value) for name, value in pairs if value]


def _sums(known: KnownInvoice, voice: Voice) -> list[tuple[str, str]]:
    invoice, code = known.invoice, known.invoice.currency
    total, tax = known.total, sum(one.tax for one in known.taxes)
    found = [(voice.t("Without tax"), total - tax), (voice.t("Tax"), tax)] if tax else []
    found.append((voice.t("Total"), total))
    if invoice.is_issued:
        is_invoice = invoice.kind is InvoiceKind.INVOICE
        found.append((voice.t("Paid") if is_invoice else voice.t("Used"), -invoice.paid))
        found.append((voice.t("Credited"), -invoice.credited))
        found.append((voice.t("Written off"), -invoice.written_off))
        found = [one for one in found if one[1]]
        found.append((voice.t("Open"), invoice.open))
    return [(name, money(amount, code, voice)) for name, amount in found]


def _line_columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "what", "title": voice.t("What"), "kind": "lead"},
        {"key": "refcode", "title": voice.t("Refcode")},
        {"key": "count", "title": voice.t("Number of them"), "kind": "count"},
        {"key": "price", "title": voice.t("Price of one"), "kind": "money"},
        {"key": "total", "title": voice.t("Total"), "kind": "money"},
    ]


def _line(line: InvoiceLine, code: str, voice: Voice) -> Mapping[str, object]:
    return {
        "what": voice.t("Certificate of {amount}", amount=money(line.face, code, voice)),
        "refcode": line.refcode,
        "count": voice.count(line.quantity),
        "price": money(line.face - line.discount, code, voice),
        "total": money(line.total, code, voice),
    }


def _tax_columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "rate", "title": voice.t("Tax"), "kind": "lead"},
        {"key": "net", "title": voice.t("Without tax"), "kind": "money"},
        {"key": "tax", "title": voice.t("Tax in it"), "kind": "money"},
        {"key": "gross", "title": voice.t("With tax"), "kind": "money"},
    ]


def _tax(one: RateTotal, code: str, voice: Voice) -> Mapping[str, object]:
    return {
        "rate": f"{percent(one.tax_rate_ppm)} % {one.tax_country}".strip(),
        "net": money(one.net, code, voice),
        "tax": money(one.tax, code, voice),
        "gross": money(one.gross, code, voice),
    }


def _set_columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "what", "title": voice.t("What"), "kind": "lead"},
        {"key": "when", "title": voice.t("When")},
        {"key": "undone", "title": voice.t("State")},
        {"key": "amount", "title": voice.t("Amount"), "kind": "money"},
    ]


def _settlement(
    one: InvoiceSettlement, known: KnownInvoice, merchant: Merchant, voice: Voice, *, now: datetime
) -> Mapping[str, object]:
    text = sources(voice)[one.source.value]
    note = next((each for each in known.notes if each.invoice_id == one.source_id), None)
    return {
        "what": f"{text} {note.invoice_number}" if note is not None else text,
        "when": voice.moment(one.booked_at, zone=merchant.zone, now=now),
        "undone": {"badge": voice.t("undone"), "kind": ""} if one.undone_at is not None else "",
        "amount": money(one.amount, known.invoice.currency, voice),
    }


def _row_columns(voice: Voice) -> list[dict[str, str]]:
    return [
        {"key": "kind", "title": voice.t("What"), "kind": "lead"},
        {"key": "day", "title": voice.t("Day")},
        {"key": "debit", "title": voice.t("Debit")},
        {"key": "credit", "title": voice.t("Credit")},
        {"key": "amount", "title": voice.t("Amount"), "kind": "money"},
    ]


def _row(row: Entry, voice: Voice) -> Mapping[str, object]:
    return {
        "kind": reports.kind_name(row.kind.value, voice),
        "day": voice.short_day(row.booked_on) if row.booked_on else "",
        "debit": reports.account_name(row.debit.value if row.debit else None, voice),
        "credit": reports.account_name(row.credit.value if row.credit else None, voice),
        "amount": money(row.amount or 0, row.currency, voice),
    }
