"""Which account each movement falls on, what each event says, and the rarer refusals.

A test's docstring is the journal it expects: pot, debit < credit, amount, and what the pot then holds.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.ledger import (
    Account,
    Adjust,
    Block,
    CaptureHold,
    ClassOfValue,
    Expire,
    PlaceHold,
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
    Void,
)
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import EXPIRES_AT, MERCHANT, NOW, SOON, issue, redeem


@pytest.fixture
def book() -> Book:
    return Book()


def test_a_refund_leaves_what_is_held_and_takes_all_that_is_not(book: Book) -> None:
    """
    hold value held +6000 | 10000/6000+1500/0
    hold gratuity held +1000 | 10000/6000+1500/1000
    refund value certificates_outstanding < refunds 4000 | 6000/6000+1500/1000
    refund gratuity certificates_outstanding < refunds 500 | 6000/6000+1000/1000
    """
    book.do(PlaceHold(**about(1), value=6_000, gratuity=1_000, expires_at=SOON))
    assert book.refusal(Refund(**about(2), value=4_001)) == "certificate.balance.insufficient"
    assert book.refusal(Refund(**about(2), value=0, gratuity=501)) == "certificate.balance.insufficient"
    book.do(Refund(**about(2), value=4_000, gratuity=500))
    book.expect(test_a_refund_leaves_what_is_held_and_takes_all_that_is_not)


def test_what_was_held_before_a_block_is_not_captured_but_may_be_let_go(book: Book) -> None:
    """
    hold value held +5000 | 10000/5000+1500/0
    block - | 10000/5000+1500/0
    release value held -5000 | 10000/0+1500/0
    """
    book.do(PlaceHold(**about(1), value=5_000, expires_at=SOON))
    book.do(Block(**about(2)))
    assert book.refusal(CaptureHold(**about(3), hold_id=UUID(int=1), value=1)) == "certificate.blocked"
    book.do(ReleaseHold(**about(4), hold_id=UUID(int=1)))
    book.expect(test_what_was_held_before_a_block_is_not_captured_but_may_be_let_go)


@pytest.mark.parametrize("given", [{"value": -1}, {"value": 1, "gratuity": -1}, {"value": 0}])
def test_a_refund_of_nothing_or_less_is_refused(book: Book, given: Any) -> None:
    assert book.refusal(Refund(**about(1), **given)) == "amount.refused"


@pytest.mark.parametrize("given", [{"value": MINOR_MAX - 9_999}, {"value": 1, "gratuity": MINOR_MAX - 1_499}])
def test_nothing_is_filled_beyond_what_a_pot_can_hold(book: Book, given: Any) -> None:
    funding = Account.GATEWAY_CLEARING
    assert book.refusal(Reload(**about(1), **given, funding=funding)) == "amount.refused"
    assert book.refusal(Adjust(**about(2), **given, memo="counted")) == "amount.refused"
    book.do(issue(value=given["value"], gratuity=given.get("gratuity", 0), certificate_id=OTHER))
    assert book.refusal(Transfer(**about(3, OTHER), to_certificate_id=CARD, **given)) == "amount.refused"
    book.do(Reload(**about(4), value=MINOR_MAX - 10_000, gratuity=MINOR_MAX - 1_500, funding=funding))


def test_an_amount_in_another_currency_is_neither_spent_nor_held_nor_captured(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 100 | 9900/0+1500/0
    hold value held +50 | 9900/50+1500/0
    capture value certificates_outstanding < redeemed 50 held -50 | 9850/0+1500/0
    """
    assert book.refusal(Redeem(**about(1), value=100, currency="EUR")) == "certificate.currency.mismatch"
    book.do(Redeem(**about(1), value=100, currency="USD"))
    hold = PlaceHold(**about(2), value=50, expires_at=SOON, currency="USD")
    assert book.refusal(PlaceHold(**about(3), value=50, expires_at=SOON, currency="EUR")) == (
        "certificate.currency.mismatch"
    )
    book.do(hold)
    wrong = CaptureHold(**about(4), hold_id=UUID(int=2), value=50, currency="EUR")
    assert book.refusal(wrong) == "certificate.currency.mismatch"
    book.do(CaptureHold(**about(4), hold_id=UUID(int=2), value=50, currency="USD"))
    book.expect(test_an_amount_in_another_currency_is_neither_spent_nor_held_nor_captured)


