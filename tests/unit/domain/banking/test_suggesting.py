"""What a line may be for is found by what it says, the surest first, and never by chance."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.domain.banking import InvoiceIndex, OpenInvoice, Reason, number_parts
from largesse.kernel.bank_statements import BankLine
from tests.builders.bank_files import PAYER, a_line

ADA, BOB = uuid4(), uuid4()


def an_invoice(
    number: str = "INV-2026-000017", *, amount: int = 100_00, partner: UUID = ADA, **more: object
) -> OpenInvoice:
    facts = {
        "invoice_id": uuid4(),
        "number": number,
        "partner_id": partner,
        "partner": "Größe & Söhne GmbH" if partner == ADA else "Bob’s Events Ltd",
        "currency": "EUR",
        "open": amount,
        **more,
    }
    return OpenInvoice(**facts)  # type: ignore[arg-type]  # facts are named as the fields are


def says(text: str, amount: int = 100_00, *, name: str = "", iban: str = "") -> BankLine:
    return a_line(amount, text=text, name=name, iban=iban)


def reasons(index: InvoiceIndex, line: BankLine) -> list[Reason]:
    return [one.reason for one in index.suggest(line, line.amount)]


@pytest.mark.parametrize(
    "text",
    [
        "INV-2026-000017",
        "inv 2026 17",
        "Thanks for INV2026-000017.",
        "Rechnung INV-2026-17, Kunde 4711",
        "x INV–2026–000017 y",
    ],
)
def test_an_invoice_is_found_by_its_number_however_it_is_written(text: str) -> None:
    others = [an_invoice(f"INV-2026-{number:06}", amount=55_00) for number in range(18, 40)]
    [found] = InvoiceIndex([an_invoice(), *others]).suggest(says(text), 100_00)
    assert (found.reason, found.parts[0].invoice.number) == (Reason.NUMBER, "INV-2026-000017")


@pytest.mark.parametrize("text", ["INV-2026-000018", "INV-2025-17", "2026", "117", "INV-2026-0000170", "17"])
def test_another_number_is_not_taken_for_it(text: str) -> None:
    assert InvoiceIndex([an_invoice(amount=99_00)]).suggest(says(text), 100_00) == []


def test_a_short_number_counts_only_with_its_amount() -> None:
    index = InvoiceIndex([an_invoice("17")])
    assert reasons(index, says("Table 17", 50_00)) == []
    assert reasons(index, says("No. 17", 100_00)) == [Reason.NUMBER]


def test_the_surest_comes_first_and_each_invoice_once() -> None:
    referenced = an_invoice("A-1001", reference="RF18539007547034")
    coded = an_invoice("A-1002", refcodes=("SPRING-26",))
    known = an_invoice("A-1003", partner=ADA)
    alone = an_invoice("A-1004", partner=BOB)
    index = InvoiceIndex([alone, known, coded, referenced], payers={PAYER: ADA})
    line = says("RF18 5390 0754 7034 for spring 26", iban=PAYER)
    found = index.suggest(line, 100_00)
    assert [one.reason for one in found][:2] == [Reason.REFERENCE, Reason.REFCODE]
    assert [one.reason for one in found][-1] is Reason.AMOUNT
    assert len({one.parts[0].invoice.number for one in found}) == len(found) == 4
    assert index.suggest(line, -100_00) == []


@pytest.mark.parametrize(
    "name, known", [("Groesse und Soehne", False), ("GROSSE SOHNE", True), ("Größe & Söhne", True), ("Events", True)]
)
def test_payers_are_known_by_their_name(name: str, known: bool) -> None:
    index = InvoiceIndex([an_invoice(), an_invoice("B-2000", partner=BOB, amount=100_00)])
    found = reasons(index, says("", name=name))
    assert (found[0] is Reason.PAYER) is known


def test_one_line_pays_several_invoices_that_it_names() -> None:
    first, second = an_invoice("A-1001", amount=60_00), an_invoice("A-1002", amount=40_00)
    [both] = InvoiceIndex([first, second]).suggest(says("A-1001, A-1002"), 100_00)
    assert [(part.invoice.number, part.amount) for part in both.parts] == [("A-1001", 60_00), ("A-1002", 40_00)]
    [less] = InvoiceIndex([first, second]).suggest(says("A-1001, A-1002", 70_00), 70_00)
    assert [part.amount for part in less.parts] == [60_00, 10_00]
    [more] = InvoiceIndex([first]).suggest(says("A-1001"), 70_00)
    assert more.over == 10_00
    apart = InvoiceIndex([first, an_invoice("B-2000", partner=BOB)]).suggest(says("A-1001 B-2000"), 100_00)
    assert [len(one.parts) for one in apart] == [1, 1]


@given(
    st.lists(st.tuples(st.integers(1, 999_999), st.integers(1, 10_000), st.booleans()), max_size=30),
    st.text(alphabet="INV-0123456789 RFab,.", max_size=60),
    st.integers(1, 10_000),
)
def test_no_more_is_suggested_than_came_or_than_is_open(
    known: list[tuple[int, int, bool]], text: str, amount: int
) -> None:
    invoices = [
        an_invoice(f"INV-{number:06}", amount=open_, partner=ADA if ours else BOB) for number, open_, ours in known
    ]
    for one in InvoiceIndex(invoices).suggest(says(text, amount), amount):
        assert sum(part.amount for part in one.parts) + one.over == amount
        assert all(0 < part.amount <= part.invoice.open for part in one.parts)
        assert len({part.invoice.partner_id for part in one.parts}) == 1


def test_numbers_are_told_by_letters_and_digits() -> None:
    assert number_parts("INV-2026-000017") == ("INV", "2026", "17")
    assert number_parts("000") == ("0",)
