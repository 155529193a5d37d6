"""`largesse report`: what the books say, for people and for programs."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from largesse.kernel.tax import TaxKind, TaxTreatment
from tests.builders.invoices import an_invoiced_partner, ordered
from tests.integration.interfaces.cli.test_commands import MERCHANT, Operator

GERMAN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))


@pytest.fixture
def operator(dsn: str, tmp_path: Path) -> Operator:
    return Operator(dsn, tmp_path)


def test_nothing_is_booked_before_the_first_sale(operator: Operator) -> None:
    operator.asks(*MERCHANT)
    for name in ("liability", "balances", "taxes"):
        assert operator.types("report", name, "corner-spa").output == "Nothing is booked yet.\n"
        assert operator.asks("report", name, "corner-spa") == {"provisional": True, "lines": []}


def test_what_was_sold_and_used_is_told_by_month_account_and_location(operator: Operator) -> None:
    number = operator.has_card()
    seller = operator.asks("merchant", "list")[0]["slug"]
    operator.asks("certificate", "redeem", number, "25.00")
    month = operator.clock.now().strftime("%Y-%m")
    told = operator.asks("report", "liability", seller, "--month", month)
    [line] = told["lines"]
    assert told["provisional"] is True
    assert (line["opening"], line["issued"], line["redeemed"], line["closing"]) == ("0.00", "100.00", "-25.00", "75.00")
    [later] = operator.asks("report", "liability", seller, "--since", "2099-01-01", "--by-location")["lines"]
    assert (later["opening"], later["closing"], "issued" in later) == ("75.00", "75.00", False)
    assert len(later["location_id"]) == 36
    accounts = {one["account"]: one for one in operator.asks("report", "balances", seller)["lines"]}
    assert accounts["redeemed"]["closing"] == "-25.00"
    assert accounts["certificates_outstanding"]["closing"] == "-75.00"
    printed = operator.types("report", "balances", seller).output
    assert "certificates_outstanding" in printed
    assert "Provisional" in printed
    operator.types("ledger", "seal", seller)
    known = operator.clock.now().isoformat()
    assert operator.asks("report", "liability", seller, "--known-at", known)["provisional"] is False
    assert "Provisional" not in operator.types("report", "liability", seller, "--known-at", known).output


def test_tax_that_was_due_when_it_was_ordered_is_told_by_country_and_rate(operator: Operator) -> None:
    operator.has_card(treatment=GERMAN)
    seller = operator.asks("merchant", "list")[0]["slug"]
    [line] = operator.asks("report", "taxes", seller)["lines"]
    assert (line["tax_kind"], line["tax_country"], line["tax_rate"]) == ("single_purpose", "DE", "19 %")
    assert (line["taxable"], line["tax"]) == ("100.00", "15.97")
    printed = operator.types("report", "taxes", seller, "--month", operator.clock.now().strftime("%Y-%m")).output
    assert "15.97" in printed


def test_tax_in_other_money_is_told_in_the_merchants_own_too(operator: Operator) -> None:
    async def sold() -> str:
        async with operator.application() as application:
            ordering = await an_invoiced_partner(application, tax=GERMAN)
            await ordered(application, ordering, "119.00", now=application.clock.now())
            return ordering.merchant.slug

    seller = asyncio.run(sold())
    [line] = operator.asks("report", "taxes", seller)["lines"]
    assert (line["tax"], line["base_currency"], line["tax_in_base"]) == ("19.00", "USD", None), "no rate is known"
    operator.asks("rate", "set", seller, "EUR", "0.8", "--source", "ECB")
    [line] = operator.asks("report", "taxes", seller)["lines"]
    assert (line["tax"], line["tax_in_base"]) == ("19.00", "23.75")
    assert "23.75" in operator.types("report", "taxes", seller).output


@pytest.mark.parametrize(
    "words, status, told",
    [
        (("--month", "2026-13"), 2, "year and month"),
        (("--month", "0000-01"), 2, "year and month"),
        (("--month", "9999-12"), 2, "no month after it"),
        (("--month", "2026-11", "--since", "2026-11-01"), 2, "not both"),
        (("--since", "1.11.2026"), 2, "such as 2026-11-01"),
        (("--known-at", "2026-11-01T10:00:00"), 2, "zone"),
        (("--known-at", "yesterday"), 2, "with its zone"),
        (("--known-at", "9999-12-31T23:59:59-12:00"), 2, "with its zone"),
        (("--known-at", "0001-01-01T00:00:00+14:00"), 2, "with its zone"),
        (("--since", "2026-11-02", "--until", "2026-11-02"), 1, "[report.period]"),
    ],
)
def test_what_cannot_be_read_is_said(operator: Operator, words: tuple[str, ...], status: int, told: str) -> None:
    operator.asks(*MERCHANT)
    refused = operator.types("report", "liability", "corner-spa", *words)
    assert refused.exit_code == status
    assert told in refused.stderr
