"""What moves when a certificate is filled or emptied: debits and credits, lot by lot. Pure, as `book` is.

Two ways empty a lot. *At face*, its discount and included tax lower the account that the face goes to: the value was
used, or nobody gets it back. *At price*, what was paid is given back to where it came from, and the tax with it. What
fills a certificate, or undoes one of these, is the same with its sides swapped.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from largesse.ledger.accounts import Account, ClassOfValue, Leg, outstanding_account
from largesse.ledger.lots import Share
from largesse.ledger.tax_lines import TaxLine

_DISCOUNT = Account.DISCOUNT_ON_OUTSTANDING
_TAX = Account.TAX_ON_OUTSTANDING
_AT_FACE = frozenset({Account.DISPUTED, Account.OPENING_BALANCES})


class Movement(NamedTuple):
    """Debit one account and credit another by `amount` for `leg` of a lot, and change what a pot holds.

    `added_tax_change` is what the lot's added tax changes by: where value is used, no account moves for it. `tax` is
    what a movement of tax is computed from; of a lot's own tax, `taxable` is the price that it belongs to, and the rest
    is known of the lot. A movement of nothing that changes no hold leaves no row, but tax that falls due at a rate of
    zero does: what is sold untaxed is told to the state, too. It stands in the books of `legal_entity_id`, else of its
    lot's, else of where it happens.
    """

    leg: Leg | None = None
    debit: Account | None = None
    credit: Account | None = None
    amount: int = 0
    held_change: int = 0
    lot_id: UUID | None = None
    added_tax_change: int = 0
    tax: TaxLine | None = None
    taxable: int | None = None
    legal_entity_id: UUID | None = None

    @property
    def is_told(self) -> bool:
        """Return whether it leaves a row."""
        return bool(self.amount or self.held_change or self.tax is not None)


def at_face(
    share: Share,
    *,
    to: Account,
    tips_to: Account | None = None,
    lowered: Account | None = None,
    of: ClassOfValue = ClassOfValue.PAID,
) -> list[Movement]:
    """Return what takes a share off a certificate; its contra accounts lower `to`, or the account that is named.

    `of` is the certificate's class of value; `tips_to` where its gratuity goes, if elsewhere.
    """
    lot, outstanding = share.lot_id, outstanding_account(of)
    lowered = lowered or to
    return [
        Movement(Leg.VALUE, outstanding, to, share.face, lot_id=lot, added_tax_change=-share.added_tax),
        Movement(Leg.DISCOUNT, lowered, _DISCOUNT, share.discount, lot_id=lot),
        Movement(Leg.GRATUITY, outstanding, tips_to or to, share.gratuity, lot_id=lot),
        Movement(Leg.INCLUDED_TAX, lowered, _TAX, share.included_tax, lot_id=lot),
    ]


def at_price(
    share: Share,
    *,
    to: Account,
    tax_account: Account = Account.TAX_PAYABLE,
    of: ClassOfValue = ClassOfValue.PAID,
) -> list[Movement]:
    """Return what gives back to `to` what was paid for a share: price, gratuity and added tax.

    Tax comes back from the account that it stands on. Where that is `to` itself, no row says so: the merchant's own
    till took the tax, and gives it back. What a bank takes, or an import brings, moves at face, and its discount the
    other way: so all that it changes the liability by is told by the account, also in sums that know no legs.
    """
    lot, outstanding = share.lot_id, outstanding_account(of)
    beside = share.added_tax if to is tax_account else 0
    face, lowered = (share.face, to) if to in _AT_FACE else (share.price, outstanding)
    return [
        Movement(Leg.VALUE, outstanding, to, face, lot_id=lot, added_tax_change=-beside),
        Movement(Leg.DISCOUNT, lowered, _DISCOUNT, share.discount, lot_id=lot),
        Movement(Leg.GRATUITY, outstanding, to, share.gratuity, lot_id=lot),
        Movement(
            Leg.ADDED_TAX,
            tax_account,
            to,
            share.added_tax - beside,
            lot_id=lot,
            added_tax_change=beside - share.added_tax,
            taxable=share.price,
        ),
        Movement(Leg.INCLUDED_TAX, tax_account, _TAX, share.included_tax, lot_id=lot, taxable=share.price),
    ]


def paid_out(share: Share, *, to: Account, tax_account: Account) -> list[Movement]:
    """Return what pays the face of a share to `to`: the merchant bears the discount, and gets the included tax back."""
    lot, outstanding = share.lot_id, Account.CERTIFICATES_OUTSTANDING
    return [
        Movement(Leg.VALUE, outstanding, to, share.face, lot_id=lot, added_tax_change=-share.added_tax),
        Movement(Leg.DISCOUNT, Account.DISCOUNTS_BORNE, _DISCOUNT, share.discount, lot_id=lot),
        Movement(Leg.GRATUITY, outstanding, to, share.gratuity, lot_id=lot),
        Movement(Leg.INCLUDED_TAX, tax_account, _TAX, share.included_tax, lot_id=lot, taxable=share.price),
    ]


def across(share: Share) -> list[Movement]:
    """Return what takes a share off a certificate that is used in another legal entity, which is owed its face.

    The entity whose books it stands in keeps its discount and included tax.
    """
    between = Account.BETWEEN_ENTITIES
    return at_face(share, to=between, lowered=Account.DISCOUNTS_BORNE)


def converted(share: Share) -> list[Movement]:
    """Return what turns given value that was booked as a liability into the memorandum: the expense is taken back."""
    granted = at_face(share, to=Account.PROMOTIONS_GRANTED, of=ClassOfValue.PROMOTIONAL)
    return swapped(granted) + at_face(share, to=Account.PROMOTIONS)


def swapped(movements: Iterable[Movement]) -> list[Movement]:
    """Return the movements that undo some others."""
    # Made anew: `_replace` takes three times as long, and every filling passes here.
    return [
        Movement(leg, credit, debit, amount, held_change, lot_id, -added_tax_change, tax, taxable, entity_id)
        for leg, debit, credit, amount, held_change, lot_id, added_tax_change, tax, taxable, entity_id in movements
    ]


def set_aside(pot: Leg, change: int) -> Movement:
    """Return the movement that changes only what a pot holds."""
    return Movement(pot, held_change=change)


def with_holds(movements: list[Movement], *, value: int, gratuity: int) -> list[Movement]:
    """Return movements that also change what the pots hold: in their first row of each pot, else in one of its own."""
    changes = {Leg.VALUE: value, Leg.GRATUITY: gratuity}
    result = list[Movement]()
    for one in movements:
        change = changes.pop(one.leg, 0) if one.leg is not None and one.amount else 0
        result.append(one._replace(held_change=change))
    return result + [set_aside(pot, change) for pot, change in changes.items() if change]
