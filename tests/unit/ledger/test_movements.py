"""Movements by themselves: what a share moves at face and at price, and what pots hold beside it."""

from uuid import UUID

from largesse.ledger.accounts import Account, Leg
from largesse.ledger.lots import Share
from largesse.ledger.movements import Movement, at_face, at_price, set_aside, swapped, with_holds

LOT = UUID(int=5)
SHARE = Share(lot_id=LOT, face=1_000, gratuity=20, discount=100, included_tax=144, added_tax=7)
OUTSTANDING, DISCOUNT, TAX = (
    Account.CERTIFICATES_OUTSTANDING,
    Account.DISCOUNT_ON_OUTSTANDING,
    Account.TAX_ON_OUTSTANDING,
)


def test_at_face_the_contra_accounts_lower_where_it_goes() -> None:
    to, tips = Account.REDEEMED, Account.GRATUITIES_PAYABLE
    assert at_face(SHARE, to=to, tips_to=tips) == [
        Movement(Leg.VALUE, OUTSTANDING, to, 1_000, 0, LOT, -7),
        Movement(Leg.DISCOUNT, to, DISCOUNT, 100, 0, LOT, 0),
        Movement(Leg.GRATUITY, OUTSTANDING, tips, 20, 0, LOT, 0),
        Movement(Leg.INCLUDED_TAX, to, TAX, 144, 0, LOT, 0),
    ]


def test_at_price_what_was_paid_goes_back_and_the_tax_with_it() -> None:
    to = Account.REFUNDS
    assert at_price(SHARE, to=to) == [
        Movement(Leg.VALUE, OUTSTANDING, to, 900, 0, LOT, 0),
        Movement(Leg.DISCOUNT, OUTSTANDING, DISCOUNT, 100, 0, LOT, 0),
        Movement(Leg.GRATUITY, OUTSTANDING, to, 20, 0, LOT, 0),
        Movement(Leg.ADDED_TAX, Account.TAX_PAYABLE, to, 7, 0, LOT, -7, taxable=900),
        Movement(Leg.INCLUDED_TAX, Account.TAX_PAYABLE, TAX, 144, 0, LOT, 0, taxable=900),
    ]
    paid = [one.amount for one in at_price(SHARE, to=to) if one.credit is to]
    assert sum(paid) == SHARE.paid == 927
    assert SHARE.price == 900


def test_swapped_twice_is_as_it_was() -> None:
    movements = at_price(SHARE, to=Account.REFUNDS)
    undone = swapped(movements)
    assert undone[0] == Movement(Leg.VALUE, Account.REFUNDS, OUTSTANDING, 900, 0, LOT, 0)
    assert undone[3] == Movement(Leg.ADDED_TAX, Account.REFUNDS, Account.TAX_PAYABLE, 7, 0, LOT, 7, taxable=900)
    assert swapped(undone) == movements


def test_what_moves_nothing_says_so() -> None:
    assert Movement() == Movement(None, None, None, 0, 0, None, 0)
    assert set_aside(Leg.GRATUITY, -3) == Movement(Leg.GRATUITY, None, None, 0, -3, None, 0)


def test_a_hold_ends_in_the_first_row_of_each_pot_whatever_lot_it_is_of() -> None:
    other = UUID(int=6)
    rows = [
        Movement(Leg.VALUE, OUTSTANDING, Account.REDEEMED, 5, lot_id=LOT),
        Movement(Leg.DISCOUNT, Account.REDEEMED, DISCOUNT, 1, lot_id=LOT),
        Movement(Leg.VALUE, OUTSTANDING, Account.REDEEMED, 6, lot_id=other),
        Movement(Leg.GRATUITY, OUTSTANDING, Account.GRATUITIES_PAYABLE, 2, lot_id=other),
    ]
    held = with_holds(rows, value=-20, gratuity=-4)
    assert [one.held_change for one in held] == [-20, 0, 0, -4]
    assert [one._replace(held_change=0) for one in held] == rows


def test_a_hold_of_a_pot_that_nothing_is_taken_of_ends_in_a_row_of_its_own() -> None:
    rows = [
        Movement(Leg.VALUE, OUTSTANDING, Account.REDEEMED, 0, lot_id=LOT),
        Movement(Leg.GRATUITY, OUTSTANDING, Account.GRATUITIES_PAYABLE, 2, lot_id=LOT),
    ]
    held = with_holds(rows, value=-20, gratuity=-4)
    assert held == [rows[0], rows[1]._replace(held_change=-4), set_aside(Leg.VALUE, -20)]
    assert with_holds(rows, value=0, gratuity=0) == rows
    assert with_holds([], value=-1, gratuity=-2) == [set_aside(Leg.VALUE, -1), set_aside(Leg.GRATUITY, -2)]
