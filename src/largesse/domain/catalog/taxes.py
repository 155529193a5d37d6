"""What the tax of an offering may be, what follows from what was not told of it, and what is likely a mistake."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec
import pycountry

from largesse.domain.catalog import model
from largesse.domain.catalog.model import OfferingDraft
from largesse.kernel.errors import FieldError
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment

SINGLE_PURPOSE_LIKELY: Final = "offering.tax.single_purpose_likely"

Faults = Iterator[FieldError]


class TaxAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of an offering's tax; None is not told. A country of "" is none in particular."""

    kind: TaxKind | None = None
    country: str | None = None
    rate: Decimal | None = None


def tax_asked(asked: TaxAsked, *, before: TaxTreatment = UNTAXED, home: str | None) -> TaxTreatment:
    """Return the tax that was asked for, not yet checked.

    What was not told stays as it was where its kind has it. A rate alone is sales tax, a rate of zero alone is none,
    and the country is the merchant's `home`.
    """
    kind = asked.kind or before.kind
    if asked.kind is None and asked.rate is not None and kind in {TaxKind.NONE, TaxKind.SALES_TAX}:
        kind = TaxKind.SALES_TAX if asked.rate else TaxKind.NONE
    usual_rate = before.rate if kind.due_at_sale else Decimal(0)
    usual_country = None if kind is TaxKind.NONE else before.country or home
    return TaxTreatment(
        kind=kind,
        country=usual_country if asked.country is None else asked.country or None,
        rate=usual_rate if asked.rate is None else asked.rate,
    )


def read_country(text: str) -> str:
    """Return a country as it was told, in capitals; `none` is none in particular, as of what is redeemed in several."""
    return "" if text.lower() == "none" else text.upper()


def tax_faults(draft: OfferingDraft) -> Faults:
    """Yield everything that is wrong with the tax of an offering."""
    tax = draft.tax
    if not _fraction(tax.rate):
        advice = "Give the tax in per cent, from 0 to 100 with at most 4 decimals, such as 8.25."
        yield FieldError("tax", "offering.tax.invalid", advice)
    elif tax.rate and not tax.kind.due_at_sale:
        advice = "No tax is due at sale with this kind; take the rate out, or choose sales_tax or single_purpose."
        yield FieldError("tax", "offering.tax.rate_unused", advice)
    elif tax.kind.due_at_sale and not tax.rate:
        advice = "This kind of tax has a rate; give it in per cent, such as 8.25, or choose none."
        yield FieldError("tax", "offering.tax.rate_missing", advice)
    yield from _country_faults(tax)
    yield from _redemption_faults(draft)


def tax_warnings(draft: OfferingDraft) -> Faults:
    """Yield what can stand, but is likely to be a mistake.

    A voucher is single-purpose where the place of supply and the tax due are known when it is issued
    (Directive 2006/112/EC, Article 30a, as amended by Directive (EU) 2016/1065).
    """
    tax = draft.tax
    if tax.kind is TaxKind.MULTI_PURPOSE and tax.country is not None and len(draft.redemption_rates) == 1:
        message = (
            "It can be redeemed at one rate in one country, so its tax is known at sale: it is single-purpose, and "
            "the tax is due then. Choose single_purpose with that rate, or name every rate and no country."
        )
        yield FieldError("tax_kind", SINGLE_PURPOSE_LIKELY, message)


def _country_faults(tax: TaxTreatment) -> Faults:
    if tax.country is not None and not _country(tax.country):
        advice = "Name the country by its two letters, such as DE."
        yield FieldError("tax_country", "offering.tax.country_invalid", advice)
    elif tax.country is None and tax.kind is TaxKind.SINGLE_PURPOSE:
        advice = "Name the country whose tax is included, by its two letters, such as DE."
        yield FieldError("tax_country", "offering.tax.country_missing", advice)
    elif tax.country is not None and tax.kind is TaxKind.NONE:
        advice = "Without a tax there is no country of it; take it out."
        yield FieldError("tax_country", "offering.tax.country_unused", advice)


def _redemption_faults(draft: OfferingDraft) -> Faults:
    rates, most = draft.redemption_rates, model.REDEMPTION_RATES_MAX
    if rates and draft.tax.kind is not TaxKind.MULTI_PURPOSE:
        advice = "Only what is multi_purpose is taxed when it is redeemed; take the rates out."
        yield FieldError("redemption_rates", "offering.redemption_rates.unused", advice)
    if not all(_fraction(one) for one in rates) or len(set(rates)) < len(rates) or len(rates) > most:
        advice = f"Give at most {most} different rates in per cent, from 0 to 100, such as 7, 19."
        yield FieldError("redemption_rates", "offering.redemption_rates.invalid", advice)


def _fraction(rate: Decimal) -> bool:
    if not (rate.is_finite() and 0 <= rate <= 1):
        return False
    exponent = rate.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -6


def _country(code: str) -> bool:
    return len(code) == 2 and code.isupper() and pycountry.countries.get(alpha_2=code) is not None
