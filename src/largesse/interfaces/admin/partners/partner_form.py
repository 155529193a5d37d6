"""A partner and its agreement as the fields of a form, and the fields as what shall be of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from largesse.domain.merchants import Merchant
from largesse.domain.partners import (
    Agreement,
    AgreementChange,
    AgreementPurpose,
    Invoicing,
    OtherRefcodes,
    Partner,
    PartnerChange,
    Terms,
)
from largesse.interfaces.admin.reading import FormReader, written_amount, written_rate
from largesse.kernel.currency import Currency, currency
from largesse.kernel.errors import InvalidInput
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.tax_asked import TaxAsked, read_country, tax_asked
from largesse.kernel.zones import region_of_zone
from largesse.services.partners import PartnerWanted
from largesse.ui import Voice

DETAILS: Final = ("name", "contact_email", "phone", "address", "address2", "city", "state", "zip", "country")
_MINUTE: Final = 60
_HUNDRED: Final = Decimal(100)


def partner_text(partner: Partner | None, agreement: Agreement, voice: Voice) -> dict[str, str]:
    """Return the fields of a form that shows a partner, or a new one."""
    fields = {name: str(getattr(partner, name)) if partner else "" for name in DETAILS}
    fields |= {
        "token_minutes": str(agreement.token_lifetime_s // _MINUTE),
        "payment_terms_days": str(agreement.payment_terms_days),
        "invoicing": agreement.invoicing.value,
        "refcodes": "\n".join(agreement.refcodes),
        "other_refcodes": agreement.other_refcodes.value,
        "tax_kind": agreement.tax.kind.value,
        "tax": written_rate(agreement.tax.rate),
        "tax_country": agreement.tax.country or "",
        "purpose": agreement.purpose.value,
        "numbers_as_file": "yes" if agreement.numbers_as_file else "",
        "own_keys": "yes" if agreement.own_keys else "",
        "new_currency": "",
        "new_max": "",
        "new_credit": "",
    }
    for code, terms in agreement.terms.items():
        money = currency(code)
        fields |= {
            f"max_{code}": written_amount(terms.amount_max, money, voice),
            f"credit_{code}": written_amount(terms.credit_limit, money, voice),
        }
    return fields


def read_partner(
    fields: Mapping[str, str], agreement: Agreement, merchant: Merchant, voice: Voice
) -> tuple[PartnerWanted, dict[str, str]]:
    """Return what a form asks for of a partner, and what cannot be read, by field."""
    form = FormReader(fields, merchant, voice, merchant.money)
    details = {name: form.line(name) for name in DETAILS}
    details["country"] = details["country"].upper()
    minutes = form.count("token_minutes")
    change = AgreementChange(
        token_lifetime_s=None if minutes is None else minutes * _MINUTE,
        payment_terms_days=form.count("payment_terms_days"),
        invoicing=form.choice("invoicing", Invoicing, agreement.invoicing),
        refcodes=tuple(dict.fromkeys(part.strip() for part in form.text("refcodes").split("\n") if part.strip())),
        other_refcodes=form.choice("other_refcodes", OtherRefcodes, agreement.other_refcodes),
        tax=_tax(form, merchant),
        purpose=form.choice("purpose", AgreementPurpose, agreement.purpose),
        numbers_as_file=form.ticked("numbers_as_file"),
        own_keys=form.ticked("own_keys"),
    )
    terms, removed = _TermsReader(fields, merchant, voice), list[str]()
    for code in agreement.terms:
        if form.ticked(f"remove_{code}"):
            removed.append(code)
        else:
            terms.read(code, f"max_{code}", f"credit_{code}")
    new = form.line("new_currency").upper()
    if new:
        terms.read(new, "new_max", "new_credit")
    wanted = PartnerWanted(details=PartnerChange(**details), agreement=change, terms=terms.terms, removed=removed)
    return wanted, form.faults | terms.faults


class _TermsReader:
    """Reads the two amounts of each currency, each in its own."""

    def __init__(self, fields: Mapping[str, str], merchant: Merchant, voice: Voice) -> None:
        self.terms = dict[str, Terms]()
        self.faults = dict[str, str]()
        self._fields = fields
        self._merchant = merchant
        self._voice = voice

    def read(self, code: str, most: str, credit: str) -> None:
        """Read what one order may be and how much may be ordered, in the currency of a code."""
        money, voice = _currency(code), self._voice
        if money is None:
            self.faults["new_currency"] = voice.t("Name a currency by its three letters, such as USD.")
            return
        amounts = FormReader(self._fields, self._merchant, voice, money)
        amount_max, credit_limit = amounts.amount(most), amounts.amount(credit)
        faults = amounts.faults
        if not amount_max:
            faults.setdefault(most, voice.t("Say up to how much one order may be."))
        if credit_limit is None:
            said = voice.t("Say how much may be ordered before something is settled; 0 for nothing.")
            faults.setdefault(credit, said)
        self.faults |= faults
        if amount_max and credit_limit is not None:
            self.terms[code] = Terms(amount_max=amount_max, credit_limit=credit_limit)


def _currency(code: str) -> Currency | None:
    try:
        return currency(code)
    except InvalidInput:
        return None


def _tax(form: FormReader, merchant: Merchant) -> TaxTreatment:
    kind = form.choice("tax_kind", (TaxKind.NONE, TaxKind.SINGLE_PURPOSE, TaxKind.MULTI_PURPOSE), TaxKind.NONE)
    rate, country = form.percent("tax"), form.line("tax_country")
    asked = TaxAsked(
        kind=kind,
        country=None if kind is TaxKind.NONE or not country else read_country(country),
        rate=None if rate is None or not kind.due_at_sale else rate / _HUNDRED,
    )
    home = None if kind is TaxKind.MULTI_PURPOSE else region_of_zone(merchant.time_zone)
    return tax_asked(asked, before=UNTAXED, home=home)
