"""A bookkeeper's cases of lots: discounts and taxes stand beside what is outstanding, and go with it, to the cent.

A test's docstring is the journal it expects, as in `test_book`.
"""

from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.ids import derived_id
from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import TaxKind, TaxTreatment, included_in
from largesse.ledger import (
    Account,
    Adjust,
    Certificate,
    Expire,
    Outcome,
    Refund,
    Reinstate,
    Reload,
    Reverse,
    Transfer,
    Void,
)
from largesse.ledger.lots import Lot, Share, blank, share_of, take, whole
from largesse.ledger.refund_quotes import covered_by, owed_for, refundable_parts
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import EXPIRES_AT, MERCHANT, NOW, issue, redeem

NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
SEVEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.07"))


@pytest.fixture
def book() -> Book:
    return Book()


def sold(
    book: Book,
    *,
    certificate_id: UUID = OTHER,
    value: int,
    discount: int = 0,
    included: int = 0,
    treatment: TaxTreatment = NINETEEN,
) -> None:
    """A certificate that includes tax; what the journal had before it is left out."""
    command = issue(certificate_id=certificate_id, value=value, discount=discount)
    book.do(replace(command, included_tax=included, treatment=treatment))
    book.ledger.journal.clear()


def of(book: Book, certificate_id: UUID) -> Certificate:
    return book.ledger.certificates[MERCHANT, certificate_id]


def spend(book: Book, certificate_id: UUID, value: int, number: int) -> None:
    book.do(redeem(certificate_id, value, operation_id=UUID(int=number)))


def test_sold_100_for_90_and_expired_is_breakage_of_90(book: Book) -> None:
    """
    expire value certificates_outstanding < breakage 10000 | 0/0+0/0
    expire discount breakage < discount_on_outstanding 1000 | 0/0+0/0
    """
    sold(book, value=10_000, discount=1_000, treatment=TaxTreatment())
    book.now = EXPIRES_AT
    book.do(Expire(**about(1, OTHER)))
    book.expect(test_sold_100_for_90_and_expired_is_breakage_of_90)


