"""What buyers are told of taxes: rate and amount where the price includes them, and why there are none yet."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.services.mails import TaxedGift, price_note, tax_sentences, taxed_gift, voice_of
from largesse.services.mails.taxes import tax_of_line
from tests.builders.catalog import SALES_TAX
from tests.builders.orders import an_order

GERMAN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.190000"))
REDUCED = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.07"))
LATER = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
MERCHANT_ID = UUID(int=1)
ENGLISH = voice_of("en")
SINGLE: dict[str, Any] = {"tax_kind": TaxKind.SINGLE_PURPOSE, "tax_country": "DE", "tax_rate": Decimal("0.19")}


def a_gift(tax: TaxTreatment, included: int | None = 0, what: str = "Massage") -> TaxedGift:
    return TaxedGift(what=what, tax=tax, included=None if included is None else Money(included, currency("EUR")))


@pytest.mark.parametrize(
    "tax, note", [(UNTAXED, ""), (SALES_TAX, "plus tax"), (GERMAN, "includes 19% VAT"), (LATER, "")]
)
def test_a_price_says_in_a_few_words_what_comes_on_top_or_is_inside(tax: TaxTreatment, note: str) -> None:
    assert price_note(tax, ENGLISH) == note


def test_what_is_included_is_summed_by_rate() -> None:
    gifts = [a_gift(GERMAN, 1_597), a_gift(REDUCED, 654), a_gift(GERMAN, 3), a_gift(SALES_TAX), a_gift(UNTAXED)]
    assert tax_sentences(gifts, ENGLISH) == ["Includes 7% VAT: €6.54.", "Includes 19% VAT: €16.00."]


def test_the_rate_is_told_before_the_amount_is_known_and_nothing_of_what_is_free() -> None:
    assert tax_sentences([a_gift(GERMAN, None)], ENGLISH) == ["Includes 19% VAT."]
    assert tax_sentences([a_gift(GERMAN, 0)], ENGLISH) == []
    assert tax_sentences([a_gift(SALES_TAX), a_gift(UNTAXED)], ENGLISH) == []
    assert tax_sentences([], ENGLISH) == []


def test_what_is_taxed_later_shows_no_rate_and_says_why() -> None:
    why = "No VAT is due now: it depends on what the certificate is used for, and is due then."
    assert tax_sentences([a_gift(LATER), a_gift(LATER, what="Tea")], ENGLISH) == [why]


def test_what_is_taxed_later_is_named_where_other_things_are_bought_with_it() -> None:
    gifts = [a_gift(GERMAN, 1_597), a_gift(LATER, what="Any amount"), a_gift(LATER, what="Any amount")]
    assert tax_sentences(gifts, ENGLISH) == [
        "Includes 19% VAT: €15.97.",
        "No VAT is due now on Any amount: it depends on what the certificate is used for, and is due then.",
    ]


@pytest.mark.parametrize(
    "given, told",
    [
        ({"included_tax": 1_437, "discount": 1_000, **SINGLE}, "Includes 19% VAT: €75.63 net, €14.37 VAT."),
        ({"included_tax": 0, "discount": 10_000, **SINGLE}, ""),
        ({"tax_kind": TaxKind.SALES_TAX, "tax": 825, "tax_rate": Decimal("0.0825")}, ""),
        ({}, ""),
        (
            {"tax_kind": TaxKind.MULTI_PURPOSE},
            "No VAT is due now: it depends on what the certificate is used for, and is due then.",
        ),
    ],
)
def test_a_receipt_shows_rate_net_and_tax_or_says_why_there_is_none(given: dict[str, Any], told: str) -> None:
    assert tax_of_line(an_order(MERCHANT_ID, currency="EUR", **given), ENGLISH) == told


def test_an_order_is_told_of_as_it_was_taxed() -> None:
    gift = taxed_gift(an_order(MERCHANT_ID, currency="EUR", description="Massage", included_tax=1_597, **SINGLE))
    assert tax_sentences([gift], voice_of("de")) == ["Inklusive 19\u00a0% MwSt.: 15,97\u00a0€."]
