"""What a refund would owe, said before it is asked for."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.ledger import Account, Adjust, Certificate, PlaceHold, Reload
from largesse.ledger.lots import Lot, whole
from largesse.ledger.refund_quotes import covered_by, owed_for, paid_from, paid_with, refundable_parts
from tests.builders.book import CARD, Book, about
from tests.builders.ledger import MERCHANT, NOW, SOON, issue


def a_certificate(*, held: int = 0, held_gratuity: int = 0) -> Certificate:
    """1,000 for 900 and 80 tax, then 500 and 50 gratuity that an opening balance brought, then 30 for nothing."""
    book = Book()
    del book.ledger.certificates[MERCHANT, CARD]
    book.do(replace(issue(certificate_id=CARD, value=1_000, discount=100, tax=80)))
    book.do(Reload(**about(1), value=500, gratuity=50, funding=Account.OPENING_BALANCES))
    book.do(Adjust(**about(2), value=30, gratuity=3, memo="an apology"))
    if held or held_gratuity:
        book.do(PlaceHold(**about(3), value=held, gratuity=held_gratuity, expires_at=SOON))
    return book.ledger.certificates[MERCHANT, CARD]


def test_a_refund_takes_what_is_free_and_was_paid_for() -> None:
    assert refundable_parts(a_certificate()) == (1_500, 50)
    assert refundable_parts(a_certificate(held=30, held_gratuity=3)) == (1_500, 50)
    assert refundable_parts(a_certificate(held=31, held_gratuity=4)) == (1_499, 49)


def test_it_owes_the_price_with_its_added_tax() -> None:
    certificate = a_certificate()
    assert owed_for(certificate, 0) == 0
    assert owed_for(certificate, 500) == 450 + 40
    assert owed_for(certificate, 1_000) == 980
    assert owed_for(certificate, 1_001, 7) == 981 + 7


def test_money_covers_value_first_and_gratuity_with_what_is_over() -> None:
    certificate = a_certificate()
    assert covered_by(certificate, 0) == (0, 0)
    assert covered_by(certificate, 490) == (500, 0)
    assert covered_by(certificate, 1_479) == (1_499, 0)
    assert covered_by(certificate, 1_480) == (1_500, 0)
    assert covered_by(certificate, 1_500) == (1_500, 20)
    assert covered_by(certificate, 1_530) == (1_500, 50)
    assert covered_by(certificate, 9_999) == (1_500, 50)
    assert covered_by(a_certificate(held=1_029), 9_999) == (501, 50)


def test_what_was_paid_for_what_is_left_is_told_by_who_paid() -> None:
    certificate = a_certificate()
    assert paid_from(certificate) == 980 + 550
    assert paid_from(certificate, Account.GATEWAY_CLEARING) == 980
    assert paid_from(certificate, Account.OPENING_BALANCES) == 550
    assert paid_from(certificate, Account.WRITE_OFFS) == 0


def test_of_lots_that_are_named_nothing_else_is_told() -> None:
    certificate = a_certificate(held=1_029)
    bought, brought, given = ([lot.lot_id] for lot in certificate.lots)
    assert refundable_parts(certificate, bought) == (501, 0)
    assert refundable_parts(certificate, brought) == (500, 50)
    assert refundable_parts(certificate, given) == (0, 0)
    assert (owed_for(certificate, 500, 0, bought), owed_for(certificate, 500, 50, brought)) == (490, 550)
    assert (covered_by(certificate, 980, bought), covered_by(certificate, 510, brought)) == ((501, 0), (500, 10))
    assert [paid_from(certificate, lot_ids=lots) for lots in (bought, brought, given)] == [980, 550, 0]


def a_lot(face: int, gratuity: int = 0, *, discount: int = 0, tax: int = 0) -> Lot:
    return Lot(
        lot_id=UUID(int=1),
        source=Account.GATEWAY_CLEARING,
        face=face,
        gratuity=gratuity,
        discount=discount,
        added_tax=tax,
        first_issued_at=NOW,
    )


def test_money_is_shared_over_lots_as_they_were_paid_for() -> None:
    lots = [a_lot(10_000, discount=1_000, tax=540), a_lot(5_000, 300, tax=250)]
    shares = paid_with(lots, 7_545)
    assert [(one.face, one.gratuity, one.discount, one.added_tax) for one in shares] == [
        (5_000, 0, 500, 270),
        (2_500, 150, 0, 125),
    ]
    assert paid_with(lots, 0) == tuple(replace(one, face=0, gratuity=0, discount=0, added_tax=0) for one in shares)
    assert paid_with(lots, 9_540 + 5_550) == tuple(map(whole, lots))
    assert paid_with([], 5) == ()


def test_of_value_that_was_nearly_free_as_little_goes_as_was_sold_for_the_money() -> None:
    assert [one.face for one in paid_with([a_lot(10_000, discount=9_900)], 50)] == [4_951]


def test_a_unit_that_buys_nothing_of_one_lot_is_asked_of_the_next() -> None:
    lots = [a_lot(2, tax=2), a_lot(2, tax=2), a_lot(3)]
    assert [one.paid for one in paid_with(lots, 3)] == [0, 2, 1]


@given(
    sold=st.lists(
        st.tuples(st.integers(1, 3_000), st.integers(0, 500), st.integers(0, 100), st.integers(0, 30)), max_size=5
    ),
    parts=st.integers(0, 1_000),
)
def test_whatever_was_sold_for_whatever_money_is_shared_to_the_last_unit(
    sold: list[tuple[int, int, int, int]], parts: int
) -> None:
    lots = [
        a_lot(face, gratuity, discount=face * off // 100, tax=(face - face * off // 100) * rate // 100)
        for face, gratuity, off, rate in sold
    ]
    money = sum(whole(lot).paid for lot in lots) * parts // 1_000
    shares = paid_with(lots, money)
    taxed = any(lot.added_tax for lot in lots)
    assert 0 <= money - sum(one.paid for one in shares) <= taxed
    for lot, share in zip(lots, shares, strict=True):
        assert 0 <= share.face <= lot.face
        assert 0 <= share.gratuity <= lot.gratuity
