"""Each command's postings, written the way a bookkeeper writes them.

A test's docstring is the journal it expects: pot, debit < credit, amount, and what the pot then holds.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.ledger import (
    Account,
    Adjust,
    Block,
    CaptureHold,
    ClassOfValue,
    Expire,
    Extend,
    Kind,
    PlaceHold,
    Refund,
    ReleaseHold,
    Reload,
    Reverse,
    Transfer,
    Unblock,
    Void,
)
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import EXPIRES_AT, PARTNER, SOON, issue, redeem


@pytest.fixture
def book() -> Book:
    return Book()


def test_issue_names_who_pays_what_is_let_off_and_the_tax() -> None:
    """
    issue value gateway_clearing < certificates_outstanding 9000 | 9000/0+0/0
    issue discount discount_on_outstanding < certificates_outstanding 1000 | 10000/0+0/0
    issue gratuity gateway_clearing < certificates_outstanding 1500 | 10000/0+1500/0
    issue added_tax gateway_clearing < tax_payable 743 | 10000/0+1500/0
    """
    book = Book()
    book.do(issue(value=10_000, gratuity=1_500, discount=1_000, tax=743, certificate_id=OTHER))
    book.expect(test_issue_names_who_pays_what_is_let_off_and_the_tax)


def test_issue_on_account_is_owed_by_the_partner(book: Book) -> None:
    """
    issue value partner_receivable < certificates_outstanding 2500 | 2500/0+0/0
    """
    book.do(issue(value=2_500, funding=Account.PARTNER_RECEIVABLE, certificate_id=OTHER))
    book.expect(test_issue_on_account_is_owed_by_the_partner)


def test_redeeming_takes_from_both_pots(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem gratuity certificates_outstanding < gratuities_payable 700 | 6000/0+800/0
    """
    book.do(redeem(CARD, 4_000, 700))
    book.expect(test_redeeming_takes_from_both_pots)


def test_a_capture_takes_part_of_a_hold_and_frees_the_rest_of_both_pots(book: Book) -> None:
    """
    hold value held +5000 | 10000/5000+1500/0
    hold gratuity held +1000 | 10000/5000+1500/1000
    capture value certificates_outstanding < redeemed 3000 held -5000 | 7000/0+1500/1000
    capture gratuity certificates_outstanding < gratuities_payable 400 held -1000 | 7000/0+1100/0
    """
    book.do(PlaceHold(**about(1), value=5_000, gratuity=1_000, expires_at=SOON))
    book.do(CaptureHold(**about(2), hold_id=UUID(int=1), value=3_000, gratuity=400))
    book.expect(test_a_capture_takes_part_of_a_hold_and_frees_the_rest_of_both_pots)


def test_a_capture_of_value_only_frees_the_gratuity(book: Book) -> None:
    """
    hold value held +5000 | 10000/5000+1500/0
    hold gratuity held +1000 | 10000/5000+1500/1000
    capture value certificates_outstanding < redeemed 5000 held -5000 | 5000/0+1500/1000
    capture gratuity held -1000 | 5000/0+1500/0
    """
    book.do(PlaceHold(**about(1), value=5_000, gratuity=1_000, expires_at=SOON))
    book.do(CaptureHold(**about(2), hold_id=UUID(int=1), value=5_000))
    book.expect(test_a_capture_of_value_only_frees_the_gratuity)


def test_a_hold_ends_once_and_in_time(book: Book) -> None:
    book.do(PlaceHold(**about(1), value=5_000, expires_at=SOON))
    assert book.refusal(redeem(CARD, 5_001)) == "certificate.balance.insufficient"
    assert book.refusal(CaptureHold(**about(2), hold_id=UUID(int=1), value=5_001)) == "hold.amount.exceeded"
    assert book.refusal(CaptureHold(**about(2), hold_id=UUID(int=9), value=1)) == "hold.not_found"
    assert book.refusal(Void(**about(3), reason="fraud")) == "certificate.held"
    book.now = SOON
    assert book.refusal(CaptureHold(**about(2), hold_id=UUID(int=1), value=1)) == "hold.expired"
    book.do(ReleaseHold(**about(4), hold_id=UUID(int=1)))
    assert book.refusal(ReleaseHold(**about(5), hold_id=UUID(int=1))) == "hold.closed"
    book.do(redeem(CARD, 10_000))


