"""What invoices, their states and refusals are called in the reader's language."""

from collections.abc import Mapping

from largesse.domain.invoices import (
    DISPUTE_REASON_MAX,
    Grouping,
    InvoiceFormat,
    InvoiceKind,
    InvoiceMail,
    InvoiceMailPurpose,
    InvoiceMailStatus,
    InvoiceState,
    SettlementSource,
)
from largesse.kernel.currency import currency
from largesse.kernel.errors import FieldError, InvalidInput, LargesseError
from largesse.kernel.money import Money
from largesse.ui import Voice
from largesse.web.choices import CHOICE_UNKNOWN


def money(minor: int, code: str, voice: Voice) -> str:
    """Return an amount as people read it."""
    return voice.money(Money(minor, currency(code)))


def kinds(voice: Voice) -> dict[str, str]:
    """Return what the two kinds of documents are called."""
    return {"invoice": voice.t("Invoice"), "credit_note": voice.t("Credit note")}


def states(voice: Voice) -> dict[str, tuple[str, str]]:
    """Return what each state is called, with the kind of its badge."""
    return {
        InvoiceState.DRAFT.value: (voice.t("draft"), ""),
        InvoiceState.ISSUED.value: (voice.t("open"), "warn"),
        InvoiceState.PART_PAID.value: (voice.t("paid in part"), "warn"),
        InvoiceState.PAID.value: (voice.t("settled"), "good"),
        InvoiceState.CREDITED.value: (voice.t("credited"), ""),
        InvoiceState.WRITTEN_OFF.value: (voice.t("written off"), "bad"),
    }


def group_text(grouping: Grouping, key: str, voice: Voice) -> str:
    """Return what the orders of an invoice have in common."""
    if grouping is Grouping.MONTHLY:
        return voice.t("Orders of {month}", month=key)
    if grouping is Grouping.ORDER:
        return voice.t("Order {number}", number=key)
    return voice.t("Refcode {refcode}", refcode=key) if key else voice.t("Orders without a refcode")


def sources(voice: Voice) -> dict[str, str]:
    """Return what may be set against an invoice."""
    return {
        SettlementSource.PAYMENT.value: voice.t("Payment"),
        SettlementSource.CREDIT_NOTE.value: voice.t("Credit note"),
        SettlementSource.CREDIT.value: voice.t("Credit of the partner"),
    }


def formats(voice: Voice) -> dict[str, str]:
    """Return what the files for programs are called."""
    return {
        InvoiceFormat.EN16931.value: voice.t("XML (EN 16931)"),
        InvoiceFormat.XRECHNUNG.value: voice.t("XRechnung"),
        InvoiceFormat.PEPPOL.value: voice.t("Peppol BIS Billing 3"),
    }


def mail_text(mail: InvoiceMail, kind: InvoiceKind, voice: Voice) -> str:
    """Return what a mail of an invoice, or of a credit note, was."""
    if mail.purpose is InvoiceMailPurpose.REMINDER:
        return voice.t("Reminder {stage}", stage=mail.stage)
    if mail.purpose is InvoiceMailPurpose.AGAIN:
        return voice.t("Sent again")
    return voice.t("Credit note") if kind is InvoiceKind.CREDIT_NOTE else voice.t("Invoice")


def mail_states(voice: Voice) -> dict[InvoiceMailStatus, tuple[str, str]]:
    """Return what came of a mail, with the kind of its badge."""
    return {
        InvoiceMailStatus.QUEUED: (voice.t("on its way"), ""),
        InvoiceMailStatus.SENT: (voice.t("taken by their mail server"), "good"),
        InvoiceMailStatus.FAILED: (voice.t("did not arrive"), "bad"),
        InvoiceMailStatus.DROPPED: (voice.t("not needed any more"), ""),
    }


