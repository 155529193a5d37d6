"""The tax of an offering: what can stand, what follows from what was not told, and what is likely a mistake."""

from decimal import Decimal
from typing import Any

import pytest

from largesse.domain.catalog import tax_warnings
from largesse.domain.catalog.checks import offering_faults
from largesse.domain.catalog.taxes import SINGLE_PURPOSE_LIKELY
from largesse.kernel.currency import currency
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.tax_asked import TaxAsked, tax_asked
from tests.builders.catalog import SALES_TAX, a_draft

NONE, SALES, SINGLE, MULTI = TaxKind.NONE, TaxKind.SALES_TAX, TaxKind.SINGLE_PURPOSE, TaxKind.MULTI_PURPOSE
VAT = Decimal("0.19")
GERMAN = TaxTreatment(kind=SINGLE, country="DE", rate=VAT)


def _faults(**given: Any) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in offering_faults(a_draft(**given), currency("EUR"))]


@pytest.mark.parametrize(
    "tax",
    [UNTAXED, SALES_TAX, TaxTreatment(kind=SALES, rate=VAT), GERMAN, TaxTreatment(kind=MULTI, country="DE"),
     TaxTreatment(kind=MULTI), TaxTreatment(kind=SINGLE, country="DE", rate=Decimal(1))],
)  # fmt: skip
def test_each_kind_can_stand(tax: TaxTreatment) -> None:
    assert _faults(tax=tax) == []


@pytest.mark.parametrize(
    "tax, field, code",
    [
        (TaxTreatment(kind=SALES), "tax", "offering.tax.rate_missing"),
        (TaxTreatment(kind=SINGLE, country="DE"), "tax", "offering.tax.rate_missing"),
        (TaxTreatment(kind=NONE, rate=VAT), "tax", "offering.tax.rate_unused"),
        (TaxTreatment(kind=MULTI, country="DE", rate=VAT), "tax", "offering.tax.rate_unused"),
        (TaxTreatment(kind=SALES, rate=Decimal("1.01")), "tax", "offering.tax.invalid"),
        (TaxTreatment(kind=SALES, rate=Decimal("-0.1")), "tax", "offering.tax.invalid"),
        (TaxTreatment(kind=SALES, rate=Decimal("NaN")), "tax", "offering.tax.invalid"),
        (TaxTreatment(kind=SALES, rate=Decimal("0.0825001")), "tax", "offering.tax.invalid"),
        (TaxTreatment(kind=SINGLE, rate=VAT), "tax_country", "offering.tax.country_missing"),
        (TaxTreatment(kind=SINGLE, country="ZZ", rate=VAT), "tax_country", "offering.tax.country_invalid"),
        (TaxTreatment(kind=SINGLE, country="de", rate=VAT), "tax_country", "offering.tax.country_invalid"),
        (TaxTreatment(kind=NONE, country="DE"), "tax_country", "offering.tax.country_unused"),
    ],
)
def test_what_cannot_stand_is_told(tax: TaxTreatment, field: str, code: str) -> None:
    assert _faults(tax=tax) == [(field, code)]


@pytest.mark.parametrize(
    "rates", [(VAT, VAT), (Decimal("-0.1"),), (Decimal("1.1"),), tuple(Decimal(n) / 100 for n in range(13))]
)
def test_rates_of_redeeming_are_few_and_different(rates: tuple[Decimal, ...]) -> None:
    code = "offering.redemption_rates.invalid"
    assert _faults(tax=TaxTreatment(kind=MULTI), redemption_rates=rates) == [("redemption_rates", code)]


@pytest.mark.parametrize("tax", [UNTAXED, SALES_TAX, GERMAN])
def test_only_what_is_taxed_at_redemption_has_rates_of_it(tax: TaxTreatment) -> None:
    assert _faults(tax=tax, redemption_rates=(VAT,)) == [("redemption_rates", "offering.redemption_rates.unused")]


@pytest.mark.parametrize(
    "tax, rates, warned",
    [
        (TaxTreatment(kind=MULTI, country="DE"), (VAT,), True),
        (TaxTreatment(kind=MULTI, country="DE"), (VAT, Decimal("0.07")), False),
        (TaxTreatment(kind=MULTI, country="DE"), (), False),
        (TaxTreatment(kind=MULTI), (VAT,), False),
        (GERMAN, (), False),
    ],
)
def test_one_rate_in_one_country_is_likely_single_purpose(
    tax: TaxTreatment, rates: tuple[Decimal, ...], *, warned: bool
) -> None:
    draft = a_draft(tax=tax, redemption_rates=rates)
    assert offering_faults(draft, currency("EUR")) == []
    assert [warning.code for warning in tax_warnings(draft)] == [SINGLE_PURPOSE_LIKELY] * warned


@pytest.mark.parametrize(
    "asked, before, after",
    [
        (TaxAsked(), UNTAXED, UNTAXED),
        (TaxAsked(), GERMAN, GERMAN),
        (TaxAsked(rate=VAT), UNTAXED, TaxTreatment(kind=SALES, country="FR", rate=VAT)),
        (TaxAsked(rate=Decimal(0)), SALES_TAX, UNTAXED),
        (TaxAsked(rate=Decimal("0.07")), GERMAN, TaxTreatment(kind=SINGLE, country="DE", rate=Decimal("0.07"))),
        (TaxAsked(kind=SINGLE, rate=VAT), UNTAXED, TaxTreatment(kind=SINGLE, country="FR", rate=VAT)),
        (TaxAsked(kind=SINGLE), SALES_TAX, TaxTreatment(kind=SINGLE, country="US", rate=SALES_TAX.rate)),
        (TaxAsked(kind=MULTI), GERMAN, TaxTreatment(kind=MULTI, country="DE")),
        (TaxAsked(kind=MULTI, country=""), GERMAN, TaxTreatment(kind=MULTI)),
        (TaxAsked(kind=NONE), GERMAN, UNTAXED),
        (TaxAsked(country="AT"), GERMAN, TaxTreatment(kind=SINGLE, country="AT", rate=VAT)),
        (TaxAsked(kind=MULTI, rate=VAT), UNTAXED, TaxTreatment(kind=MULTI, country="FR", rate=VAT)),
    ],
)
def test_what_is_not_told_stays_or_follows(asked: TaxAsked, before: TaxTreatment, after: TaxTreatment) -> None:
    assert tax_asked(asked, before=before, home="FR") == after


def test_a_merchant_of_no_country_has_to_tell_whose_tax_is_included() -> None:
    tax = tax_asked(TaxAsked(kind=SINGLE, rate=VAT), home=None)
    assert _faults(tax=tax) == [("tax_country", "offering.tax.country_missing")]