def test_a_reversal_is_told_with_what_came_back_and_of_what(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem gratuity certificates_outstanding < gratuities_payable 700 | 6000/0+800/0
    reverse value redeemed < certificates_outstanding 4000 | 10000/0+800/0
    reverse gratuity gratuities_payable < certificates_outstanding 700 | 10000/0+1500/0
    """
    book.do(redeem(CARD, 4_000, 700, operation_id=UUID(int=1)))
    book.do(Reverse(**about(2), redemption_id=UUID(int=1)))
    told = book.told()[-1]
    assert (told.value, told.gratuity, told.balance, told.refers_to) == ("40.00", "7.00", "100.00", UUID(int=1))
    book.expect(test_a_reversal_is_told_with_what_came_back_and_of_what)


def test_a_release_is_told_and_answered_with_what_is_free_again(book: Book) -> None:
    """
    hold value held +5000 | 10000/5000+1500/0
    hold gratuity held +1000 | 10000/5000+1500/1000
    release value held -5000 | 10000/0+1500/1000
    release gratuity held -1000 | 10000/0+1500/0
    """
    book.do(PlaceHold(**about(1), value=5_000, gratuity=1_000, expires_at=SOON))
    outcome = book.do(ReleaseHold(**about(2), hold_id=UUID(int=1)))
    assert (outcome.value, outcome.gratuity, outcome.held, outcome.gratuity_held) == (5_000, 1_000, 0, 0)
    told = book.told()[-1]
    assert (told.value, told.gratuity, told.held, told.refers_to) == ("50.00", "10.00", "0.00", UUID(int=1))
    book.expect(test_a_release_is_told_and_answered_with_what_is_free_again)


def test_an_event_tells_the_whole_balance_and_what_is_held_of_it_apart(book: Book) -> None:
    """
    hold value held +6000 | 10000/6000+1500/0
    hold gratuity held +1000 | 10000/6000+1500/1000
    redeem value certificates_outstanding < redeemed 100 | 9900/6000+1500/1000
    """
    book.do(PlaceHold(**about(1), value=6_000, gratuity=1_000, expires_at=SOON))
    book.do(redeem(CARD, 100))
    told = book.told()[-1]
    assert (told.balance, told.held, told.gratuity_balance, told.gratuity_held) == ("99.00", "60.00", "15.00", "10.00")
    book.expect(test_an_event_tells_the_whole_balance_and_what_is_held_of_it_apart)


def test_row_event_and_outcome_name_who_asked_and_under_which_operation(book: Book) -> None:
    """
    adjust value certificates_outstanding < goodwill 500 | 9500/0+1500/0
    """
    asked = about(7) | {"actor": "cli:ada", "memo": "typed twice"}
    outcome = book.do(Adjust(**asked, value=-500))
    [row] = book.ledger.journal
    [told] = book.told()
    for one in (row, told):
        assert (one.actor, one.operation_id) == ("cli:ada", UUID(int=7))
    assert row.memo == "typed twice"
    assert not any(b"typed twice" in event.payload for event in book.ledger.events), "a memo can be erased"
    assert (told.value, outcome.value, told.certificate_id) == ("-5.00", -500, CARD)
    book.expect(test_row_event_and_outcome_name_who_asked_and_under_which_operation)


def test_a_reissued_certificate_is_issued_on_the_day_of_its_new_number(book: Book) -> None:
    """
    transfer value certificates_outstanding < transfers 10000 | 0/0+1500/0
    transfer gratuity certificates_outstanding < transfers 1500 | 0/0+0/0
    transfer value transfers < certificates_outstanding 10000 | 10000/0+0/0
    transfer gratuity transfers < certificates_outstanding 1500 | 10000/0+1500/0
    """
    book.now = NOW + timedelta(days=30)
    book.do(Transfer(**about(1), to_certificate_id=OTHER, reissue=True))
    old, new = (book.ledger.certificates[MERCHANT, id_] for id_ in (CARD, OTHER))
    assert (old.issued_at, new.issued_at) == (NOW, NOW + timedelta(days=30))
    assert (old.status, new.status, new.expires_at) == (Status.VOID, Status.ACTIVE, EXPIRES_AT)
    book.expect(test_a_reissued_certificate_is_issued_on_the_day_of_its_new_number)


@pytest.mark.parametrize("reissue", [False, True])
def test_a_transfer_is_told_of_both_ends_each_with_its_own_balance(book: Book, *, reissue: bool) -> None:
    if not reissue:
        book.do(issue(value=100, certificate_id=OTHER))
    amounts: dict[str, Any] = {} if reissue else {"value": 10_000, "gratuity": 1_500}
    book.do(Transfer(**about(1), to_certificate_id=OTHER, reissue=reissue, **amounts))
    left, came = book.told()
    assert [(one.certificate_id, one.refers_to, one.direction) for one in (left, came)] == [
        (CARD, OTHER, "out"),
        (OTHER, CARD, "in"),
    ]
    assert [(one.value, one.gratuity) for one in (left, came)] == [("100.00", "15.00")] * 2
    assert [(one.balance, one.gratuity_balance) for one in (left, came)] == [
        ("0.00", "0.00"),
        ("100.00" if reissue else "101.00", "15.00"),
    ]
    assert [one.status for one in (left, came)] == ["void" if reissue else "active", "active"]
    assert len({event.event_id for event in book.ledger.events}) == 2


def test_void_and_correction_of_given_value_lower_what_was_given_away(book: Book) -> None:
    """
    issue value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    adjust value promotions_granted < promotional_outstanding 300 | 2300/0+0/0
    adjust value promotional_outstanding < promotions_granted 800 | 1500/0+0/0
    void value promotional_outstanding < promotions_granted 1200 | 300/0+0/0
    void value promotional_outstanding < promotions_granted 300 | 0/0+0/0
    """
    book.do(issue(value=2_000, class_of_value=ClassOfValue.PROMOTIONAL, certificate_id=OTHER))
    book.do(Adjust(**about(1, OTHER), value=300, memo="an apology"))
    book.do(Adjust(**about(2, OTHER), value=-800, memo="miscounted"))
    book.do(Void(**about(3, OTHER)))
    book.expect(test_void_and_correction_of_given_value_lower_what_was_given_away)


def test_a_void_takes_value_back_only_from_where_it_can_have_come(book: Book) -> None:
    """
    void value certificates_outstanding < gateway_clearing 10000 | 0/0+1500/0
    void gratuity certificates_outstanding < gateway_clearing 1500 | 0/0+0/0
    """
    for account in (Account.REDEEMED, Account.TAX_PAYABLE, Account.PROMOTIONS_GRANTED, Account.PARTNER_RECEIVABLE):
        assert book.refusal(Void(**about(1), to=account)) == "certificate.account.refused"
    book.do(Void(**about(1), to=Account.GATEWAY_CLEARING))
    book.expect(test_a_void_takes_value_back_only_from_where_it_can_have_come)


@pytest.mark.parametrize("amount", [0, -1, MINOR_MAX + 1])
def test_a_settlement_has_a_size_that_an_account_can_hold(book: Book, amount: int) -> None:
    accounts: dict[str, Any] = {"debit": Account.REFUNDS, "credit": Account.GATEWAY_CLEARING}
    assert book.refusal(Settle(**about(1), **accounts, amount=amount)) == "settlement.refused"
    book.do(Settle(**about(2), **accounts, amount=MINOR_MAX))


def test_an_expiry_is_undone_once_and_whole(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+1500/0
    expire gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    reinstate value breakage < certificates_outstanding 10000 | 10000/0+0/0
    reinstate gratuity breakage_of_gratuities < certificates_outstanding 1500 | 10000/0+1500/0
    """
    book.now = EXPIRES_AT
    book.do(Expire(**about(1)))
    book.now = NOW
    assert book.refusal(Reinstate(**about(2, OTHER), expiry_id=UUID(int=1))) == "certificate.not_found"
    assert book.refusal(Reinstate(**about(2), expiry_id=UUID(int=9))) == "expiry.not_found"
    outcome = book.do(Reinstate(**about(2), expiry_id=UUID(int=1)))
    assert (outcome.value, outcome.gratuity, outcome.balance) == (10_000, 1_500, 10_000)
    assert book.refusal(Reinstate(**about(3), expiry_id=UUID(int=1))) == "expiry.already_undone"
    told = book.told()[-1]
    assert (told.kind, told.value, told.status, told.refers_to) == ("reinstate", "100.00", "active", UUID(int=1))
    assert book.ledger.events[-1].kind == "certificate.reinstated"
    book.expect(test_an_expiry_is_undone_once_and_whole)


def test_what_was_blocked_when_it_expired_is_blocked_when_it_is_reinstated(book: Book) -> None:
    book.do(Block(**about(1)))
    book.now = EXPIRES_AT
    book.do(Expire(**about(2)))
    book.now = NOW
    book.do(Reinstate(**about(3), expiry_id=UUID(int=2)))
    assert book.refusal(redeem(CARD, 1)) == "certificate.blocked"
    again = [Expire(**about(4)), Reinstate(**about(5), expiry_id=UUID(int=4))]
    book.ledger.post(again, now=EXPIRES_AT)  # in one batch
    assert book.refusal(redeem(CARD, 1)) == "certificate.blocked"


def test_given_value_that_is_reinstated_is_given_again_and_may_expire_again(book: Book) -> None:
    """
    issue value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    expire value promotional_outstanding < promotions_granted 2000 | 0/0+0/0
    reinstate value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    expire value promotional_outstanding < promotions_granted 2000 | 0/0+0/0
    """
    book.do(issue(value=2_000, class_of_value=ClassOfValue.PROMOTIONAL, certificate_id=OTHER))
    book.now = EXPIRES_AT
    book.do(Expire(**about(1, OTHER)))
    book.do(Reinstate(**about(2, OTHER), expiry_id=UUID(int=1)))
    assert book.refusal(redeem(OTHER, 1)) == "certificate.expired"
    book.do(Expire(**about(3, OTHER)))
    assert book.refusal(Reinstate(**about(4, OTHER), expiry_id=UUID(int=1))) == "expiry.already_undone"
    book.expect(test_given_value_that_is_reinstated_is_given_again_and_may_expire_again)


def test_every_row_tells_status_and_last_good_day_after_it(book: Book) -> None:
    book.do(Block(**about(1)))
    book.now = EXPIRES_AT
    book.do(Expire(**about(2)))
    book.do(Void(**about(3)))
    assert [row.status_after for row in book.ledger.journal] == [
        Status.BLOCKED,
        Status.EXPIRED,
        Status.EXPIRED,
        Status.VOID,
    ]
    assert {row.expires_at_after for row in book.ledger.journal} == {EXPIRES_AT}


def test_a_hold_and_what_ends_it_are_told_with_what_they_set_aside(book: Book) -> None:
    book.do(PlaceHold(**about(1), value=30, gratuity=4, expires_at=SOON))
    book.do(CaptureHold(**about(2), hold_id=UUID(int=1), value=20, gratuity=3))
    book.do(PlaceHold(**about(3), value=50, gratuity=6, expires_at=SOON))
    book.do(ReleaseHold(**about(4), hold_id=UUID(int=3)))
    told = [(one.value, one.gratuity) for one in book.told()]
    assert told[-4:] == [("0.30", "0.04"), ("0.20", "0.03"), ("0.50", "0.06"), ("0.50", "0.06")]


def test_only_the_first_row_of_a_certificate_tells_what_it_is(book: Book) -> None:
    opening = issue(certificate_id=OTHER, gratuity=500, discount=100, tax=7)
    book.do(replace(opening, order_number="LG-1", treatment=TaxTreatment(kind=TaxKind.SALES_TAX)))
    for number in range(6):
        book.do(redeem(OTHER, 1_000, 10, operation_id=UUID(int=200 + number)))
    book.do(Block(**about(1, OTHER)))
    told = [(row.seq, row.class_of_value, row.order_number) for row in book.ledger.journal]
    assert told[0] == (1, ClassOfValue.PAID, "LG-1")
    assert told[1:] == [(seq, None, None) for seq in range(2, len(told) + 1)]
    # The kind of tax is told by the first row, and by each row of tax.
    assert {row.leg for row in book.ledger.journal if row.tax_kind} == {"value", "added_tax"}
    assert {row.tax_kind for row in book.ledger.journal} == {TaxKind.SALES_TAX, None}
    third = UUID(int=3)
    book.do(issue(certificate_id=third))
    book.do(Reload(**about(2, third), value=1, gratuity=1, funding=Account.GATEWAY_CLEARING))
    assert [row.class_of_value for row in book.ledger.journal[-3:]] == [ClassOfValue.PAID, None, None]
    assert {row.subject_kind for row in book.ledger.journal} == {SubjectKind.CERTIFICATE}


def test_an_expiry_is_refused_while_anything_is_held_and_undone_where_it_was_booked(book: Book) -> None:
    book.do(PlaceHold(**about(1), value=0, gratuity=1, expires_at=SOON))
    book.now = EXPIRES_AT
    assert book.refusal(Expire(**about(2))) == "certificate.held"
    book.do(ReleaseHold(**about(3), hold_id=UUID(int=1)))
    book.do(Expire(**about(4)))
    assert book.refusal(Refund(**about(5), value=1)) == "certificate.expired"
    assert book.refusal(Expire(**about(5))) == "certificate.expired"
    book.now = NOW  # the clock was set back, and what is booked stands
    assert book.refusal(redeem(CARD, 1)) == "certificate.expired"
    book.do(issue(certificate_id=OTHER))
    assert book.refusal(Reinstate(**about(6, OTHER), expiry_id=UUID(int=4))) == "expiry.not_found"
    assert book.refusal(Reinstate(**about(6), expiry_id=UUID(int=3))) == "expiry.not_found"
    book.do(Reinstate(**about(6), expiry_id=UUID(int=4)))
    assert book.refusal(Reinstate(**about(7), expiry_id=UUID(int=4))) == "expiry.already_undone"


def test_only_what_stands_is_replaced_by_another(book: Book) -> None:
    book.do(Void(**about(1), reason="fraud"))
    again = Transfer(**about(2), to_certificate_id=OTHER, reissue=True)
    assert book.refusal(again) == "certificate.void"
    book.do(issue(certificate_id=OTHER))
    book.now = EXPIRES_AT
    lapsed = Transfer(**about(3, OTHER), to_certificate_id=UUID(int=3), reissue=True)
    assert book.refusal(lapsed) == "certificate.expired"
    book.do(Expire(**about(4, OTHER)))
    book.now = NOW
    assert book.refusal(lapsed) == "certificate.expired"


def test_nothing_is_moved_backwards_and_nothing_empty_is_replaced(book: Book) -> None:
    book.do(issue(certificate_id=OTHER, gratuity=5))
    for value, gratuity in ((-1, 5), (5, -1), (0, 0)):
        back = Transfer(**about(1), to_certificate_id=OTHER, value=value, gratuity=gratuity)
        assert book.refusal(back) == "amount.refused"
    book.do(Transfer(**about(1, OTHER), to_certificate_id=CARD, value=10_000))
    replaced = Transfer(**about(2, OTHER), to_certificate_id=UUID(int=3), reissue=True)
    book.do(Transfer(**about(3, OTHER), to_certificate_id=CARD, gratuity=5))
    assert book.refusal(replaced) == "certificate.empty"
    book.do(Transfer(**about(4), to_certificate_id=OTHER, gratuity=1))
    book.do(replaced)
