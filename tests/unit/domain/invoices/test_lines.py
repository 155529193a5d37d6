"""Lines and taxes of invoices: they add up, whatever stands on them."""

from datetime import date
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from stdnum import iso11649

from largesse.domain.invoices import (
    Grouping,
    IbanInvalid,
    Invoice,
    InvoiceKind,
    InvoiceState,
    Item,
    Party,
    RateTotal,
    TaxIdInvalid,
    Wording,
    check_bic,
    check_iban,
    check_vat_id,
    compose,
    credited_taxes,
    included_at,
    lines_of,
    opened,
    percent,
    reference_of,
    sealed,
    taxes_of,
)
from largesse.kernel.currency import currency
from largesse.kernel.tax import TaxKind, included_in
from tests.builders.application import NOW

EURO = currency("EUR")
RATES = [70_000, 190_000, 77_000, 255_000]


@st.composite
def _items(draw: st.DrawFn) -> list[Item]:
    count = draw(st.integers(1, 40))
    found = []
    for number in range(count):
        rate = draw(st.sampled_from(RATES))
        amount = draw(st.sampled_from([1, 2, 3, 999, 1_000, 1_000, 1_000, 5_000, 12_345]))
        found.append(
            Item(
                lot_id=UUID(int=number + 1),
                certificate_id=UUID(int=number + 1),
                entity_id=None,
                currency="EUR",
                refcode=draw(st.sampled_from(["", "SPRING", "AUTUMN"])),
                amount=amount,
                discount=draw(st.sampled_from([0, 0, 100])),
                tax_kind=TaxKind.SINGLE_PURPOSE,
                tax_country="DE",
                tax_rate_ppm=rate,
                booked_tax=included_at(amount, rate),
                booked_on=date(2026, 11, 1),
            )
        )
    return found


def _issued(*, taxed: bool = True) -> Invoice:
    return Invoice(
        merchant_id=UUID(int=1),
        invoice_id=UUID(int=2),
        kind=InvoiceKind.INVOICE,
        state=InvoiceState.ISSUED,
        partner_id=UUID(int=3),
        entity_id=UUID(int=4),
        currency="EUR",
        grouping=Grouping.REFCODE,
        group_key="SPRING",
        taxed=taxed,
        invoice_number="INV-000001",
        issued_on=date(2026, 11, 30),
        due_on=date(2026, 12, 30),
        created_at=NOW,
        created_by="test",
    )


def _minor(text: str) -> int:
    return int(Decimal(text) * 100)


@given(_items())
def test_lines_hold_every_item_once_and_all_of_what_is_owed(items: list[Item]) -> None:
    lines, places = lines_of(items)
    assert sum(line.quantity for line in lines) == len(items) == len(places)
    assert sum(line.total for line in lines) == sum(one.amount for one in items)
    assert [line.line_no for line in lines] == list(range(1, len(lines) + 1))
    by_no = {line.line_no: line for line in lines}
    assert all(by_no[places[str(one.lot_id)]].refcode == one.refcode for one in items)


@given(_items())
def test_the_document_adds_up_to_the_unit(items: list[Item]) -> None:
    lines, _ = lines_of(items)
    taxes = taxes_of(items)
    wording = Wording(certificate="Certificate {value}", reasons={})
    party = Party(name="A", vat_id="DE136695976")
    document = compose(
        _issued(), lines, taxes, currency=EURO, language="en", seller=party, buyer=party, wording=wording
    )
    assert _minor(document.net) + _minor(document.tax) == _minor(document.total) == sum(one.amount for one in items)
    assert sum(_minor(line.total) for line in document.lines) == _minor(document.net)
    for tax in document.taxes:
        mine = [line for line in document.lines if line.rate == tax.rate]
        assert sum(_minor(line.total) for line in mine) == _minor(tax.taxable)
        assert sum(_minor(line.gross) for line in mine) == _minor(tax.gross)
        # EN 16931, BR-CO-17 and BR-S-09: tax is taxable times rate, within what rounding of the gross leaves
        assert abs(Decimal(tax.tax) - Decimal(tax.taxable) * Decimal(tax.rate) / 100) < Decimal("0.011")
    for line in document.lines:
        assert abs(Decimal(line.price) * line.quantity - Decimal(line.total)) <= Decimal("0.00003")
    assert opened(sealed(document)[0]) == document


@given(_items(), st.randoms(use_true_random=False))
def test_credit_notes_of_a_whole_invoice_give_back_all_of_its_tax_and_no_more(
    items: list[Item], random: Random
) -> None:
    invoiced = taxes_of(items)
    left, before = list(items), list[RateTotal]()
    random.shuffle(left)
    while left:
        taken, left = left[:3], left[3:]
        note = credited_taxes(taken, before)
        assert all(0 <= one.tax <= one.gross for one in note)
        before += note
    for whole in invoiced:
        mine = [one for one in before if one.tax_rate_ppm == whole.tax_rate_ppm]
        assert sum(one.tax for one in mine) == whole.tax
        assert sum(one.rounding for one in mine) == whole.rounding


def test_five_hundred_of_ten_euros_hold_the_tax_of_five_thousand() -> None:
    one = Item(
        lot_id=UUID(int=1),
        certificate_id=UUID(int=1),
        entity_id=None,
        currency="EUR",
        amount=1_000,
        tax_kind=TaxKind.SINGLE_PURPOSE,
        tax_country="DE",
        tax_rate_ppm=190_000,
        booked_tax=160,
        booked_on=date(2026, 11, 1),
    )
    [tax] = taxes_of([replace(one, lot_id=UUID(int=number)) for number in range(500)])
    assert (tax.tax, tax.booked, tax.rounding) == (79_832, 80_000, -168)
    [tills] = taxes_of([replace(one, lot_id=UUID(int=number), ours=number > 1) for number in range(500)])
    assert (tills.tax, tills.booked, tills.elsewhere, tills.rounding) == (79_832, 80_000, 320, 0)
    assert (tax.payable, tills.payable) == (79_832, 79_680)


@given(st.integers(0, 10**12), st.sampled_from(RATES))
def test_tax_inside_of_a_gross_is_that_of_a_rate_written_as_a_fraction(gross: int, rate: int) -> None:
    assert included_at(gross, rate) == included_in(gross, Decimal(rate) / 1_000_000)


@given(st.from_regex(r"[A-Z]{1,4}-?[0-9]{4}-[0-9]{1,9}", fullmatch=True))
def test_references_are_those_of_iso_11649(number: str) -> None:
    assert iso11649.is_valid(reference_of(number))


def test_what_identifies_somebody_has_right_check_digits() -> None:
    assert check_iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert check_bic("cobadeffxxx") == "COBADEFFXXX"
    assert check_vat_id("DE 136 695 976") == "DE136695976"
    assert check_iban(" ") == check_bic("") == check_vat_id("") == ""
    assert check_vat_id(" 12-3456789 ") == "12-3456789"
    for check, text in [(check_iban, "DE88370400440532013000"), (check_bic, "COBA")]:
        with pytest.raises(IbanInvalid):
            check(text)
    for text in ("DE136695977", "ATU12345678", "EL094259217"):
        with pytest.raises(TaxIdInvalid):
            check_vat_id(text)


@pytest.mark.parametrize(
    "ppm, text", [(190_000, "19"), (77_000, "7.7"), (255_000, "25.5"), (0, "0"), (1_234, "0.1234")]
)
def test_rates_are_written_without_needless_zeros(ppm: int, text: str) -> None:
    assert percent(ppm) == text
