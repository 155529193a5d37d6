"""What a refund would owe, said before it is asked for."""

from msgspec.structs import replace

from largesse.ledger import Account, Adjust, Certificate, PlaceHold, Reload
from largesse.ledger.refund_quotes import covered_by, owed_for, paid_from, refundable_parts
from tests.builders.book import CARD, Book, about
from tests.builders.ledger import MERCHANT, SOON, issue


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
