"""What was told of a tax, what follows from what was not told, and what cannot stand."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pycountry

from largesse.kernel.errors import FieldError
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment


class TaxAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of a tax; None is not told. A country of "" is none in particular."""

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


def treatment_faults(tax: TaxTreatment, *, code: str) -> Iterator[FieldError]:
    """Yield everything that is wrong with a tax; `code` is what the faults' codes begin with."""
    if not is_fraction(tax.rate):
        advice = "Give the tax in per cent, from 0 to 100 with at most 4 decimals, such as 8.25."
        yield FieldError("tax", f"{code}.invalid", advice)
    elif tax.rate and not tax.kind.due_at_sale:
        advice = "No tax is due at sale with this kind; take the rate out, or choose sales_tax or single_purpose."
        yield FieldError("tax", f"{code}.rate_unused", advice)
    elif tax.kind.due_at_sale and not tax.rate:
        advice = "This kind of tax has a rate; give it in per cent, such as 8.25, or choose none."
        yield FieldError("tax", f"{code}.rate_missing", advice)
    yield from _country_faults(tax, code)


def _country_faults(tax: TaxTreatment, code: str) -> Iterator[FieldError]:
    if tax.country is not None and not is_country(tax.country):
        advice = "Name the country by its two letters, such as DE."
        yield FieldError("tax_country", f"{code}.country_invalid", advice)
    elif tax.country is None and tax.kind is TaxKind.SINGLE_PURPOSE:
        advice = "Name the country whose tax is included, by its two letters, such as DE."
        yield FieldError("tax_country", f"{code}.country_missing", advice)
    elif tax.country is not None and tax.kind is TaxKind.NONE:
        advice = "Without a tax there is no country of it; take it out."
        yield FieldError("tax_country", f"{code}.country_unused", advice)


def is_fraction(rate: Decimal) -> bool:
    """Return whether a rate is from none of it to all of it, and can be kept exactly: in whole millionths."""
    if not (rate.is_finite() and 0 <= rate <= 1):
        return False
    exponent = rate.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -6


def is_country(code: str) -> bool:
    """Return whether a code of two capitals is a country's (ISO 3166-1)."""
    return len(code) == 2 and code.isupper() and pycountry.countries.get(alpha_2=code) is not None
