"""A bookkeeper's cases: who books the sale, tax that falls due at redemption, drawers, pay-outs and hand-overs.

A test's docstring is the journal it expects, as in `test_book`.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale, TaxRate, Where
from largesse.ledger import (
    Account,
    Activate,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    ClassOfValue,
    Entry,
    Expire,
    HandOver,
    Issue,
    Kind,
    PlaceHold,
    Prepare,
    RateLine,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    Status,
    SubjectKind,
    Transfer,
    UndoReload,
    Void,
)
from largesse.ledger.bundles import late
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import ENTITY, MERCHANT, NOW, OTHER_ENTITY, SOON, a_where, entry, issue, redeem, undo

NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
LATER = TaxTreatment(kind=TaxKind.MULTI_PURPOSE, country="DE")
TILL = replace(a_where(), books_sale=BooksSale.TILL, location_id=UUID(int=77))
BERLIN = replace(a_where(), country="DE", default_rate=TaxRate(name="USt", rate=Decimal("0.19")))


@pytest.fixture
def book() -> Book:
    return Book()


def sold(book: Book, command: Issue, **what: Any) -> None:
    book.do(replace(command, certificate_id=OTHER, **what))
    book.ledger.journal.clear()


def test_a_promotional_bonus_is_a_discount_where_it_is_used_and_never_a_liability(book: Book) -> None:
    """
    issue value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    redeem value promotional_outstanding < promotions_granted 500 | 1500/0+0/0
    redeem value promotional_outstanding < promotions_granted 400 | 1100/0+0/0  # at a till of the merchant's own
    reverse value promotions_granted < promotional_outstanding 400 | 1500/0+0/0
    hold value held +600 | 1500/600+0/0
    capture value promotional_outstanding < promotions_granted 600 held -600 | 900/0+0/0
    reload value promotions_granted < promotional_outstanding 100 | 1000/0+0/0
    adjust value promotional_outstanding < promotions_granted 50 | 950/0+0/0
    transfer value promotional_outstanding < transfers 850 | 100/0+0/0
    transfer value promotional_outstanding < transfers 100 | 0/0+0/0
    transfer value transfers < promotional_outstanding 850 | 850/0+0/0
    transfer value transfers < promotional_outstanding 100 | 950/0+0/0
    """
    third = UUID(int=3)
    given = issue(value=2_000, certificate_id=OTHER, class_of_value=ClassOfValue.PROMOTIONAL)
    book.do(replace(given, treatment=LATER))
    used = [
        book.do(spend(1, 500, where=BERLIN)),
        book.do(spend(2, 400, where=TILL)),
        book.do(Reverse(**about(3, OTHER), redemption_id=UUID(int=2))),
        book.do(PlaceHold(**about(4, OTHER), value=600, expires_at=SOON)),
        book.do(CaptureHold(**about(5, OTHER), hold_id=UUID(int=4), value=600, where=BERLIN)),
        book.do(Reload(**about(6, OTHER), value=100, funding=Account.PROMOTIONS_GRANTED)),
    ]
    assert [one.given_away for one in used] == [500, 400, 400, 0, 600, 0]
    told = {one.operation_id: one.given_away for one in book.told()}
    assert [told[one.operation_id] for one in used] == ["5.00", "4.00", "4.00", "0.00", "6.00", "0.00"]
    book.do(Adjust(**about(9, OTHER), value=-50, memo="counted"))
    assert book.refusal(Adjust(**about(10, OTHER), value=0, gratuity=1, memo="tip")) == "certificate.funding.refused"
    assert book.refusal(CashOut(**about(11, OTHER))) == "certificate.promotional"
    book.do(Transfer(**about(12, OTHER), to_certificate_id=third, reissue=True))
    book.expect(test_a_promotional_bonus_is_a_discount_where_it_is_used_and_never_a_liability)


def test_what_was_paid_for_is_no_discount_where_it_is_used(book: Book) -> None:
    used = book.do(redeem(CARD, 500, 100))
    assert used.given_away == 0
    assert book.told()[-1].given_away == "0.00"


def spend(number: int, value: int, *, gratuity: int = 0, where: Where | None = None, **what: Any) -> Redeem:
    command = redeem(OTHER, value, gratuity, operation_id=UUID(int=number))
    return replace(command, where=where, **what)


def test_paid_by_card_reloaded_in_cash_and_the_reload_undone_at_the_drawer(book: Book) -> None:
    """
    reload value cash < certificates_outstanding 5000 | 15000/0+1500/0
    undo_reload value certificates_outstanding < cash 5000 | 10000/0+1500/0
    """
    book.do(Reload(**about(1), value=5_000, funding=Account.CASH))
    book.do(UndoReload(**about(2), reload_id=UUID(int=1)))
    book.expect(test_paid_by_card_reloaded_in_cash_and_the_reload_undone_at_the_drawer)
    assert book.refusal(UndoReload(**about(3), reload_id=UUID(int=1))) == "reload.used"
    assert book.refusal(UndoReload(**about(3), reload_id=UUID(int=100))) == "reload.not_found"


def test_only_what_is_left_of_a_reload_is_undone_and_nothing_that_is_held(book: Book) -> None:
    book.do(Reload(**about(1), value=5_000, gratuity=10, funding=Account.CASH))
    book.do(redeem(CARD, 12_000))
    book.do(PlaceHold(**about(2), value=1, expires_at=SOON))
    assert book.refusal(UndoReload(**about(3), reload_id=UUID(int=1))) == "certificate.held"
    book.do(ReleaseHold(**about(4), hold_id=UUID(int=2)))
    undone = book.do(UndoReload(**about(3), reload_id=UUID(int=1)))
    assert (undone.value, undone.gratuity, undone.balance) == (3_000, 10, 0)


def test_a_refund_of_cash_comes_out_of_the_drawer_and_of_a_terminal_is_owed(book: Book) -> None:
    """
    refund value certificates_outstanding < cash 100 | 10700/0+1500/0
    refund value certificates_outstanding < refunds 700 | 10000/0+1500/0
    """
    book.do(Reload(**about(1), value=100, funding=Account.CASH))
    book.do(Reload(**about(2), value=700, funding=Account.TERMINAL))
    book.ledger.journal.clear()
    cash, terminal = book.ledger.certificates[MERCHANT, CARD].lots[1:]
    book.do(Refund(**about(3), value=100, lot_ids=(cash.lot_id,)))
    book.do(Refund(**about(4), value=700, lot_ids=(terminal.lot_id,)))
    book.expect(test_a_refund_of_cash_comes_out_of_the_drawer_and_of_a_terminal_is_owed)


def test_single_purpose_sold_here_and_redeemed_where_the_till_books(book: Book) -> None:
    """
    redeem value certificates_outstanding < tender_clearing 10000 | 0/0+0/0
    redeem discount redeemed < discount_on_outstanding 1000 | 0/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 1437 | 0/0+0/0
    reverse value tender_clearing < certificates_outstanding 10000 | 10000/0+0/0
    reverse discount discount_on_outstanding < redeemed 1000 | 10000/0+0/0
    reverse included_tax tax_on_outstanding < redeemed 1437 | 10000/0+0/0
    """
    sold(book, issue(value=10_000, discount=1_000), included_tax=1_437, treatment=NINETEEN)
    book.do(spend(1, 10_000, where=TILL))
    book.do(Reverse(**about(2, OTHER), redemption_id=UUID(int=1)))
    book.expect(test_single_purpose_sold_here_and_redeemed_where_the_till_books)


def test_single_purpose_sold_where_the_till_books_and_redeemed_here(book: Book) -> None:
    """
    issue value tender_clearing < certificates_outstanding 10000 | 10000/0+0/0
    issue included_tax tax_on_outstanding < tender_clearing 1597 | 10000/0+0/0
    redeem value certificates_outstanding < redeemed 5000 | 5000/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 799 | 5000/0+0/0
    refund value certificates_outstanding < tender_clearing 5000 | 0/0+0/0
    refund included_tax tender_clearing < tax_on_outstanding 798 | 0/0+0/0
    """
    opening = issue(value=10_000, certificate_id=OTHER, funding=Account.TENDER_CLEARING)
    book.do(replace(opening, included_tax=1_597, treatment=NINETEEN, where=TILL))
    book.do(spend(1, 5_000))
    book.do(Refund(**about(2, OTHER), value=5_000))
    book.expect(test_single_purpose_sold_where_the_till_books_and_redeemed_here)


def test_added_tax_of_a_sale_at_the_till_is_the_tills(book: Book) -> None:
    """
    issue value tender_clearing < certificates_outstanding 10000 | 10000/0+0/0
    refund value certificates_outstanding < tender_clearing 10000 | 0/0+0/0
    """
    opening = issue(value=10_000, tax=800, certificate_id=OTHER, funding=Account.TENDER_CLEARING)
    book.do(replace(opening, where=TILL))
    assert book.ledger.certificates[MERCHANT, OTHER].lots[0].added_tax == 800
    book.do(Refund(**about(2, OTHER), value=10_000))
    assert book.ledger.certificates[MERCHANT, OTHER].lots[0].added_tax == 0
    book.expect(test_added_tax_of_a_sale_at_the_till_is_the_tills)


def test_tips_at_a_till_are_the_tills_to_pay(book: Book) -> None:
    """
    redeem value certificates_outstanding < tender_clearing 1000 | 9000/0+1500/0
    redeem gratuity certificates_outstanding < tender_clearing 200 | 9000/0+1300/0
    """
    book.do(replace(redeem(CARD, 1_000, 200), where=TILL))
    book.expect(test_tips_at_a_till_are_the_tills_to_pay)


def test_60_at_19_and_40_at_7_percent_of_what_was_sold_100_for_90(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 10000 | 0/0+0/0
    redeem discount redeemed < discount_on_outstanding 1000 | 0/0+0/0
    redeem tax_due redeemed < tax_payable 862 | 0/0+0/0
    redeem tax_due redeemed < tax_payable 236 | 0/0+0/0
    reverse value redeemed < certificates_outstanding 10000 | 10000/0+0/0
    reverse discount discount_on_outstanding < redeemed 1000 | 10000/0+0/0
    reverse tax_due tax_payable < redeemed 862 | 10000/0+0/0
    reverse tax_due tax_payable < redeemed 236 | 10000/0+0/0
    """
    sold(book, issue(value=10_000, discount=1_000), treatment=LATER)
    rates = (RateLine(Decimal("0.19"), 6_000), RateLine(Decimal("0.07"), 4_000))
    book.do(spend(1, 10_000, where=BERLIN, rates=rates))
    due = [entry for entry in book.ledger.journal if entry.leg == "tax_due"]
    assert [(row.tax_country, row.tax_rate_ppm, row.taxable_amount, row.tax_amount) for row in due] == [
        ("DE", 190_000, 5_400, 862),
        ("DE", 70_000, 3_600, 236),
    ]
    book.do(Reverse(**about(2, OTHER), redemption_id=UUID(int=1)))
    book.expect(test_60_at_19_and_40_at_7_percent_of_what_was_sold_100_for_90)