def done_texts(voice: Voice) -> Mapping[str, str]:
    """Return what is said when something is done, by the word in the address."""
    return {
        "gathered": voice.t("What is not invoiced stands in the drafts below."),
        "nothing": voice.t("Nothing was ordered that is not invoiced yet."),
        "issued": voice.t("The invoice is issued. It has its number for good."),
        "changed": voice.t("The draft was changed."),
        "discarded": voice.t("The draft is gone. What it gathered is not invoiced, and can be gathered again."),
        "disputed": voice.t("The dispute is noted. What is open stays owed."),
        "agreed": voice.t("The dispute is settled."),
        "commission": voice.t("The commission is credited to the partner."),
        "commission_back": voice.t("The commission was taken back out of the partner’s credit. It can be booked anew."),
        "sent": voice.t("The invoice is on its way once more."),
        "reminded": voice.t("The reminder is on its way."),
        "written_off": voice.t("What was open is given up. If it is paid later, it comes back first."),
    }


def refusal_text(refused: LargesseError, voice: Voice) -> str:
    """Return why something was refused; what has no words of its own says what the service says."""
    known = {
        CHOICE_UNKNOWN: voice.t("Choose one of those that are offered."),
        "invoice.nothing": voice.t("Nothing is left to be invoiced: it was cancelled, or stands on another invoice."),
        "invoice.already_issued": voice.t(
            "It is issued, and what is issued never changes. Cancel its certificates: that gives a credit note."
        ),
        "invoice.not_issued": voice.t("It is a draft. Issue it first."),
        "invoice.closed": voice.t("Nothing of this invoice is open any more."),
        "invoice.disputed": voice.t(
            "The partner disputes this invoice. Settle that first; then it can be reminded of."
        ),
        "invoice.commission.booked": voice.t("The commission of this invoice is booked already."),
        "invoice.commission.not_agreed": voice.t(
            "The partner earns no commission for this invoice: its agreement pays none, or all of it was credited."
        ),
        "invoice.commission.not_booked": voice.t("No commission is booked for this invoice, or it was taken back."),
        "invoice.commission.used": voice.t(
            "Less than that is left of the partner’s credit. Undo what it was set against first; then take it back."
        ),
        "invoice.not_due": voice.t("It is not overdue yet, or three reminders were sent already."),
        "invoice.buyer.address_missing": voice.t(
            "The partner has no address: an invoice needs street, city, postal code and country. Add them to the "
            "partner."
        ),
        "invoice.seller.incomplete": voice.t(
            "Your own address or tax number is missing: an invoice needs street, city, country and a VAT ID or tax "
            "number. Add them in the settings, to the legal entity."
        ),
        "invoice.tax_id.invalid": voice.t(
            "A VAT ID is wrong: a digit is mistyped or missing. Copy it from a letter of the tax office."
        ),
        "invoice.series.taken": voice.t(
            "The series of your invoices numbers documents of the other kind already. Choose another prefix."
        ),
    }
    if isinstance(refused, InvalidInput) and refused.fields and refused.code == "invoice.invalid":
        return " ".join(dict.fromkeys(fault_text(one, voice) for one in refused.fields))
    return known.get(refused.code, refused.message)


def fault_text(fault: FieldError, voice: Voice) -> str:
    """Return what is said beside a field."""
    known = {
        "reason.length": voice.t("Say why, in 1 to {count} characters.", count=DISPUTE_REASON_MAX),
        "reference.length": voice.t(
            "Name the partner’s own invoice, in 1 to {count} characters.", count=DISPUTE_REASON_MAX
        ),
        "amount.above_zero": voice.t("Type an amount above zero."),
        "amount.too_much": voice.t("That is more than credit notes have left of the invoice. Type less."),
        "country.invalid": voice.t("Name the country whose tax it is, by its two letters, such as DE."),
        "rate.invalid": voice.t("Give the tax in per cent, such as 19."),
        "day.invalid": voice.t("Write the day as year, month and day: 2026-11-30."),
        "day.range": voice.t("That day is too long ago. Choose a later one."),
        "email.invalid": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "email.too_long": voice.t("That is not an e-mail address. Write it like name@example.com."),
        "period.order": voice.t("The period ends before it begins. Choose a later last day."),
        "text.length": voice.t("This is too long. Take some of it out."),
    }
    return known.get(fault.code, fault.message)
