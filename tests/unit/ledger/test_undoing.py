"""A redemption is undone where its value is by then: merged into another certificate, or under a new number.

A test's docstring is the journal it expects, as in `test_book`; of the redemption that is undone, and after it.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.ledger import (
    Account,
    Certificate,
    ClassOfValue,
    Command,
    Expire,
    HandOver,
    Redeem,
    Reload,
    Reverse,
    Status,
    Transfer,
    Void,
)
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import MERCHANT, NOW, issue, redeem

NEW, THIRD = UUID(int=3), UUID(int=4)
SPENT = UUID(int=7)


@pytest.fixture
def book() -> Book:
    """100.00 and 15.00, sold for as much, and 50.00 beside it."""
    opened = Book()
    opened.do(issue(value=5_000, certificate_id=OTHER, operation_id=UUID(int=101)))
    opened.ledger.journal.clear()
    return opened


def spend(book: Book, value: int, gratuity: int = 0, *, number: UUID = SPENT) -> None:
    book.do(redeem(CARD, value, gratuity, operation_id=number))


def undo(*onward: tuple[UUID, UUID], number: int = 50, **what: Any) -> Reverse:
    return Reverse(**about(number) | what, redemption_id=SPENT, onward=onward)


def merge(value: int, gratuity: int = 0, *, number: int = 20, to: UUID = OTHER, source: UUID = CARD) -> Transfer:
    return Transfer(**about(number, source), to_certificate_id=to, value=value, gratuity=gratuity)


def reissue(number: int = 21) -> Transfer:
    return Transfer(**about(number), to_certificate_id=NEW, reissue=True)


def stands(book: Book, certificate_id: UUID) -> Certificate:
    return book.ledger.certificates[MERCHANT, certificate_id]


def test_under_a_new_number_it_comes_back_there(book: Book) -> None:
    """
    redeem value certificates_outstanding < redeemed 4000 | 6000/0+1500/0
    redeem gratuity certificates_outstanding < gratuities_payable 500 | 6000/0+1000/0
    transfer value certificates_outstanding < transfers 6000 | 0/0+1000/0
    transfer gratuity certificates_outstanding < transfers 1000 | 0/0+0/0
    transfer value transfers < certificates_outstanding 6000 | 6000/0+0/0
    transfer gratuity transfers < certificates_outstanding 1000 | 6000/0+1000/0
    reverse value redeemed < certificates_outstanding 4000 | 4000/0+0/0
    reverse gratuity gratuities_payable < certificates_outstanding 500 | 4000/0+500/0
    transfer value certificates_outstanding < transfers 4000 | 0/0+500/0
    transfer gratuity certificates_outstanding < transfers 500 | 0/0+0/0
    transfer value transfers < certificates_outstanding 4000 | 10000/0+1000/0
    transfer gratuity transfers < certificates_outstanding 500 | 10000/0+1500/0
    """
    spend(book, 4_000, 500)
    book.do(reissue())
    assert book.refusal(undo()) == "redemption.undo.ended"
    done = book.do(undo((CARD, NEW)))
    book.expect(test_under_a_new_number_it_comes_back_there)
    assert (done.value, done.gratuity, done.balance) == (4_000, 500, 0)
    assert (stands(book, CARD).status, stands(book, NEW).status) == (Status.VOID, Status.ACTIVE)
    assert book.refusal(undo((CARD, NEW), number=51)) == "redemption.already_reversed"
    assert len({event.event_id for event in book.ledger.events}) == len(book.ledger.events)
    assert [(one.kind, one.certificate_id, one.direction) for one in book.told()][-3:] == [
        ("reverse", CARD, None),
        ("transfer", CARD, "out"),
        ("transfer", NEW, "in"),
    ]


def test_what_was_merged_whole_comes_back_where_it_was_merged_into(book: Book) -> None:
    spend(book, 4_000, 500)
    book.do(merge(6_000, 1_000))
    assert book.refusal(undo()) == "redemption.undo.moved"
    book.do(undo((CARD, OTHER)))
    assert (stands(book, OTHER).balance, stands(book, OTHER).gratuity_balance) == (15_000, 1_500)
    assert (stands(book, CARD).balance, stands(book, CARD).status) == (0, Status.ACTIVE)
    assert [(lot.lot_id, lot.face) for lot in stands(book, OTHER).lots] == [(OTHER, 5_000), (CARD, 10_000)]


def test_what_was_merged_in_part_comes_back_where_the_rest_of_it_stayed(book: Book) -> None:
    spend(book, 4_000)
    book.do(merge(5_999, 1_500))
    book.do(undo())
    assert (stands(book, CARD).balance, stands(book, OTHER).balance) == (4_001, 10_999)


def test_what_came_back_by_a_second_merge_is_undone_at_home(book: Book) -> None:
    spend(book, 4_000)
    book.do(merge(6_000, 1_500))
    book.do(merge(11_000, 1_500, number=22, source=OTHER, to=CARD))
    spend(book, 11_000, 1_500, number=UUID(int=8))
    book.do(undo())
    assert (stands(book, CARD).balance, stands(book, OTHER).balance) == (4_000, 0)


def test_within_one_batch_what_has_just_moved_is_seen(book: Book) -> None:
    spend(book, 4_000)
    commands: list[Command] = [merge(6_000, 1_500), undo()]
    moved, refused = book.ledger.post(commands, now=NOW)
    assert [getattr(one, "code", None) for one in (moved, refused)] == [None, "redemption.undo.moved"]
    back: list[Command] = [merge(6_000, 1_500, number=23, source=OTHER, to=CARD), undo(number=52)]
    done = book.ledger.post(back, now=NOW)
    # The oldest lot went first: what is back is not what was redeemed.
    assert [getattr(one, "code", None) for one in done] == [None, None]
    assert stands(book, CARD).balance == 10_000


def test_lots_that_went_to_two_certificates_come_back_on_both(book: Book) -> None:
    """Each with its own pair of rows through `transfers`, and an event for each."""
    book.do(issue(value=1, certificate_id=THIRD, operation_id=UUID(int=102)))
    book.do(Reload(**about(9), value=2_000, funding=Account.CASH))
    reload_lot = stands(book, CARD).lots[1].lot_id
    spend(book, 11_000)
    book.do(merge(0, 1_500))
    book.do(merge(1_000, number=24, to=THIRD))
    book.do(undo((CARD, OTHER), (reload_lot, THIRD)))
    assert [stands(book, one).balance for one in (CARD, OTHER, THIRD)] == [0, 15_000, 2_001]
    assert len({event.event_id for event in book.ledger.events}) == len(book.ledger.events)


def test_discount_tax_and_the_memorandum_go_along(book: Book) -> None:
    """
    redeem value promotional_outstanding < promotions_granted 300 | 700/0+0/0
    transfer value promotional_outstanding < transfers 700 | 0/0+0/0
    transfer value transfers < promotional_outstanding 700 | 700/0+0/0
    reverse value promotions_granted < promotional_outstanding 300 | 300/0+0/0
    transfer value promotional_outstanding < transfers 300 | 0/0+0/0
    transfer value transfers < promotional_outstanding 300 | 1000/0+0/0
    """
    given = UUID(int=5)
    book.do(issue(value=1_000, certificate_id=given, class_of_value=ClassOfValue.PROMOTIONAL))
    book.ledger.journal.clear()
    book.do(Redeem(**about(SPENT.int, given), value=300))
    book.do(Transfer(**about(21, given), to_certificate_id=NEW, reissue=True))
    book.do(Reverse(**about(50, given), redemption_id=SPENT, onward=((given, NEW),)))
    book.expect(test_discount_tax_and_the_memorandum_go_along)

    bought = UUID(int=6)
    book.do(replace(issue(value=1_000, discount=100, tax=54), certificate_id=bought, operation_id=UUID(int=103)))
    book.do(Redeem(**about(11, bought), value=333))
    book.do(Transfer(**about(25, bought), to_certificate_id=THIRD, reissue=True))
    book.do(Reverse(**about(53, bought), redemption_id=UUID(int=11), onward=((bought, THIRD),)))
    [lot] = stands(book, THIRD).lots
    assert (lot.face, lot.discount, lot.added_tax) == (1_000, 100, 54)


def test_a_carrier_that_has_ended_is_told_with_what_to_do_instead(book: Book) -> None:
    spend(book, 4_000)
    book.do(reissue())
    book.do(Void(**about(30, NEW), reason="fraud"))
    [refused] = book.ledger.post([undo((CARD, NEW))], now=book.now)
    assert getattr(refused, "code", None) == "redemption.undo.ended"
    assert "credit" in str(refused)


def test_one_that_was_handed_over_or_has_expired_is_not_filled(book: Book) -> None:
    spend(book, 4_000)
    book.do(merge(6_000, 1_500))
    book.do(HandOver(**about(31, OTHER)))
    assert book.refusal(undo((CARD, OTHER))) == "redemption.undo.ended"
    assert book.refusal(undo()) == "redemption.undo.moved"


def test_one_that_has_expired_is_reinstated_first(book: Book) -> None:
    soon = NOW + timedelta(hours=1)
    book.do(replace(issue(value=10, certificate_id=THIRD, operation_id=UUID(int=104)), expires_at=soon))
    spend(book, 4_000)
    book.do(merge(6_000, 1_500, to=THIRD))
    book.now = NOW + timedelta(hours=2)
    book.do(Expire(**about(32, THIRD)))
    assert book.refusal(undo((CARD, THIRD))) == "certificate.expired"


@pytest.mark.parametrize(
    "lot, to, code",
    [
        (OTHER, OTHER, "certificate.lot.not_found"),
        (CARD, UUID(int=77), "certificate.not_found"),
        (CARD, CARD, "certificate.transfer.mismatch"),
        (CARD, THIRD, "certificate.transfer.mismatch"),
    ],
)
def test_what_is_named_wrongly_is_refused(book: Book, lot: UUID, to: UUID, code: str) -> None:
    book.do(issue(value=9, certificate_id=THIRD, operation_id=UUID(int=105), class_of_value=ClassOfValue.PROMOTIONAL))
    spend(book, 4_000)
    assert book.refusal(undo((lot, to))) == code