def test_what_is_sold_at_a_rate_of_zero_is_told_and_moves_no_money(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 10000 | 0/0+0/0
    redeem tax_due redeemed < tax_payable 958 | 0/0+0/0
    redeem tax_due | 0/0+0/0
    reverse value redeemed < certificates_outstanding 10000 | 10000/0+0/0
    reverse tax_due tax_payable < redeemed 958 | 10000/0+0/0
    reverse tax_due | 10000/0+0/0
    """
    sold(book, issue(value=10_000), treatment=LATER)
    rates = (RateLine(Decimal("0.19"), 6_000), RateLine(Decimal(0), 4_000))
    book.do(spend(1, 10_000, where=BERLIN, rates=rates))
    book.do(Reverse(**about(2, OTHER), redemption_id=UUID(int=1)))
    book.expect(test_what_is_sold_at_a_rate_of_zero_is_told_and_moves_no_money)
    told = [(row.kind, row.tax_rate_ppm, row.taxable_amount, row.tax_amount) for row in taxed(book)]
    assert told == [(kind, *line) for kind in ("redeem", "reverse") for line in ((190_000, 6_000, 958), (0, 4_000, 0))]


def taxed(book: Book) -> list[Entry]:
    """The rows that tell of tax; each on the day that it is booked on, since none has a day of its own."""
    rows = [row for row in book.ledger.journal if row.taxable_amount is not None]
    assert all(row.tax_point == row.booked_on is not None for row in rows)
    assert all((row.tax_amount, row.tax_kind) == (row.amount or 0, rows[0].tax_kind) for row in rows)
    return rows


def test_each_row_of_a_certificates_own_tax_tells_country_rate_and_price(book: Book) -> None:
    """Sold 100 for 90, half of it refunded, the rest cashed out; and sales tax on top of another."""
    sold(book, issue(value=10_000, discount=1_000), included_tax=1_437, treatment=NINETEEN)
    book.do(Refund(**about(1, OTHER), value=5_000))
    book.do(spend(2, 1_000, where=BERLIN))  # no taxable event: what was included lowers what it earned
    book.do(CashOut(**about(3, OTHER)))
    assert [
        (row.kind, row.leg, row.tax_country, row.tax_rate_ppm, row.taxable_amount, row.tax_amount)
        for row in taxed(book)
    ] == [
        ("refund", "included_tax", "DE", 190_000, 4_500, 719),
        ("cash_out", "included_tax", "DE", 190_000, 3_600, 574),
    ]
    book.ledger.journal.clear()
    added = TaxTreatment(kind=TaxKind.SALES_TAX, country="US", rate=Decimal("0.0825"))
    third = replace(issue(value=1_000, certificate_id=UUID(int=3)), operation_id=uuid4(), added_tax=83, treatment=added)
    book.do(third)
    book.do(Refund(**about(4, UUID(int=3)), value=500))
    assert [(row.kind, row.tax_kind, row.tax_rate_ppm, row.taxable_amount, row.tax_amount) for row in taxed(book)] == [
        ("issue", "sales_tax", 82_500, 1_000, 83),
        ("refund", "sales_tax", 82_500, 500, 42),
    ]


def test_without_rates_the_default_of_the_location_counts_and_without_one_it_is_refused(book: Book) -> None:
    """
    hold value held +500 | 1000/500+0/0
    capture value certificates_outstanding < redeemed 119 held -500 | 881/0+0/0
    capture tax_due redeemed < tax_payable 19 | 881/0+0/0
    """
    sold(book, issue(value=1_000), treatment=LATER)
    assert book.refusal(spend(1, 119)) == "redemption.tax_rate.missing"
    book.do(PlaceHold(**about(2, OTHER), value=500, expires_at=SOON))
    book.do(replace(CaptureHold(**about(3, OTHER), hold_id=UUID(int=2), value=119), where=BERLIN))
    book.expect(test_without_rates_the_default_of_the_location_counts_and_without_one_it_is_refused)
    book.do(spend(4, 100, where=TILL))  # the till rings it up with its tax


@pytest.mark.parametrize(
    "rates",
    [
        (RateLine(Decimal("0.19"), 99),),
        (RateLine(Decimal("0.19"), 101), RateLine(Decimal("0.07"), -1)),
        (RateLine(Decimal("1.01"), 100),),
        (RateLine(Decimal("0.19"), 100), RateLine(Decimal("0.07"), 0)),
        (RateLine(Decimal("0.19"), 60), RateLine(Decimal("0.190"), 40)),
    ],
)
def test_rates_add_up_to_what_is_spent_each_once(book: Book, rates: tuple[RateLine, ...]) -> None:
    sold(book, issue(value=1_000), treatment=LATER)
    assert book.refusal(spend(1, 100, where=BERLIN, rates=rates)) == "redemption.rates.refused"


@pytest.mark.parametrize("treatment", [UNTAXED, NINETEEN])
def test_rates_are_refused_where_no_tax_would_be_booked_by_them(book: Book, treatment: TaxTreatment) -> None:
    rates = (RateLine(Decimal("0.19"), 100),)
    sold(book, issue(value=1_000), treatment=treatment)
    assert book.refusal(spend(1, 100, where=BERLIN, rates=rates)) == "redemption.rates.unused"
    book.do(PlaceHold(**about(2, OTHER), value=500, expires_at=SOON))
    captured = replace(CaptureHold(**about(3, OTHER), hold_id=UUID(int=2), value=100, rates=rates), where=BERLIN)
    assert book.refusal(captured) == "redemption.rates.unused"
    book.do(replace(captured, rates=()))


def test_value_that_was_given_away_is_used_without_tax_and_takes_no_rates(book: Book) -> None:
    given = issue(value=1_000, class_of_value=ClassOfValue.PROMOTIONAL, funding=Account.PROMOTIONS_GRANTED)
    sold(book, given, treatment=LATER)
    one = spend(1, 100, where=replace(BERLIN, default_rate=None))
    assert book.refusal(replace(one, rates=(RateLine(Decimal("0.19"), 100),))) == "redemption.rates.unused"
    book.do(one)
    assert all(row.tax_amount is None for row in book.ledger.journal)


def test_a_till_that_rings_up_the_sale_itself_names_no_rates_here(book: Book) -> None:
    sold(book, issue(value=1_000), treatment=LATER)
    rates = (RateLine(Decimal("0.19"), 100),)
    assert book.refusal(spend(1, 100, where=TILL, rates=rates)) == "redemption.rates.unused"


def test_a_void_for_fraud_is_breakage_and_for_want_of_payment_goes_back_where_it_came_from(book: Book) -> None:
    """
    void value certificates_outstanding < breakage 10000 | 0/0+1500/0
    void gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    void value certificates_outstanding < gateway_clearing 900 | 100/0+0/0
    void discount certificates_outstanding < discount_on_outstanding 100 | 0/0+0/0
    void added_tax tax_payable < gateway_clearing 60 | 0/0+0/0
    """
    book.do(Void(**about(1), reason="fraud"))
    book.do(issue(value=1_000, discount=100, tax=60, certificate_id=OTHER))
    book.ledger.journal = [row for row in book.ledger.journal if row.kind != "issue"]
    book.do(Void(**about(2, OTHER), reason="unpaid"))
    book.expect(test_a_void_for_fraud_is_breakage_and_for_want_of_payment_goes_back_where_it_came_from)
    book.do(issue(certificate_id=UUID(int=3)))
    assert book.refusal(Void(**about(3, UUID(int=3)), reason="because")) == "certificate.reason.refused"


def test_credit_given_back_instead_of_money_and_cashed_out(book: Book) -> None:
    """
    issue value refunds < certificates_outstanding 4500 | 4500/0+0/0
    cash_out value certificates_outstanding < cash 4500 | 0/0+0/0
    """
    book.do(issue(value=4_500, certificate_id=OTHER, class_of_value=ClassOfValue.CREDIT, funding=Account.REFUNDS))
    book.do(CashOut(**about(1, OTHER)))
    assert book.ledger.certificates[MERCHANT, OTHER].status is Status.VOID
    book.expect(test_credit_given_back_instead_of_money_and_cashed_out)
    again = issue(class_of_value=ClassOfValue.CREDIT, funding=Account.REFUNDS)
    assert book.refusal(replace(again, gratuity=1)) == "certificate.funding.refused"
    assert book.refusal(replace(again, funding=Account.GATEWAY_CLEARING)) == "certificate.funding.refused"


def test_cashing_out_pays_the_face_the_merchant_bears_the_discount_and_gets_its_tax_back(book: Book) -> None:
    """
    cash_out value certificates_outstanding < cash 10000 | 0/0+0/0
    cash_out discount discounts_borne < discount_on_outstanding 1000 | 0/0+0/0
    cash_out included_tax tax_payable < tax_on_outstanding 1437 | 0/0+0/0
    """
    sold(book, issue(value=10_000, discount=1_000), included_tax=1_437, treatment=NINETEEN)
    assert book.refusal(CashOut(**about(1, OTHER), to=Account.BREAKAGE)) == "certificate.account.refused"
    book.do(CashOut(**about(1, OTHER)))
    book.expect(test_cashing_out_pays_the_face_the_merchant_bears_the_discount_and_gets_its_tax_back)
    assert book.refusal(CashOut(**about(2, OTHER))) == "certificate.void"


def test_what_is_handed_over_is_owed_to_the_state_and_the_rest_is_breakage(book: Book) -> None:
    """
    hand_over value certificates_outstanding < unclaimed_property 6000 | 4000/0+1500/0
    hand_over gratuity certificates_outstanding < unclaimed_property 900 | 4000/0+600/0
    hand_over value certificates_outstanding < breakage 4000 | 0/0+600/0
    hand_over gratuity certificates_outstanding < breakage_of_gratuities 600 | 0/0+0/0
    """
    assert book.refusal(HandOver(**about(1), share_ppm=0)) == "amount.refused"
    assert book.refusal(HandOver(**about(1), share_ppm=1_000_001)) == "amount.refused"
    book.do(HandOver(**about(1), share_ppm=600_000))
    book.expect(test_what_is_handed_over_is_owed_to_the_state_and_the_rest_is_breakage)
    assert book.refusal(redeem(CARD, 1)) == "certificate.handed_over"


def test_an_import_with_tax_is_redeemed_refunded_and_owed_like_a_sale(book: Book) -> None:
    """
    issue value opening_balances < certificates_outstanding 10000 | 10000/0+0/0
    issue included_tax tax_on_outstanding < opening_balances 1597 | 10000/0+0/0  # paid in the books of before
    refund value certificates_outstanding < refunds 10000 | 0/0+0/0
    refund included_tax tax_payable < tax_on_outstanding 1597 | 0/0+0/0
    """
    opening = issue(value=10_000, certificate_id=OTHER, funding=Account.OPENING_BALANCES)
    book.do(replace(opening, included_tax=1_597, treatment=NINETEEN))
    book.do(Refund(**about(1, OTHER), value=10_000))
    book.expect(test_an_import_with_tax_is_redeemed_refunded_and_owed_like_a_sale)


@pytest.mark.parametrize("command", [CashOut(**about(1, OTHER)), HandOver(**about(1, OTHER))])
def test_neither_pays_out_what_was_given_away_nor_nothing(book: Book, command: CashOut | HandOver) -> None:
    book.do(issue(certificate_id=OTHER, class_of_value=ClassOfValue.PROMOTIONAL))
    assert book.refusal(command) == "certificate.promotional"
    book.do(redeem(CARD, 10_000, 1_500))
    assert book.refusal(replace(command, certificate_id=CARD)) == "certificate.empty"


def test_gratuity_alone_is_no_turnover_and_needs_no_rate(book: Book) -> None:
    """
    redeem gratuity certificates_outstanding < gratuities_payable 50 | 1000/0+150/0
    """
    sold(book, issue(value=1_000, gratuity=200), treatment=LATER)
    nowhere = replace(BERLIN, default_rate=None)
    assert book.refusal(spend(1, 1, where=nowhere)) == "redemption.tax_rate.missing"
    book.do(spend(2, 0, gratuity=50, where=nowhere))
    book.expect(test_gratuity_alone_is_no_turnover_and_needs_no_rate)


def test_a_rate_is_from_none_of_it_to_all_of_it(book: Book) -> None:
    sold(book, issue(value=1_000), treatment=LATER)
    for rate in ("-0.01", "1.01"):
        refused = spend(1, 100, where=BERLIN, rates=(RateLine(rate=Decimal(rate), face=100),))
        assert book.refusal(refused) == "redemption.rates.refused"
    for number, rate in enumerate(("0", "1")):
        book.do(spend(2 + number, 100, where=BERLIN, rates=(RateLine(rate=Decimal(rate), face=100),)))
    assert [(row.leg, row.tax_amount) for row in book.ledger.journal if row.tax_rate_ppm] == [("tax_due", 50)]


def test_a_reload_of_single_purpose_value_includes_its_tax(book: Book) -> None:
    """
    reload value cash < certificates_outstanding 1000 | 11000/0+0/0
    reload included_tax tax_on_outstanding < tax_payable 160 | 11000/0+0/0
    """
    sold(book, issue(value=10_000), included_tax=1_597, treatment=NINETEEN)
    book.do(Reload(**about(1, OTHER), value=1_000, funding=Account.CASH))
    book.expect(test_a_reload_of_single_purpose_value_includes_its_tax)
    assert book.refusal(Reload(**about(2, OTHER), value=-5, funding=Account.CASH)) == "amount.refused"


def test_a_rate_that_cannot_be_kept_exactly_is_refused(book: Book) -> None:
    sold(book, issue(value=1_000), treatment=LATER)
    finest = (RateLine(Decimal("0.191234"), 100),)
    assert book.refusal(spend(1, 100, where=BERLIN, rates=(RateLine(Decimal("0.1912345"), 100),))) == (
        "redemption.rates.refused"
    )
    book.do(spend(1, 100, where=BERLIN, rates=finest))


def test_a_refund_of_all_that_is_free_says_that_all_of_it_is_held(book: Book) -> None:
    book.do(PlaceHold(**about(1), value=10_000, gratuity=1_500, expires_at=SOON))
    assert book.refusal(Refund(**about(2), value=0)) == "certificate.held"
    assert book.refusal(Refund(**about(2), value=-1)) == "amount.refused"


def test_what_was_never_paid_goes_back_lot_by_lot_and_a_correction_to_goodwill(book: Book) -> None:
    """
    void value certificates_outstanding < gateway_clearing 10000 | 800/0+1500/0
    void gratuity certificates_outstanding < gateway_clearing 1500 | 800/0+0/0
    void value certificates_outstanding < cash 500 | 300/0+0/0
    void value certificates_outstanding < goodwill 300 | 0/0+0/0
    """
    book.do(Reload(**about(1), value=500, funding=Account.CASH))
    book.do(Adjust(**about(2), value=300, memo="an apology"))
    book.ledger.journal.clear()
    book.do(Void(**about(3), reason="unpaid"))
    book.expect(test_what_was_never_paid_goes_back_lot_by_lot_and_a_correction_to_goodwill)


def test_an_account_that_is_named_wins_over_the_reason(book: Book) -> None:
    """
    void value certificates_outstanding < gateway_clearing 10000 | 500/0+1500/0
    void gratuity certificates_outstanding < gateway_clearing 1500 | 500/0+0/0
    void value certificates_outstanding < gateway_clearing 500 | 0/0+0/0
    """
    book.do(Reload(**about(1), value=500, funding=Account.CASH))
    book.ledger.journal.clear()
    book.do(Void(**about(2), to=Account.GATEWAY_CLEARING, reason="unpaid"))
    book.expect(test_an_account_that_is_named_wins_over_the_reason)


def test_an_import_with_tax_that_is_reversed_leaves_nothing_on_any_account(book: Book) -> None:
    """
    issue value opening_balances < certificates_outstanding 10000 | 10000/0+0/0
    issue included_tax tax_on_outstanding < opening_balances 1597 | 10000/0+0/0
    void value certificates_outstanding < opening_balances 10000 | 0/0+0/0
    void included_tax opening_balances < tax_on_outstanding 1597 | 0/0+0/0
    """
    opening = issue(value=10_000, certificate_id=OTHER, funding=Account.OPENING_BALANCES)
    book.do(replace(opening, included_tax=1_597, treatment=NINETEEN))
    book.do(Void(**about(1, OTHER), reason="error"))
    book.expect(test_an_import_with_tax_that_is_reversed_leaves_nothing_on_any_account)


def test_added_tax_of_an_import_comes_with_its_value_and_from_the_state_when_it_is_refunded(book: Book) -> None:
    """
    issue value opening_balances < certificates_outstanding 1000 | 1000/0+0/0
    refund value certificates_outstanding < refunds 500 | 500/0+0/0
    refund added_tax tax_payable < refunds 40 | 500/0+0/0
    reload value opening_balances < certificates_outstanding 300 | 800/0+0/0
    undo_reload value certificates_outstanding < opening_balances 300 | 500/0+0/0
    void value certificates_outstanding < opening_balances 500 | 0/0+0/0
    """
    book.do(issue(value=1_000, tax=80, certificate_id=OTHER, funding=Account.OPENING_BALANCES))
    book.do(Refund(**about(1, OTHER), value=500))
    book.do(Reload(**about(2, OTHER), value=300, added_tax=24, funding=Account.OPENING_BALANCES))
    book.do(UndoReload(**about(3, OTHER), reload_id=UUID(int=2)))
    book.do(Void(**about(4, OTHER), reason="error"))
    book.expect(test_added_tax_of_an_import_comes_with_its_value_and_from_the_state_when_it_is_refunded)


def test_a_card_that_was_prepared_is_loaded_when_it_is_sold(book: Book) -> None:
    """
    prepare - | 0/0+0/0
    activate value cash < certificates_outstanding 4500 | 4500/0+0/0
    activate discount discount_on_outstanding < certificates_outstanding 500 | 5000/0+0/0
    activate gratuity cash < certificates_outstanding 300 | 5000/0+300/0
    activate added_tax cash < tax_payable 360 | 5000/0+300/0
    redeem value certificates_outstanding < redeemed 5000 | 0/0+300/0
    redeem discount redeemed < discount_on_outstanding 500 | 0/0+300/0
    """
    sale = issue(value=5_000, gratuity=300, discount=500, tax=360, funding=Account.CASH, certificate_id=OTHER)
    sold_as = {name: getattr(sale, name) for name in sale.__struct_fields__} | {"operation_id": UUID(int=2)}
    book.do(Prepare(**about(1, OTHER), currency="USD"))
    prepared = book.ledger.certificates[MERCHANT, OTHER]
    assert (prepared.status, prepared.lots, prepared.expires_at) == (Status.INACTIVE, (), None)
    assert book.refusal(Prepare(**about(3, OTHER), currency="USD")) == "certificate.exists"
    assert book.refusal(issue(certificate_id=OTHER)) == "certificate.exists"
    for change, code in (
        ({"currency": "EUR"}, "certificate.currency.mismatch"),
        ({"value": 0}, "amount.refused"),
        ({"funding": Account.PROMOTIONS_GRANTED}, "certificate.funding.refused"),
        ({"expires_at": book.now}, "certificate.expired"),
    ):
        assert book.refusal(Activate(**sold_as | change)) == code
    assert not book.told()[1:], "nobody is told of what is only prepared"
    book.now += timedelta(days=30)
    asked = Activate(**sold_as | {"order_number": "GL-9"})
    assert book.do(asked).value == 5_000
    one = book.ledger.certificates[MERCHANT, OTHER]
    assert (one.status, one.funding, one.order_number, one.issued_at) == (
        Status.ACTIVE,
        Account.CASH,
        "GL-9",
        book.now,
    )
    assert (one.expires_at, one.lots[0].lot_id) == (sale.expires_at, OTHER)
    first, activated, *_ = book.ledger.journal
    assert (first.class_of_value, first.order_number, first.status_after) == (None, None, Status.INACTIVE)
    assert (activated.class_of_value, activated.order_number, activated.tax_kind) == ("paid", "GL-9", "none")
    assert book.told()[-1].kind == "activate"
    book.do(redeem(OTHER, 5_000))
    book.expect(test_a_card_that_was_prepared_is_loaded_when_it_is_sold)


def test_a_card_may_be_given_away_or_never_sold(book: Book) -> None:
    """
    prepare - | 0/0+0/0
    activate value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    prepare - | 0/0+0/0
    void - | 0/0+0/0
    """
    given = issue(value=2_000, certificate_id=OTHER, class_of_value=ClassOfValue.PROMOTIONAL)
    book.do(Prepare(**about(1, OTHER), currency="USD"))
    book.do(Activate(**{name: getattr(given, name) for name in given.__struct_fields__}))
    book.do(Prepare(**about(2, UUID(int=3)), currency="USD"))
    book.do(Void(**about(3, UUID(int=3))))
    book.expect(test_a_card_may_be_given_away_or_never_sold)


def test_what_somebody_paid_for_is_not_kept_without_a_reason(book: Book) -> None:
    assert book.refusal(Void(**about(1))) == "certificate.reason.missing"
    given = issue(certificate_id=OTHER, class_of_value=ClassOfValue.PROMOTIONAL)
    book.do(given)
    book.do(Void(**about(2, OTHER)))  # nobody did
    book.do(Refund(**about(3), value=10_000, gratuity=1_500))
    book.do(Adjust(**about(4), value=100, memo="an apology"))
    book.do(Void(**about(5)))  # nobody did for what is left


def test_a_correction_of_what_was_paid_for_goes_to_goodwill_with_its_discount(book: Book) -> None:
    """
    adjust value certificates_outstanding < goodwill 500 | 500/0+0/0
    adjust discount goodwill < discount_on_outstanding 50 | 500/0+0/0
    """
    sold(book, issue(value=1_000, discount=100))
    book.do(Adjust(**about(1, OTHER), value=-500, memo="issued too much"))
    book.expect(test_a_correction_of_what_was_paid_for_goes_to_goodwill_with_its_discount)


@pytest.mark.parametrize("reason", [None, "fraud", "unpaid", "error"])
def test_a_partner_owes_nothing_for_a_certificate_that_is_void_whatever_the_reason(
    book: Book, reason: str | None
) -> None:
    """
    void value certificates_outstanding < partner_receivable 1000 | 0/0+0/0
    """
    sold(book, issue(value=1_000, funding=Account.PARTNER_RECEIVABLE))
    book.do(Void(**about(1, OTHER), reason=reason))
    book.expect(test_a_partner_owes_nothing_for_a_certificate_that_is_void_whatever_the_reason)


def test_a_late_offline_redemption_around_an_expiry_and_a_close(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+1500/0
    expire gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    reinstate value breakage < certificates_outstanding 10000 | 10000/0+0/0
    reinstate gratuity breakage_of_gratuities < certificates_outstanding 1500 | 10000/0+1500/0
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem gratuity certificates_outstanding < gratuities_payable 500 | 6000/0+1000/0
    expire value certificates_outstanding < breakage 6000 | 0/0+1000/0
    expire gratuity certificates_outstanding < breakage_of_gratuities 1000 | 0/0+0/0
    """
    book.now = book.ledger.certificates[MERCHANT, CARD].expires_at or SOON
    taken_at = book.now - timedelta(minutes=5)
    expired = book.do(Expire(**about(1)))
    closed_at = book.now + timedelta(days=2)
    book.now = closed_at + timedelta(days=1)
    book.ledger.open_from = closed_at
    taken = replace(redeem(CARD, 4_000, 500), operation_id=UUID(int=2), claimed_at=taken_at, refreshed_at=NOW)
    assert book.refusal(taken) == "certificate.expired"
    outcomes = book.do_all(late(taken, expiry_id=expired.operation_id))
    assert [one.balance for one in outcomes] == [10_000, 6_000, 0]
    book.expect(test_a_late_offline_redemption_around_an_expiry_and_a_close)
    rows = [entry for entry in book.ledger.journal if entry.operation_id == UUID(int=2)]
    assert {entry.claimed_at for entry in rows if entry.kind is Kind.REDEEM} == {taken_at}
    # It counts in what is open, on the day after the close, and nothing lies behind the expiry.
    assert {entry.effective_at for entry in rows} == {closed_at}
    assert book.ledger.certificates[MERCHANT, CARD].status is Status.EXPIRED
    # Another one that came in later still is posted in the same way.
    again = replace(taken, operation_id=UUID(int=3), value=6_000, gratuity=0)
    outcomes = book.do_all(late(again, expiry_id=UUID(int=2)))
    assert [one.balance for one in outcomes] == [6_000, 0, 0]


@pytest.mark.parametrize("times", [{"claimed_at": None}, {"claimed_at": NOW - timedelta(seconds=1)}])
def test_a_device_claims_no_moment_before_it_last_heard_of_us(book: Book, times: dict[str, Any]) -> None:
    assert book.refusal(replace(redeem(CARD, 1), refreshed_at=NOW, **times)) == "claim.refused"


def test_what_a_device_took_in_time_is_good_before_its_expiry_is_booked(book: Book) -> None:
    last = book.ledger.certificates[MERCHANT, CARD].expires_at
    assert last is not None
    book.now = last + timedelta(hours=3)
    in_time = replace(redeem(CARD, 1), claimed_at=last - timedelta(seconds=1), refreshed_at=NOW)
    assert book.refusal(replace(in_time, claimed_at=last)) == "certificate.expired"
    assert book.refusal(replace(in_time, refreshed_at=None)) == "certificate.expired"
    assert book.do(in_time).balance == 9_999


def test_a_till_that_took_more_than_was_left_is_borne_by_the_merchant_or_paid_later(book: Book) -> None:
    """
    settle - goodwill < tender_clearing 700 | 10000/0+1500/0
    settle - tender_clearing < goodwill 700 | 10000/0+1500/0
    """
    book.do(Settle(**about(1), debit=Account.GOODWILL, credit=Account.TENDER_CLEARING, amount=700))
    book.do(Settle(**about(2), debit=Account.TENDER_CLEARING, credit=Account.GOODWILL, amount=700))
    book.expect(test_a_till_that_took_more_than_was_left_is_borne_by_the_merchant_or_paid_later)


def test_a_promotional_certificate_is_reloaded_without_tax_whatever_its_kind(book: Book) -> None:
    sold(
        book,
        issue(value=100, funding=Account.PROMOTIONS_GRANTED, class_of_value=ClassOfValue.PROMOTIONAL),
        treatment=NINETEEN,
    )
    assert book.do(Reload(**about(1, OTHER), value=50, funding=Account.PROMOTIONS_GRANTED)).included_tax == 0


DISPUTED = (Kind.DISPUTE_OPENED, SubjectKind.GATEWAY_ACCOUNT, "disputed")


def test_a_dispute_that_is_won(book: Book) -> None:
    """
    dispute_opened - disputed < gateway_clearing 11500 | 0/0+0/0
    dispute_won - gateway_clearing < disputed 11500 | 0/0+0/0
    """
    opened = entry(DISPUTED, 11_500)
    book.do(opened)
    book.do(undo(opened, Kind.DISPUTE_WON))
    book.expect(test_a_dispute_that_is_won)


def test_a_dispute_that_is_lost_after_some_was_spent(book: Book) -> None:
    """
    dispute_opened - disputed < gateway_clearing 11500 | 0/0+0/0
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    void value certificates_outstanding < disputed 6000 | 0/0+1500/0
    void gratuity certificates_outstanding < disputed 1500 | 0/0+0/0
    dispute_lost - chargeback_losses < disputed 4000 | 0/0+0/0
    """
    book.do(entry(DISPUTED, 11_500))
    book.do(redeem(CARD, 4_000))
    book.do(Void(**about(2), to=Account.DISPUTED))
    book.do(entry((Kind.DISPUTE_LOST, SubjectKind.GATEWAY_ACCOUNT, "lost"), 4_000))
    book.expect(test_a_dispute_that_is_lost_after_some_was_spent)


def test_a_lost_dispute_takes_a_lot_of_its_own_and_leaves_the_others(book: Book) -> None:
    """
    reload value cash < certificates_outstanding 5000 | 15000/0+1500/0
    refund value certificates_outstanding < disputed 10000 | 5000/0+1500/0
    """
    book.do(Reload(**about(1), value=5_000, funding=Account.CASH))
    book.do(Refund(**about(2), value=10_000, lot_ids=(CARD,), to=Account.DISPUTED))
    book.expect(test_a_lost_dispute_takes_a_lot_of_its_own_and_leaves_the_others)
    assert book.refusal(Refund(**about(3), value=1, to=Account.CHARGEBACK_LOSSES)) == "certificate.account.refused"


def test_a_part_of_a_payment_that_is_lost_takes_its_shares(book: Book) -> None:
    """
    issue value gateway_clearing < certificates_outstanding 9000 | 9000/0+0/0
    issue discount discount_on_outstanding < certificates_outstanding 1000 | 10000/0+0/0
    issue gratuity gateway_clearing < certificates_outstanding 500 | 10000/0+500/0
    issue added_tax gateway_clearing < tax_payable 540 | 10000/0+500/0
    dispute_opened - disputed < gateway_clearing 5020 | 0/0+0/0
    redeem value certificates_outstanding < redeemed 1000 | 9000/0+500/0  # before anybody told of the dispute
    redeem discount redeemed < discount_on_outstanding 100 | 9000/0+500/0
    refund value certificates_outstanding < disputed 5000 | 4000/0+500/0
    refund discount disputed < discount_on_outstanding 500 | 4000/0+500/0
    refund gratuity certificates_outstanding < disputed 250 | 4000/0+250/0
    refund added_tax tax_payable < disputed 270 | 4000/0+250/0
    """
    book.do(issue(value=10_000, gratuity=500, discount=1_000, tax=540, certificate_id=OTHER))
    book.do(entry(DISPUTED, 5_020))
    book.do(redeem(OTHER, 1_000))
    book.do(Refund(**about(2, OTHER), value=5_000, gratuity=250, to=Account.DISPUTED))
    book.expect(test_a_part_of_a_payment_that_is_lost_takes_its_shares)


def test_a_dispute_after_a_refund_into_credit_takes_what_is_left_of_the_credit(book: Book) -> None:
    """
    issue value gateway_clearing < certificates_outstanding 900 | 900/0+0/0
    issue discount discount_on_outstanding < certificates_outstanding 100 | 1000/0+0/0
    issue gratuity gateway_clearing < certificates_outstanding 50 | 1000/0+50/0
    issue added_tax gateway_clearing < tax_payable 60 | 1000/0+50/0
    refund value certificates_outstanding < refunds 900 | 100/0+50/0
    refund discount certificates_outstanding < discount_on_outstanding 100 | 0/0+50/0
    refund gratuity certificates_outstanding < refunds 50 | 0/0+0/0
    refund added_tax tax_payable < refunds 60 | 0/0+0/0
    issue value refunds < certificates_outstanding 1010 | 1010/0+0/0  # all that is given back, as value
    redeem value certificates_outstanding < redeemed 400 | 610/0+0/0
    redeem tax_due redeemed < tax_payable 64 | 610/0+0/0
    dispute_opened - disputed < gateway_clearing 1010 | 0/0+0/0
    block - | 610/0+0/0
    void value certificates_outstanding < disputed 610 | 0/0+0/0
    dispute_lost - chargeback_losses < disputed 400 | 0/0+0/0  # what was spent of the credit before
    """
    credit = UUID(int=3)
    book.do(issue(value=1_000, gratuity=50, discount=100, tax=60, certificate_id=OTHER))
    back = book.do(Refund(**about(1, OTHER), value=1_000, gratuity=50))
    owed = back.value - back.discount + back.gratuity + back.added_tax
    given = issue(value=owed, certificate_id=credit, class_of_value=ClassOfValue.CREDIT, funding=Account.REFUNDS)
    book.do(replace(given, treatment=LATER))
    book.do(replace(redeem(credit, 400), where=BERLIN))
    book.do(entry(DISPUTED, owed))
    book.do(Block(**about(2, credit)))
    assert book.refusal(redeem(credit, 1)) == "certificate.blocked"
    book.do(Void(**about(4, credit), to=Account.DISPUTED))
    book.do(entry((Kind.DISPUTE_LOST, SubjectKind.GATEWAY_ACCOUNT, "lost"), 400))
    book.expect(test_a_dispute_after_a_refund_into_credit_takes_what_is_left_of_the_credit)


def test_gratuity_that_expires_is_kept_and_told_apart(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+1500/0
    expire gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    reinstate value breakage < certificates_outstanding 10000 | 10000/0+0/0
    reinstate gratuity breakage_of_gratuities < certificates_outstanding 1500 | 10000/0+1500/0
    """
    book.now = NOW + timedelta(days=400)
    book.do(Expire(**about(1)))
    book.do(Reinstate(**about(2), expiry_id=UUID(int=1)))
    book.expect(test_gratuity_that_expires_is_kept_and_told_apart)


def test_gratuity_that_expires_is_owed_where_the_merchant_says_so_and_comes_back_from_where_it_went(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+1500/0
    expire gratuity certificates_outstanding < gratuities_payable 1500 | 0/0+0/0
    reinstate value breakage < certificates_outstanding 10000 | 10000/0+0/0
    reinstate gratuity gratuities_payable < certificates_outstanding 1500 | 10000/0+1500/0
    hand_over value certificates_outstanding < unclaimed_property 5000 | 5000/0+1500/0
    hand_over gratuity certificates_outstanding < unclaimed_property 750 | 5000/0+750/0
    hand_over value certificates_outstanding < breakage 5000 | 0/0+750/0
    hand_over gratuity certificates_outstanding < breakage_of_gratuities 750 | 0/0+0/0
    """
    book.now = NOW + timedelta(days=400)
    book.ledger.expired_gratuity = Account.GRATUITIES_PAYABLE
    book.do(Expire(**about(1)))
    book.ledger.expired_gratuity = Account.BREAKAGE_OF_GRATUITIES
    book.do(Reinstate(**about(2), expiry_id=UUID(int=1)))
    book.do(HandOver(**about(3), share_ppm=500_000))
    book.expect(test_gratuity_that_expires_is_owed_where_the_merchant_says_so_and_comes_back_from_where_it_went)


def test_gratuities_are_paid_out_to_a_person_and_to_a_pool(book: Book) -> None:
    """
    redeem gratuity certificates_outstanding < gratuities_payable 1500 | 10000/0+0/0
    pay_out_gratuities - gratuities_payable < cash 500 | 0/0+0/0
    pay_out_gratuities - gratuities_payable < bank_clearing 1000 | 0/0+0/0
    """
    book.do(redeem(CARD, 0, 1_500))
    drawer = (Kind.PAY_OUT_GRATUITIES, SubjectKind.TILL_DRAWER, "paid")
    wages = (Kind.PAY_OUT_GRATUITIES, SubjectKind.LOCATION, "payroll")
    book.do(entry(drawer, 500, party_id=UUID(int=31)))
    book.do(entry(wages, 1_000, party_id=UUID(int=32)))
    book.expect(test_gratuities_are_paid_out_to_a_person_and_to_a_pool)
    assert [row.party_id for row in book.ledger.journal] == [None, UUID(int=31), UUID(int=32)]


OTHER_SHOP = replace(a_where(), location_id=UUID(int=78), legal_entity_id=OTHER_ENTITY)


def test_a_redemption_at_another_location_is_owed_by_the_entity_that_sold_it(book: Book) -> None:
    """
    redeem value certificates_outstanding < between_entities 5000 | 5000/0+1000/0
    redeem discount discounts_borne < discount_on_outstanding 500 | 5000/0+1000/0
    redeem gratuity certificates_outstanding < between_entities 300 | 5000/0+700/0
    redeem - between_entities < redeemed 5000 | 5000/0+700/0
    redeem - between_entities < gratuities_payable 300 | 5000/0+700/0
    reverse value between_entities < certificates_outstanding 5000 | 10000/0+700/0
    reverse discount discount_on_outstanding < discounts_borne 500 | 10000/0+700/0
    reverse gratuity between_entities < certificates_outstanding 300 | 10000/0+1000/0
    reverse - redeemed < between_entities 5000 | 10000/0+1000/0
    reverse - gratuities_payable < between_entities 300 | 10000/0+1000/0
    """
    sold(book, issue(value=10_000, gratuity=1_000, discount=1_000))
    spent = book.do(spend(1, 5_000, gratuity=300, where=OTHER_SHOP))
    assert (spent.value, spent.gratuity, spent.discount, spent.balance) == (5_000, 300, 500, 5_000)
    back = book.do(Reverse(**about(2, OTHER), redemption_id=UUID(int=1)))
    assert (back.value, back.gratuity, back.balance) == (5_000, 300, 10_000)
    book.expect(test_a_redemption_at_another_location_is_owed_by_the_entity_that_sold_it)
    mine, theirs = ENTITY, OTHER_ENTITY
    assert [row.legal_entity_id for row in book.ledger.journal] == [mine, mine, mine, theirs, theirs] * 2


def test_where_the_till_of_another_entity_takes_it_the_till_is_owed(book: Book) -> None:
    """
    capture value certificates_outstanding < between_entities 4000 held -4000 | 6000/0+0/0
    capture - between_entities < tender_clearing 4000 | 6000/0+0/0
    """
    sold(book, issue(value=10_000))
    book.do(PlaceHold(**about(1, OTHER), value=4_000, expires_at=SOON))
    book.ledger.journal.clear()
    till = replace(OTHER_SHOP, books_sale=BooksSale.TILL)
    book.do(CaptureHold(**about(2, OTHER), hold_id=UUID(int=1), value=4_000, where=till))
    book.expect(test_where_the_till_of_another_entity_takes_it_the_till_is_owed)


def test_tax_that_falls_due_in_another_entity_is_owed_there(book: Book) -> None:
    """
    redeem value certificates_outstanding < between_entities 11900 | 0/0+0/0
    redeem - between_entities < redeemed 11900 | 0/0+0/0
    redeem tax_due redeemed < tax_payable 1900 | 0/0+0/0
    """
    sold(book, issue(value=11_900), treatment=LATER)
    where = replace(OTHER_SHOP, country="DE", default_rate=TaxRate(name="USt", rate=Decimal("0.19")))
    book.do(spend(1, 11_900, where=where))
    book.expect(test_tax_that_falls_due_in_another_entity_is_owed_there)
    assert [row.legal_entity_id for row in book.ledger.journal] == [ENTITY, OTHER_ENTITY, OTHER_ENTITY]


def test_single_purpose_value_is_used_at_the_entity_that_sold_it(book: Book) -> None:
    sold(book, issue(value=11_900), treatment=NINETEEN, included_tax=1_900)
    assert book.refusal(spend(1, 100, where=OTHER_SHOP)) == "redemption.entity.refused"
    assert book.refusal(spend(1, 0, gratuity=0, where=OTHER_SHOP)) == "amount.refused"
    book.do(spend(2, 100))


def test_what_was_given_away_is_nobodys_debt_elsewhere(book: Book) -> None:
    """
    redeem value promotional_outstanding < promotions_granted 100 | 400/0+0/0
    """
    sold(book, issue(value=500, class_of_value=ClassOfValue.PROMOTIONAL))
    book.do(spend(1, 100, where=OTHER_SHOP))
    book.expect(test_what_was_given_away_is_nobodys_debt_elsewhere)


def test_value_of_two_entities_does_not_meet_on_one_certificate(book: Book) -> None:
    sold(book, issue(value=500))
    filled = Reload(**about(1, OTHER), value=50, funding=Account.CASH, where=OTHER_SHOP)
    assert book.refusal(filled) == "certificate.entity.mismatch"
    theirs = replace(issue(value=500, certificate_id=UUID(int=9), operation_id=UUID(int=9)), where=OTHER_SHOP)
    book.do(theirs)
    merge = Transfer(**about(2, UUID(int=9)), to_certificate_id=OTHER, value=100)
    assert book.refusal(merge) == "certificate.entity.mismatch"
    book.do(redeem(OTHER, 500))
    book.do(Transfer(**about(3, UUID(int=9)), to_certificate_id=OTHER, value=100))
    book.do(Reload(**about(4, OTHER), value=50, funding=Account.CASH, where=OTHER_SHOP))
    [_, moved, filled_there] = book.ledger.certificates[MERCHANT, OTHER].lots
    assert [lot.legal_entity_id for lot in (moved, filled_there)] == [OTHER_ENTITY, OTHER_ENTITY]
    assert [lot.location_id for lot in (moved, filled_there)] == [UUID(int=78), UUID(int=78)]


def test_what_ends_a_lot_stands_in_the_books_of_its_entity_wherever_it_happens(book: Book) -> None:
    sold(book, issue(value=500), where=OTHER_SHOP)
    book.do(Refund(**about(1, OTHER), value=100))
    book.do(Adjust(**about(2, OTHER), value=20, memo="counted"))
    book.now = NOW + timedelta(days=400)
    book.do(Expire(**about(3, OTHER)))
    assert {row.legal_entity_id for row in book.ledger.journal} == {OTHER_ENTITY}
