"""Compose the mails of invoices, credit notes and reminders, with the PDF and the file for programs."""

import asyncio

from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import catalog, invoices, merchants
from largesse.domain.invoices import (
    OPEN_STATES,
    Invoice,
    InvoiceDocument,
    InvoiceFormat,
    InvoiceKind,
    InvoiceMailPurpose,
    InvoiceMailStatus,
    file_name,
)
from largesse.kernel.currency import currency
from largesse.kernel.iban import written_iban
from largesse.kernel.mail import Attachment
from largesse.kernel.money import Money, parse
from largesse.outbox import Claimed, Composed, DeliveryStatus, NotWanted, Settled
from largesse.services.invoices import pdf_of, purpose_of, read_invoice_mail
from largesse.services.mails import words
from largesse.services.mails.dependencies import MailDependencies
from largesse.services.mails.envelope import composed, heading_of
from largesse.services.mails.pages import bodies, voice_of
from largesse.ui import Voice


async def compose(deps: MailDependencies, claimed: Claimed, *, sent_by: str) -> Composed:
    """Return the mail that `claimed` stands for; see `outbox.MailWriter`.

    Raises:
        NotWanted: a reminder of what is settled or disputed by now.
    """
    due = read_invoice_mail(claimed.payload)
    async with deps.database.connection() as connection:
        merchant = await merchants.merchant_of_id(connection, claimed.merchant_id)
        theme = await catalog.theme_of(connection, claimed.merchant_id)
        invoice = await invoices.find_invoice(connection, claimed.merchant_id, due.invoice_id)
        document = await invoices.document_of(connection, claimed.merchant_id, due.invoice_id)
    assert document is not None, "only what is issued is mailed"
    voice, reminds = voice_of(due.locale, merchant.english), purpose_of(due) is InvoiceMailPurpose.REMINDER
    if reminds and (invoice.state not in OPEN_STATES or invoice.disputed_at is not None):
        raise NotWanted
    said = _reminder(invoice, document, due.stage, voice) if reminds else _issued(document, merchant.name, voice)
    written = bodies(
        "note",
        voice,
        accent=theme.accent,
        shop=words.shop_of(merchant, theme),
        subject=said.subject,
        sentences=said.sentences,
        order_number="",
        why=voice.t("You get this mail because your organisation orders gift certificates on account."),
    )
    heading = heading_of(due, merchant, claimed, subject=said.subject, language=voice.language, sent_by=sent_by)
    heading = replace(heading, reply_to=document.seller.email or heading.reply_to)
    return composed(heading, written, await _enclosed(deps, document))


async def settle(connection: Connection, settled: Settled) -> None:
    """Write down what came of a mail, once."""
    due = read_invoice_mail(settled.claimed.payload)
    status = InvoiceMailStatus.FAILED
    if settled.status is DeliveryStatus.DELIVERED:
        status = InvoiceMailStatus.SENT
    elif settled.dropped:
        status = InvoiceMailStatus.DROPPED
    await invoices.settle_mail(connection, settled.claimed.merchant_id, due.mail_id, status, at=settled.at)


async def _enclosed(deps: MailDependencies, document: InvoiceDocument) -> list[Attachment]:
    """Return the PDF, and the file for programs: XRechnung where the buyer is routed by a reference in Germany."""
    routed = document.buyer.country == "DE" and document.buyer_reference
    form = InvoiceFormat.XRECHNUNG if routed else InvoiceFormat.EN16931
    written = await asyncio.to_thread(deps.invoice_files.write, document, form)
    return [
        Attachment(file_name=file_name(document), content=await pdf_of(deps, document)),
        Attachment(file_name=file_name(document, form), content=written, subtype="xml"),
    ]


def _issued(document: InvoiceDocument, merchant: str, voice: Voice) -> words.NoteText:
    total = voice.money(parse(document.total, currency(document.currency)))
    names = {"number": document.number, "merchant": merchant, "amount": total}
    enclosed = voice.t("It is enclosed as PDF, and as a file for your program (EN 16931).")
    if document.kind is InvoiceKind.CREDIT_NOTE:
        return words.NoteText(
            subject=voice.t("Credit note {number} of {merchant}", **names),
            sentences=(
                voice.t(
                    "{amount} of invoice {invoice} is credited by credit note {number}.",
                    invoice=document.corrects_number, **names,
                ),
                enclosed,
            ),
        )  # fmt: skip
    day = voice.day(document.due_on) if document.due_on else ""
    return words.NoteText(
        subject=voice.t("Invoice {number} of {merchant}", **names),
        sentences=(
            voice.t("This is invoice {number} for {amount}, due on {day}.", day=day, **names),
            enclosed,
            *_payable(document, voice),
        ),
    )


def _reminder(invoice: Invoice, document: InvoiceDocument, stage: int, voice: Voice) -> words.NoteText:
    """Return what a reminder says: the first is friendly, the last one says that it is."""
    names = {
        "number": document.number,
        "amount": voice.money(Money(invoice.open, currency(invoice.currency))),
        "day": voice.day(document.due_on) if document.due_on else "",
    }
    meanwhile = voice.t(
        "If it was paid meanwhile, nothing is left to do. If something is wrong with it, answer this mail."
    )
    match stage:
        case 1:
            subject = voice.t("A reminder of invoice {number}", **names)
            first = voice.t("Perhaps it was overlooked: {amount} of invoice {number} was due on {day}.", **names)
        case 2:
            subject = voice.t("Second reminder of invoice {number}", **names)
            first = voice.t(
                "{amount} of invoice {number} is still open. It was due on {day}. Please pay it now.", **names
            )
        case _:
            subject = voice.t("Last reminder of invoice {number}", **names)
            first = voice.t(
                "This is our last reminder: {amount} of invoice {number}, due on {day}, is still open. Please pay it "
                "at once, or tell us why you do not.",
                **names,
            )
    return words.NoteText(subject=subject, sentences=(first, *_payable(document, voice), meanwhile))


def _payable(document: InvoiceDocument, voice: Voice) -> tuple[str, ...]:
    if not document.iban:
        return ()
    reference = document.reference or document.number
    return (
        voice.t(
            "Please pay to {holder}, IBAN {iban}, with the reference {reference}.",
            holder=document.account_holder, iban=written_iban(document.iban), reference=reference,
        ),
    )  # fmt: skip
