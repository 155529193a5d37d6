"""The sentences that stand on invoices, in the partner's language. Pure."""

from datetime import date
from functools import cache
from pathlib import Path

from largesse.domain.invoices import InvoiceKind, Wording
from largesse.kernel.tax import TaxKind
from largesse.ui import AMERICAN, LANGUAGES, Voice, speak

_FOLDER = Path(__file__).parent / "locale"


@cache
def voice_of(language: str) -> Voice:
    """Return the voice that speaks on invoices, by a voice's tag; English where there is none."""
    return speak(language if language in (*LANGUAGES, AMERICAN) else LANGUAGES[0], folders=(_FOLDER,))


def wording_of(language: str, *, kind: InvoiceKind, due_on: date | None) -> Wording:
    """Return the sentences of an invoice."""
    voice = voice_of(language)
    certificate = voice.t("Gift certificate of {value} {currency}", value="{value}", currency="{currency}")
    terms = ""
    if due_on is not None and kind is InvoiceKind.INVOICE:
        terms = voice.t("Payable without deduction by {day}.", day=voice.day(due_on))
    elif kind is InvoiceKind.CREDIT_NOTE:
        terms = voice.t("This is set against the invoice that it corrects; what is beyond that is your credit.")
    return Wording(
        certificate=certificate,
        reasons={
            TaxKind.MULTI_PURPOSE: voice.t(
                "Multi-purpose vouchers: no VAT is due when they are issued, but when they are redeemed "
                "(Article 73a and Article 30b(1) of Directive 2006/112/EC)."
            ),
            TaxKind.NONE: voice.t("Not subject to VAT: certificates are means of payment, taxed when they are used."),
            TaxKind.SALES_TAX: "",
            TaxKind.SINGLE_PURPOSE: "",
        },
        terms=terms,
    )
