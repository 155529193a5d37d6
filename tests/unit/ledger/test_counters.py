"""A bookkeeper's cases over a counter: what a drawer or a till pays out and gives back, also for another legal entity.

A test's docstring is the journal it expects, as in `test_book`.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Account, Adjust, CashOut, ClassOfValue, Issue, Refund, Reload
from tests.builders.book import OTHER, Book, about
from tests.builders.ledger import ENTITY, MERCHANT, OTHER_ENTITY, a_where, issue
from tests.unit.ledger.test_bookkeeping import NINETEEN, OTHER_SHOP, TILL

OTHER_TILL = replace(OTHER_SHOP, books_sale=BooksSale.TILL)


@pytest.fixture
def book() -> Book:
    return Book()


def sold(book: Book, command: Issue, **what: Any) -> None:
    book.do(replace(command, certificate_id=OTHER, **what))
    book.ledger.journal.clear()


def entities(book: Book) -> list[UUID | None]:
    return [row.legal_entity_id for row in book.ledger.journal]


def test_what_another_entitys_drawer_pays_out_is_owed_to_it(book: Book) -> None:
    """
    cash_out value certificates_outstanding < between_entities 10000 | 0/0+1000/0
    cash_out discount discounts_borne < discount_on_outstanding 1000 | 0/0+1000/0
    cash_out gratuity certificates_outstanding < between_entities 1000 | 0/0+0/0
    cash_out included_tax tax_payable < tax_on_outstanding 1437 | 0/0+0/0
    cash_out - between_entities < cash 11000 | 0/0+0/0
    """
    sold(book, issue(value=10_000, gratuity=1_000, discount=1_000), treatment=NINETEEN, included_tax=1_437)
    done = book.do(CashOut(**about(1, OTHER), where=OTHER_SHOP))
    assert (done.value, done.gratuity, done.balance) == (10_000, 1_000, 0)
    book.expect(test_what_another_entitys_drawer_pays_out_is_owed_to_it)
    assert entities(book) == [ENTITY] * 4 + [OTHER_ENTITY]


def test_what_another_entitys_till_pays_out_is_owed_to_it(book: Book) -> None:
    """
    cash_out value certificates_outstanding < between_entities 500 | 0/0+0/0
    cash_out - between_entities < tender_clearing 500 | 0/0+0/0
    """
    sold(book, issue(value=500))
    book.do(CashOut(**about(1, OTHER), to=Account.TENDER_CLEARING, where=OTHER_TILL))
    book.expect(test_what_another_entitys_till_pays_out_is_owed_to_it)
    assert entities(book) == [ENTITY, OTHER_ENTITY]


def test_what_is_paid_out_later_is_owed_by_the_entity_that_sold_it(book: Book) -> None:
    """
    cash_out value certificates_outstanding < refunds 500 | 0/0+0/0
    """
    sold(book, issue(value=500))
    book.do(CashOut(**about(1, OTHER), to=Account.REFUNDS, where=OTHER_SHOP))
    book.expect(test_what_is_paid_out_later_is_owed_by_the_entity_that_sold_it)
    assert entities(book) == [ENTITY]


@pytest.mark.parametrize(
    "funding, where, account",
    [
        (Account.CASH, a_where(), "cash"),
        (Account.CASH, TILL, "tender_clearing"),
        (Account.TENDER_CLEARING, TILL, "tender_clearing"),
        (Account.TENDER_CLEARING, a_where(), "cash"),
        (Account.TENDER_CLEARING, None, "tender_clearing"),
        (Account.TERMINAL, a_where(), "refunds"),
        (Account.TERMINAL, TILL, "refunds"),
        (Account.BANK_CLEARING, TILL, "refunds"),
    ],
)
def test_what_was_paid_over_a_counter_is_given_back_by_who_pays_there(
    book: Book, funding: Account, where: Where | None, account: str
) -> None:
    """refund 5.00: certificates_outstanding < what pays there 500"""
    sold(book, issue(value=500, funding=funding))
    book.do(Refund(**about(1, OTHER), value=500, where=where))
    assert [(row.debit, row.credit, row.amount) for row in book.ledger.journal] == [
        ("certificates_outstanding", account, 500)
    ]


def test_what_another_entitys_drawer_gives_back_is_owed_to_it(book: Book) -> None:
    """
    refund value certificates_outstanding < between_entities 4500 | 5500/0+1000/0
    refund discount certificates_outstanding < discount_on_outstanding 500 | 5000/0+1000/0
    refund gratuity certificates_outstanding < between_entities 200 | 5000/0+800/0
    refund added_tax tax_payable < between_entities 360 | 5000/0+800/0
    refund - between_entities < cash 5060 | 5000/0+800/0
    """
    sold(book, issue(value=10_000, gratuity=1_000, discount=1_000, tax=720, funding=Account.CASH))
    book.do(Refund(**about(1, OTHER), value=5_000, gratuity=200, where=OTHER_SHOP))
    book.expect(test_what_another_entitys_drawer_gives_back_is_owed_to_it)
    assert entities(book) == [ENTITY] * 4 + [OTHER_ENTITY]


def test_what_a_bank_has_taken_is_owed_to_no_drawer(book: Book) -> None:
    """
    refund value certificates_outstanding < disputed 500 | 0/0+0/0
    """
    sold(book, issue(value=500))
    book.do(Refund(**about(1, OTHER), value=500, to=Account.DISPUTED, where=OTHER_SHOP))
    book.expect(test_what_a_bank_has_taken_is_owed_to_no_drawer)
    assert entities(book) == [ENTITY]


def test_the_tax_that_a_till_took_goes_back_from_it_for_another_till_too(book: Book) -> None:
    """
    refund value certificates_outstanding < between_entities 10000 | 0/0+0/0
    refund added_tax tender_clearing < between_entities 800 | 0/0+0/0
    refund - between_entities < tender_clearing 10800 | 0/0+0/0
    """
    eight = TaxTreatment(country="US")
    sold(book, issue(value=10_000, tax=800, funding=Account.TENDER_CLEARING), where=TILL, treatment=eight)
    book.do(Refund(**about(1, OTHER), value=10_000, where=OTHER_TILL))
    book.expect(test_the_tax_that_a_till_took_goes_back_from_it_for_another_till_too)
    assert entities(book) == [ENTITY, ENTITY, OTHER_ENTITY]


def test_a_correction_may_name_the_lots_that_it_takes_from(book: Book) -> None:
    """
    reload value cash < certificates_outstanding 300 | 800/0+0/0
    adjust value certificates_outstanding < goodwill 200 | 600/0+0/0
    """
    sold(book, issue(value=500))
    book.do(Reload(**about(1, OTHER), value=300, funding=Account.CASH))
    first, second = book.ledger.certificates[MERCHANT, OTHER].lots
    less = Adjust(**about(2, OTHER), value=-200, memo="theirs", lot_ids=(second.lot_id,))
    book.do(less)
    book.expect(test_a_correction_may_name_the_lots_that_it_takes_from)
    assert [lot.face for lot in book.ledger.certificates[MERCHANT, OTHER].lots] == [first.face, 100]
    beyond = replace(less, operation_id=UUID(int=3), value=-101)
    assert book.refusal(beyond) == "certificate.balance.insufficient"
    tips = replace(less, operation_id=UUID(int=4), value=0, gratuity=-1)
    assert book.refusal(tips) == "certificate.balance.insufficient"


@pytest.mark.parametrize("tax", [NINETEEN, TaxTreatment(TaxKind.SALES_TAX, "US", Decimal("0.08"))])
def test_credit_never_bears_a_tax_that_is_due_at_sale(book: Book, tax: TaxTreatment) -> None:
    given = issue(value=500, class_of_value=ClassOfValue.CREDIT, funding=Account.REFUNDS, certificate_id=OTHER)
    assert book.refusal(replace(given, treatment=tax)) == "certificate.tax.refused"
    book.do(replace(given, treatment=TaxTreatment(TaxKind.MULTI_PURPOSE, "US")))


def test_what_was_paid_over_a_counter_may_be_owed_for_credit(book: Book) -> None:
    """
    refund value certificates_outstanding < refunds 500 | 0/0+0/0
    """
    sold(book, issue(value=500, funding=Account.CASH))
    book.do(Refund(**about(1, OTHER), value=500, to=Account.REFUNDS, where=a_where()))
    book.expect(test_what_was_paid_over_a_counter_may_be_owed_for_credit)
    owed = issue(value=500, funding=Account.PARTNER_RECEIVABLE, certificate_id=UUID(int=9), operation_id=UUID(int=9))
    book.do(owed)
    refused = Refund(**about(2, UUID(int=9)), value=500, to=Account.REFUNDS)
    assert book.refusal(refused) == "certificate.account.refused"