def test_half_redeemed_then_refunded_is_45_and_45(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 5000 | 5000/0+0/0
    redeem discount redeemed < discount_on_outstanding 500 | 5000/0+0/0
    refund value certificates_outstanding < refunds 4500 | 500/0+0/0
    refund discount certificates_outstanding < discount_on_outstanding 500 | 0/0+0/0
    """
    sold(book, value=10_000, discount=1_000, treatment=TaxTreatment())
    spend(book, OTHER, 5_000, 1)
    book.do(Refund(**about(2, OTHER), value=5_000))
    book.expect(test_half_redeemed_then_refunded_is_45_and_45)


def test_included_tax_of_three_times_33_33_and_a_cent_ends_at_zero(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 3333 | 6667/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 532 | 6667/0+0/0
    redeem value certificates_outstanding < redeemed 3333 | 3334/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 532 | 3334/0+0/0
    redeem value certificates_outstanding < redeemed 3333 | 1/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 533 | 1/0+0/0
    redeem value certificates_outstanding < redeemed 1 | 0/0+0/0
    """
    sold(book, value=10_000, included=included_in(10_000, NINETEEN.rate))
    for number, value in enumerate((3_333, 3_333, 3_333, 1)):
        spend(book, OTHER, value, number + 1)
    book.expect(test_included_tax_of_three_times_33_33_and_a_cent_ends_at_zero)


def test_single_purpose_tax_goes_back_with_the_money(book: Book) -> None:
    """
    refund value certificates_outstanding < refunds 5000 | 5000/0+0/0
    refund included_tax tax_payable < tax_on_outstanding 799 | 5000/0+0/0
    """
    sold(book, value=10_000, included=1_597)
    back = book.do(Refund(**about(1, OTHER), value=5_000))
    assert (back.value, back.included_tax, back.added_tax) == (5_000, 799, 0)
    book.expect(test_single_purpose_tax_goes_back_with_the_money)


def test_a_redemption_undone_puts_everything_back_on_its_lot(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 3333 | 6667/0+0/0
    redeem discount redeemed < discount_on_outstanding 333 | 6667/0+0/0
    redeem included_tax redeemed < tax_on_outstanding 479 | 6667/0+0/0
    reverse value redeemed < certificates_outstanding 3333 | 10000/0+0/0
    reverse discount discount_on_outstanding < redeemed 333 | 10000/0+0/0
    reverse included_tax tax_on_outstanding < redeemed 479 | 10000/0+0/0
    """
    sold(book, value=10_000, discount=1_000, included=1_437)
    before = of(book, OTHER).lots
    spend(book, OTHER, 3_333, 1)
    book.do(Reverse(**about(2, OTHER), redemption_id=UUID(int=1)))
    assert of(book, OTHER).lots == before
    book.expect(test_a_redemption_undone_puts_everything_back_on_its_lot)


def test_single_purpose_of_two_rates_never_meets_and_within_one_rate_the_oldest_goes_first(book: Book) -> None:
    third = UUID(int=3)
    sold(book, value=1_000, included=160)
    sold(book, certificate_id=third, value=1_000, included=65, treatment=SEVEN)
    merge = Transfer(**about(1, third), to_certificate_id=OTHER, value=1_000)
    assert book.refusal(merge) == "certificate.transfer.mismatch"
    fourth = UUID(int=4)
    sold(book, certificate_id=fourth, value=500, included=80)
    book.do(Transfer(**about(2, fourth), to_certificate_id=OTHER, value=500))
    assert [(lot.lot_id, lot.face, lot.included_tax) for lot in of(book, OTHER).lots] == [
        (OTHER, 1_000, 160),
        (fourth, 500, 80),
    ]
    spend(book, OTHER, 1_200, 3)
    assert [(lot.face, lot.included_tax) for lot in of(book, OTHER).lots] == [(0, 0), (300, 48)]


def test_a_merged_lot_is_refunded_alone_and_at_its_own_price(book: Book) -> None:
    """
    refund value certificates_outstanding < refunds 450 | 10050/0+1500/0
    refund discount certificates_outstanding < discount_on_outstanding 50 | 10000/0+1500/0
    """
    sold(book, value=500, discount=50, treatment=TaxTreatment())
    book.do(Transfer(**about(1, OTHER), to_certificate_id=CARD, value=500))
    book.ledger.journal.clear()
    assert book.refusal(Refund(**about(2), value=501, lot_ids=(OTHER,))) == "certificate.refund.exceeded"
    assert book.refusal(Refund(**about(2), value=1, lot_ids=(UUID(int=99),))) == "certificate.lot.not_found"
    book.do(Refund(**about(2), value=500, lot_ids=(OTHER,)))
    book.expect(test_a_merged_lot_is_refunded_alone_and_at_its_own_price)


def test_lots_whose_money_is_gone_are_taken_back_against_the_clearing_account(book: Book) -> None:
    """
    refund value certificates_outstanding < gateway_clearing 270 | 10230/0+1500/0
    refund discount certificates_outstanding < discount_on_outstanding 30 | 10200/0+1500/0
    refund added_tax tax_payable < gateway_clearing 24 | 10200/0+1500/0
    refund value certificates_outstanding < gateway_clearing 100 | 10100/0+1500/0
    """
    third = UUID(int=3)
    book.do(issue(certificate_id=OTHER, value=500, discount=50, tax=40))
    book.do(issue(certificate_id=third, value=200))
    book.do(Transfer(**about(1, OTHER), to_certificate_id=CARD, value=300))
    book.do(Transfer(**about(2, third), to_certificate_id=CARD, value=200))
    book.ledger.journal.clear()
    taken = Refund(**about(3), value=400, lot_ids=(OTHER, third), to=Account.GATEWAY_CLEARING)
    assert book.refusal(replace(taken, to=Account.REDEEMED)) == "certificate.account.refused"
    book.do(taken)
    book.expect(test_lots_whose_money_is_gone_are_taken_back_against_the_clearing_account)
    assert [lot.face for lot in of(book, CARD).lots] == [10_000, 0, 100]
    owing = issue(certificate_id=UUID(int=4), operation_id=UUID(int=44), funding=Account.PARTNER_RECEIVABLE)
    book.do(owing)
    of_partner = replace(taken, certificate_id=UUID(int=4), operation_id=UUID(int=5), lot_ids=())
    assert book.refusal(of_partner) == "certificate.account.refused"


def test_a_void_takes_a_partners_discount_off_and_owes_no_more_than_was_paid(book: Book) -> None:
    """
    void value certificates_outstanding < partner_receivable 900 | 100/0+0/0
    void discount certificates_outstanding < discount_on_outstanding 100 | 0/0+0/0
    """
    book.do(issue(certificate_id=OTHER, value=1_000, discount=100, funding=Account.PARTNER_RECEIVABLE))
    book.ledger.journal.clear()
    book.do(Void(**about(1, OTHER)))
    book.expect(test_a_void_takes_a_partners_discount_off_and_owes_no_more_than_was_paid)


def test_a_void_that_pays_nobody_is_breakage_of_what_was_paid(book: Book) -> None:
    """
    void value certificates_outstanding < breakage 1000 | 0/0+0/0
    void discount breakage < discount_on_outstanding 100 | 0/0+0/0
    void included_tax breakage < tax_on_outstanding 144 | 0/0+0/0
    """
    sold(book, value=1_000, discount=100, included=144)
    book.do(Void(**about(1, OTHER), reason="fraud"))
    book.expect(test_a_void_that_pays_nobody_is_breakage_of_what_was_paid)


def test_a_correction_moves_each_pot_its_own_way(book: Book) -> None:
    """
    adjust gratuity certificates_outstanding < goodwill 3 | 10000/0+1497/0
    adjust value goodwill < certificates_outstanding 5 | 10005/0+1497/0
    adjust gratuity goodwill < certificates_outstanding 4 | 10005/0+1501/0
    adjust gratuity certificates_outstanding < goodwill 4 | 10005/0+1497/0
    adjust value certificates_outstanding < goodwill 5 | 10000/0+1497/0
    adjust value certificates_outstanding < goodwill 7 | 9993/0+1497/0
    adjust gratuity goodwill < certificates_outstanding 8 | 9993/0+1505/0
    """
    book.do(Adjust(**about(1), value=5, gratuity=-3, memo="counted"))
    book.do(Adjust(**about(2), value=0, gratuity=4, memo="counted"))
    first, second, third = of(book, CARD).lots
    assert [(lot.face, lot.gratuity) for lot in (first, second, third)] == [(10_000, 1_497), (5, 0), (0, 4)]
    book.do(Adjust(**about(3), value=0, gratuity=-4, memo="counted"))
    assert of(book, CARD).lots[2].is_empty
    book.do(Adjust(**about(5), value=-5, memo="counted"))
    assert len(of(book, CARD).lots) == 3  # what is only lowered opens none
    book.do(Adjust(**about(6), value=-7, gratuity=8, memo="counted"))
    assert [(lot.face, lot.gratuity) for lot in of(book, CARD).lots] == [(9_993, 1_497), (0, 0), (0, 0), (0, 8)]
    told = [(one.value, one.gratuity) for one in book.told()][-5:]
    assert told == [("0.05", "-0.03"), ("0.00", "0.04"), ("0.00", "-0.04"), ("-0.05", "0.00"), ("-0.07", "0.08")]
    assert book.refusal(Adjust(**about(4), value=0, gratuity=0, memo="counted")) == "amount.refused"
    book.expect(test_a_correction_moves_each_pot_its_own_way)


def test_a_redemption_of_the_same_batch_is_undone(book: Book) -> None:
    undo = Reverse(**about(2), redemption_id=UUID(int=11))
    outcomes = book.ledger.post([redeem(CARD, 30, 4, operation_id=UUID(int=11)), undo], now=NOW)
    assert [isinstance(one, Outcome) and (one.value, one.gratuity) for one in outcomes] == [(30, 4), (30, 4)]
    assert (of(book, CARD).balance, of(book, CARD).gratuity_balance) == (10_000, 1_500)


def test_what_a_correction_added_is_nobodys_to_have_back(book: Book) -> None:
    book.do(Adjust(**about(1), value=300, memo="an apology"))
    assert refundable_parts(of(book, CARD)) == (10_000, 1_500)
    assert book.refusal(Refund(**about(2), value=10_300)) == "certificate.refund.exceeded"
    book.do(Refund(**about(3), value=10_000, gratuity=1_500))
    assert of(book, CARD).balance == 300


def test_an_expiry_undone_puts_everything_back(book: Book) -> None:
    command = issue(certificate_id=OTHER, value=10_000, discount=1_000, tax=99)
    book.do(replace(command, included_tax=1_437, treatment=NINETEEN))
    before = of(book, OTHER).lots
    spend(book, OTHER, 5_000, 9)
    assert of(book, OTHER).lots[0].added_tax == 49
    book.do(Reverse(**about(8, OTHER), redemption_id=UUID(int=9)))
    book.now = EXPIRES_AT
    book.do(Expire(**about(1, OTHER)))
    assert all(lot.is_empty for lot in of(book, OTHER).lots)
    book.do(Reinstate(**about(2, OTHER), expiry_id=UUID(int=1)))
    assert of(book, OTHER).lots == before


def test_tax_is_included_only_where_it_is_due_at_sale_and_in_what_was_paid(book: Book) -> None:
    plain = issue(certificate_id=OTHER, value=1_000, discount=100)
    assert book.refusal(replace(plain, included_tax=1)) == "certificate.tax.refused"
    assert book.refusal(replace(plain, included_tax=901, treatment=NINETEEN)) == "amount.refused"
    assert book.refusal(replace(plain, included_tax=-1, treatment=NINETEEN)) == "amount.refused"
    book.do(replace(plain, included_tax=900, treatment=NINETEEN))
    reload = Reload(**about(1, OTHER), value=100, funding=Account.GATEWAY_CLEARING, treatment=SEVEN)
    assert book.refusal(reload) == "certificate.tax.refused"
    book.do(replace(reload, treatment=None, included_tax=16))


@pytest.mark.parametrize(
    "amounts",
    [
        {"value": 0},
        {"value": MINOR_MAX + 1},
        {"gratuity": -1},
        {"gratuity": MINOR_MAX + 1},
        {"discount": -1},
        {"discount": 10_001},
        {"added_tax": -1},
        {"added_tax": MINOR_MAX + 1},
    ],
)
def test_a_filling_names_amounts_that_can_be(book: Book, amounts: dict[str, int]) -> None:
    assert book.refusal(replace(issue(certificate_id=OTHER), **amounts)) == "amount.refused"


def test_a_filling_may_be_as_large_as_amounts_are_and_let_off_whole(book: Book) -> None:
    book.do(replace(issue(certificate_id=OTHER, value=MINOR_MAX, gratuity=MINOR_MAX), added_tax=MINOR_MAX))
    book.do(issue(certificate_id=UUID(int=3), value=1, discount=1))


@pytest.mark.parametrize("kind", [one for one in TaxKind if one is not TaxKind.NONE])
def test_value_of_one_kind_of_tax_never_meets_another(book: Book, kind: TaxKind) -> None:
    """Also where the country and rate that both name are the same."""
    reload = Reload(**about(1), value=100, funding=Account.GATEWAY_CLEARING, treatment=TaxTreatment(kind=kind))
    assert book.refusal(reload) == "certificate.tax.refused"


def test_a_certificate_keeps_a_bounded_number_of_lots(book: Book) -> None:
    for number in range(199):
        book.do(Reload(**about(1_000 + number), value=1, funding=Account.GATEWAY_CLEARING))
    once_more = Reload(**about(1), value=1, funding=Account.GATEWAY_CLEARING)
    assert book.refusal(once_more) == "certificate.lots.exceeded"
    assert book.refusal(Adjust(**about(2), value=1, memo="counted")) == "certificate.lots.exceeded"


def test_gratuity_alone_is_left_and_expires(book: Book) -> None:
    """
    expire gratuity certificates_outstanding < breakage_of_gratuities 1500 | 0/0+0/0
    """
    spend(book, CARD, 10_000, 1)
    [lot] = of(book, CARD).lots
    assert not lot.is_empty
    book.ledger.journal.clear()
    book.now = EXPIRES_AT
    book.do(Expire(**about(2)))
    [lot] = of(book, CARD).lots
    assert lot.is_empty
    book.expect(test_gratuity_alone_is_left_and_expires)


def test_what_a_lot_or_a_share_does_not_say_is_nothing() -> None:
    share = Share(lot_id=CARD)
    lot = Lot(lot_id=CARD, source=Account.PROMOTIONS_GRANTED, first_issued_at=NOW)
    for one in (share, lot):
        assert (one.face, one.gratuity, one.discount, one.included_tax, one.added_tax) == (0, 0, 0, 0, 0)
    assert set(msgspec.to_builtins(blank(lot))) == {"lot_id", "source", "first_issued_at"}


def test_a_redemption_is_not_undone_beyond_what_a_certificate_can_hold(book: Book) -> None:
    """It was filled to the brim meanwhile."""
    spend(book, CARD, 2, 1)
    undo = Reverse(**about(3), redemption_id=UUID(int=1))
    book.do(Reload(**about(2), value=MINOR_MAX - 9_999, funding=Account.GATEWAY_CLEARING))
    assert book.refusal(undo) == "amount.refused"
    spend(book, CARD, 1, 4)
    assert book.do(undo).balance == MINOR_MAX


def test_the_largest_lot_gives_exact_shares() -> None:
    largest = Lot(
        lot_id=CARD,
        source=Account.GATEWAY_CLEARING,
        face=MINOR_MAX,
        gratuity=MINOR_MAX,
        discount=MINOR_MAX - 1,
        included_tax=1,
        added_tax=MINOR_MAX,
        first_issued_at=NOW,
    )
    one = share_of(largest, 1)
    assert (one.gratuity, one.discount, one.included_tax, one.added_tax, one.price) == (0, 1, 0, 1, 0)
    less = share_of(largest, MINOR_MAX - 1, MINOR_MAX)
    assert (less.discount, less.included_tax, less.added_tax) == (MINOR_MAX - 2, 1, MINOR_MAX - 1)
    all_of_it = whole(largest)
    assert (all_of_it.price, all_of_it.paid) == (1, 2 * MINOR_MAX + 1)


def test_a_lot_goes_by_its_certificate_the_operation_that_opened_it_and_how_many_there_were(book: Book) -> None:
    book.do(Reload(**about(1), value=1, funding=Account.GATEWAY_CLEARING))
    book.do(Adjust(**about(2), value=1, memo="counted"))
    assert [lot.lot_id for lot in of(book, CARD).lots] == [
        CARD,
        derived_id("lot", CARD, UUID(int=1), "1"),
        derived_id("lot", CARD, UUID(int=2), "2"),
    ]


def test_only_what_is_taken_from_has_a_share_and_moves(book: Book) -> None:
    """Used up lots before it and full ones after it stay where they are."""
    for number, value in enumerate((1_000, 500)):
        book.do(Reload(**about(1 + number), value=value, gratuity=7, funding=Account.GATEWAY_CLEARING))
    spend(book, CARD, 10_000, 3)
    first, second, third = of(book, CARD).lots
    assert take((first, second, third), 0, 0) == ()
    assert [share.lot_id for share in take((first, second, third), 1_000, 0)] == [second.lot_id]
    assert [(share.lot_id, share.face, share.gratuity) for share in take((first, second, third), 1_001, 1_501)] == [
        (first.lot_id, 0, 1_500),
        (second.lot_id, 1_000, 1),
        (third.lot_id, 1, 0),
    ]
    sold(book, value=5, treatment=TaxTreatment())
    book.do(Transfer(**about(4), to_certificate_id=OTHER, value=1_000))
    assert [lot.lot_id for lot in of(book, OTHER).lots] == [OTHER, second.lot_id]


lots = st.builds(
    lambda face, gratuity, discount, included, added: Lot(
        lot_id=UUID(int=face),
        source=Account.GATEWAY_CLEARING,
        face=face,
        gratuity=gratuity,
        discount=min(discount, face),
        included_tax=min(included, face - min(discount, face)),
        added_tax=added if face else 0,  # none is left where no face is
        first_issued_at=NOW,
    ),
    *(st.integers(0, 10**6) for _ in range(5)),
)


@given(st.lists(lots, max_size=5), st.integers(0, 10**7), st.integers(0, 10**7))
def test_shares_add_up_to_what_is_taken_and_never_beyond_a_lot(held: list[Lot], face: int, gratuity: int) -> None:
    face, gratuity = min(face, sum(lot.face for lot in held)), min(gratuity, sum(lot.gratuity for lot in held))
    shares = take(held, face, gratuity)
    assert (sum(share.face for share in shares), sum(share.gratuity for share in shares)) == (face, gratuity)
    for share in shares:
        assert 0 <= share.discount <= share.face


@given(lots, st.lists(st.integers(1, 10**6), max_size=8))
def test_a_lot_taken_in_parts_gives_all_that_belongs_to_it(lot: Lot, parts: list[int]) -> None:
    taken: list[Share] = []
    left = lot
    for part in [*parts, lot.face]:
        share = share_of(left, min(part, left.face))
        taken.append(share)
        left = replace(
            left,
            face=left.face - share.face,
            discount=left.discount - share.discount,
            included_tax=left.included_tax - share.included_tax,
            added_tax=left.added_tax - share.added_tax,
        )
    assert (left.face, left.discount, left.included_tax, left.added_tax) == (0, 0, 0, 0)
    assert all(min(share.face, share.discount, share.included_tax, share.added_tax) >= 0 for share in taken)


@given(st.lists(lots, min_size=1, max_size=3, unique_by=lambda lot: lot.lot_id), st.integers(0, 3 * 10**6))
def test_money_covers_the_most_that_it_pays_back(held: list[Lot], money: int) -> None:
    book = Book()
    certificate = replace(
        of(book, CARD),
        lots=tuple(held),
        balance=sum(lot.face for lot in held),
        gratuity_balance=sum(lot.gratuity for lot in held),
    )
    value, gratuity = covered_by(certificate, money)
    assert owed_for(certificate, value, gratuity) <= max(money, owed_for(certificate, 0))
    if value < certificate.balance:
        assert owed_for(certificate, value + 1) > money