def test_reversing_gives_back_what_was_taken_once(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem gratuity certificates_outstanding < gratuities_payable 700 | 6000/0+800/0
    reverse value redeemed < certificates_outstanding 4000 | 10000/0+800/0
    reverse gratuity gratuities_payable < certificates_outstanding 700 | 10000/0+1500/0
    """
    book.do(redeem(CARD, 4_000, 700, operation_id=UUID(int=1)))
    book.do(Reverse(**about(2), redemption_id=UUID(int=1)))
    assert book.refusal(Reverse(**about(3), redemption_id=UUID(int=1))) == "redemption.already_reversed"
    assert book.refusal(Reverse(**about(3), redemption_id=UUID(int=2))) == "redemption.not_found"
    book.expect(test_reversing_gives_back_what_was_taken_once)


def test_a_refund_is_owed_at_the_price_that_was_paid_with_the_tax(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem discount redeemed < discount_on_outstanding 400 | 6000/0+1500/0
    refund value certificates_outstanding < refunds 5400 | 600/0+1500/0
    refund discount certificates_outstanding < discount_on_outstanding 600 | 0/0+1500/0
    refund gratuity certificates_outstanding < refunds 1500 | 0/0+0/0
    refund added_tax tax_payable < refunds 446 | 0/0+0/0
    """
    book.do(issue(value=10_000, gratuity=1_500, discount=1_000, tax=743, certificate_id=OTHER))
    book.ledger.journal.clear()
    book.do(replace(redeem(CARD, 4_000), certificate_id=OTHER))
    assert book.refusal(Refund(**about(1, OTHER), value=6_001)) == "certificate.balance.insufficient"
    back = book.do(Refund(**about(1, OTHER), value=6_000, gratuity=1_500))
    assert (back.value, back.gratuity, back.discount, back.added_tax, back.included_tax) == (6_000, 1_500, 600, 446, 0)
    book.expect(test_a_refund_is_owed_at_the_price_that_was_paid_with_the_tax)


def test_expiry_books_breakage_after_the_last_good_day(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+1500/0
    expire gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    """
    book.now = EXPIRES_AT - timedelta(microseconds=1)
    assert book.refusal(Expire(**about(1))) == "certificate.not_expired"
    book.now = EXPIRES_AT
    assert book.refusal(redeem(CARD, 1)) == "certificate.expired"
    book.do(Expire(**about(1)))
    assert book.refusal(Expire(**about(2))) == "certificate.expired"
    book.expect(test_expiry_books_breakage_after_the_last_good_day)


def test_promotional_value_is_a_memorandum_that_ends_at_expiry(book: Book) -> None:
    """
    issue value promotions_granted < promotional_outstanding 2000 | 2000/0+0/0
    expire value promotional_outstanding < promotions_granted 2000 | 0/0+0/0
    """
    book.do(issue(value=2_000, class_of_value=ClassOfValue.PROMOTIONAL, certificate_id=OTHER))
    assert book.refusal(Refund(**about(1, OTHER), value=1)) == "certificate.promotional"
    book.now = EXPIRES_AT
    book.do(Expire(**about(2, OTHER)))
    book.expect(test_promotional_value_is_a_memorandum_that_ends_at_expiry)


def test_void_takes_a_partners_certificate_off_the_bill(book: Book) -> None:
    """
    issue value partner_receivable < certificates_outstanding 2500 | 2500/0+0/0
    void value certificates_outstanding < partner_receivable 2500 | 0/0+0/0
    void value certificates_outstanding < gateway_clearing 10000 | 0/0+1500/0
    void gratuity certificates_outstanding < gateway_clearing 1500 | 0/0+0/0
    """
    book.do(issue(value=2_500, funding=Account.PARTNER_RECEIVABLE, certificate_id=OTHER))
    book.do(Void(**about(1, OTHER)))
    book.do(Void(**about(2), reason="error"))
    assert book.refusal(Void(**about(3))) == "certificate.void"
    book.expect(test_void_takes_a_partners_certificate_off_the_bill)


def test_an_adjustment_needs_a_reason_and_never_touches_what_is_held(book: Book) -> None:
    """
    adjust value goodwill < certificates_outstanding 500 | 10500/0+1500/0
    adjust value certificates_outstanding < goodwill 500 | 10000/0+1500/0
    adjust value certificates_outstanding < goodwill 10000 | 0/0+1500/0
    """
    assert book.refusal(Adjust(**about(1), value=500)) == "adjustment.reason.missing"
    assert book.refusal(Adjust(**about(1), value=500, memo=" \t")) == "adjustment.reason.missing"
    book.do(Adjust(**about(1), value=500, memo="miscounted"))
    assert book.refusal(Adjust(**about(2), value=-10_501, memo="miscounted")) == "certificate.balance.insufficient"
    book.do(Adjust(**about(2), value=-10_500, memo="miscounted"))
    book.expect(test_an_adjustment_needs_a_reason_and_never_touches_what_is_held)


def test_a_blocked_certificate_is_not_spent_until_unblocked(book: Book) -> None:
    """
    block - | 10000/0+1500/0
    unblock - | 10000/0+1500/0
    redeem value certificates_outstanding < redeemed 1 | 9999/0+1500/0
    """
    book.do(Block(**about(1)))
    assert book.refusal(redeem(CARD, 1)) == "certificate.blocked"
    assert book.refusal(Block(**about(2))) == "certificate.blocked"
    book.do(Unblock(**about(3)))
    assert book.refusal(Unblock(**about(4))) == "certificate.not_blocked"
    book.do(redeem(CARD, 1))
    book.expect(test_a_blocked_certificate_is_not_spent_until_unblocked)


def test_a_merge_passes_through_the_clearing_account(book: Book) -> None:
    """
    issue value gateway_clearing < certificates_outstanding 100 | 100/0+0/0
    transfer value certificates_outstanding < transfers 4000 | 6000/0+1500/0
    transfer gratuity certificates_outstanding < transfers 1500 | 6000/0+0/0
    transfer value transfers < certificates_outstanding 4000 | 4100/0+0/0
    transfer gratuity transfers < certificates_outstanding 1500 | 4100/0+1500/0
    """
    book.do(issue(value=100, certificate_id=OTHER))
    book.do(Transfer(**about(1), to_certificate_id=OTHER, value=4_000, gratuity=1_500))
    book.expect(test_a_merge_passes_through_the_clearing_account)


def test_value_never_moves_between_currencies_or_classes(book: Book) -> None:
    book.do(issue(value=100, certificate_id=OTHER, currency="EUR"))
    assert book.refusal(Transfer(**about(1), to_certificate_id=OTHER, value=1)) == "certificate.transfer.mismatch"
    promotional = UUID(int=3)
    book.do(issue(value=100, certificate_id=promotional, class_of_value=ClassOfValue.PROMOTIONAL))
    assert book.refusal(Transfer(**about(1), to_certificate_id=promotional, value=1)) == "certificate.transfer.mismatch"
    assert book.refusal(Transfer(**about(1), to_certificate_id=CARD, value=1)) == "certificate.transfer.mismatch"


def test_a_lost_certificate_is_blocked_and_reissued_whole(book: Book) -> None:
    book.do(Block(**about(1)))
    book.do(Transfer(**about(2), to_certificate_id=OTHER, reissue=True))
    assert book.refusal(redeem(CARD, 1)) == "certificate.void"
    book.do(redeem(OTHER, 10_000, 1_500))


def test_an_extension_is_later_and_in_the_future(book: Book) -> None:
    assert book.refusal(Extend(**about(1), good_through=None, expires_at=EXPIRES_AT)) == "certificate.extension.refused"
    book.now = EXPIRES_AT + timedelta(days=1)
    assert book.refusal(redeem(CARD, 1)) == "certificate.expired"
    book.do(Extend(**about(2), good_through=None, expires_at=None))
    book.do(redeem(CARD, 1))


@pytest.mark.parametrize(
    "value,gratuity,code",
    [
        (0, 0, "amount.refused"),
        (-1, 5, "amount.refused"),
        (5, -1, "amount.refused"),
        (10_001, 0, "certificate.balance.insufficient"),
        (0, 1_501, "certificate.balance.insufficient"),
    ],
)
def test_a_redemption_asks_for_something_that_is_there(book: Book, value: int, gratuity: int, code: str) -> None:
    assert book.refusal(redeem(CARD, value, gratuity)) == code


def test_paid_and_promotional_money_never_mix(book: Book) -> None:
    promotional = issue(class_of_value=ClassOfValue.PROMOTIONAL, funding=Account.GATEWAY_CLEARING)
    assert book.refusal(promotional) == "certificate.funding.refused"
    assert book.refusal(issue(class_of_value=ClassOfValue.PROMOTIONAL, gratuity=1)) == "certificate.funding.refused"
    assert (
        book.refusal(Reload(**about(1), value=1, funding=Account.PROMOTIONS_GRANTED)) == "certificate.funding.refused"
    )
    assert book.refusal(issue(certificate_id=CARD)) == "certificate.exists"


def test_what_a_partner_pays_for_and_what_was_paid_at_the_till_do_not_mix(book: Book) -> None:
    reload = Reload(**about(1), value=1, funding=Account.PARTNER_RECEIVABLE, party_id=PARTNER)
    assert book.refusal(reload) == "certificate.funding.refused"
    book.do(issue(value=500, certificate_id=OTHER, operation_id=UUID(int=2), funding=Account.PARTNER_RECEIVABLE))
    assert book.refusal(Transfer(**about(3), to_certificate_id=OTHER, value=1)) == "certificate.transfer.mismatch"


@pytest.mark.parametrize("memo", ["x" * 501, "a\x00b", "half \ud83d"])
def test_a_memo_that_cannot_be_kept_is_refused_before_it_reaches_the_table(book: Book, memo: str) -> None:
    assert book.refusal(Block(**about(1) | {"memo": memo})) == "memo.refused"


@pytest.mark.parametrize("funding, party_id", [(Account.PARTNER_RECEIVABLE, None), (Account.GATEWAY_CLEARING, PARTNER)])
def test_what_is_on_account_names_the_partner_that_owes_for_it_and_nothing_else_does(
    book: Book, funding: Account, party_id: UUID | None
) -> None:
    sale = replace(issue(value=500, certificate_id=OTHER, funding=funding), party_id=party_id)
    assert book.refusal(sale) == "certificate.funding.refused"
    book.do(issue(value=500, certificate_id=OTHER, operation_id=UUID(int=2), funding=funding))
    filled = Reload(**about(3, OTHER), value=5, funding=funding, party_id=party_id)
    assert book.refusal(filled) == "certificate.funding.refused"


def test_each_row_of_a_partners_account_says_whose(book: Book) -> None:
    """Value of two partners on one certificate goes back to each of them."""
    other = UUID(int=502)
    book.do(issue(value=500, certificate_id=OTHER, operation_id=UUID(int=2), funding=Account.PARTNER_RECEIVABLE))
    book.do(
        issue(
            value=300,
            tax=21,
            certificate_id=UUID(int=9),
            operation_id=UUID(int=3),
            funding=Account.PARTNER_RECEIVABLE,
            party_id=other,
        )
    )
    book.do(Transfer(**about(4, UUID(int=9)), to_certificate_id=OTHER, value=300))
    book.do(redeem(OTHER, 100))
    book.do(Void(**about(6, OTHER)))
    rows = [(row.kind, row.party_id, row.amount) for row in book.ledger.journal if row.party_id is not None]
    assert rows == [
        (Kind.ISSUE, PARTNER, 500),
        (Kind.ISSUE, other, 300),
        (Kind.ISSUE, other, 21),
        (Kind.VOID, PARTNER, 400),
        (Kind.VOID, other, 300),
        (Kind.VOID, other, 21),
    ]
