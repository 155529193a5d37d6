"""What the tax of an offering may be, and what is likely a mistake."""

from collections.abc import Iterator
from typing import Final

from largesse.domain.catalog import model
from largesse.domain.catalog.model import OfferingDraft
from largesse.kernel.errors import FieldError
from largesse.kernel.tax import TaxKind
from largesse.kernel.tax_asked import is_fraction, treatment_faults

SINGLE_PURPOSE_LIKELY: Final = "offering.tax.single_purpose_likely"

Faults = Iterator[FieldError]


def tax_faults(draft: OfferingDraft) -> Faults:
    """Yield everything that is wrong with the tax of an offering."""
    yield from treatment_faults(draft.tax, code="offering.tax")
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


def _redemption_faults(draft: OfferingDraft) -> Faults:
    rates, most = draft.redemption_rates, model.REDEMPTION_RATES_MAX
    if rates and draft.tax.kind is not TaxKind.MULTI_PURPOSE:
        advice = "Only what is multi_purpose is taxed when it is redeemed; take the rates out."
        yield FieldError("redemption_rates", "offering.redemption_rates.unused", advice)
    if not all(is_fraction(one) for one in rates) or len(set(rates)) < len(rates) or len(rates) > most:
        advice = f"Give at most {most} different rates in per cent, from 0 to 100, such as 7, 19."
        yield FieldError("redemption_rates", "offering.redemption_rates.invalid", advice)
