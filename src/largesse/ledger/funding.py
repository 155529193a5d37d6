"""Who pays for what a certificate is filled with, and what else belongs to the price. Pure, as `book` is."""

from datetime import datetime
from uuid import UUID

from largesse.kernel.money import MINOR_MAX
from largesse.kernel.tax import TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale
from largesse.ledger import errors
from largesse.ledger.accounts import FUNDINGS, Account, ClassOfValue, is_on_account
from largesse.ledger.commands import BringOver, Issue, Reload
from largesse.ledger.lots import Lot, Share
from largesse.ledger.model import Refusal
from largesse.ledger.movements import Movement, at_price, swapped


def funding_refused(command: Issue | Reload, class_of_value: ClassOfValue, treatment: TaxTreatment) -> Refusal | None:
    """Return why a certificate of that class cannot be filled so, None when it can."""
    if not (0 < command.value <= MINOR_MAX and 0 <= command.gratuity <= MINOR_MAX):
        return errors.AmountRefused()
    included, added = command.included_tax or 0, command.added_tax or 0
    if not (0 <= command.discount <= command.value and 0 <= added <= MINOR_MAX):
        return errors.AmountRefused()
    if not 0 <= included <= command.value - command.discount:
        return errors.AmountRefused()
    # The tax of what credit is given for went back with it: it is due when the credit is used.
    paid_before_use = class_of_value is ClassOfValue.CREDIT and treatment.kind.due_at_sale
    if paid_before_use or (included and treatment.kind is not TaxKind.SINGLE_PURPOSE):
        return errors.TaxRefused()
    given_away = class_of_value is ClassOfValue.PROMOTIONAL
    if command.funding not in FUNDINGS[class_of_value] or is_on_account(command.funding) != bool(command.party_id):
        return errors.FundingRefused()
    if class_of_value is ClassOfValue.CREDIT and (command.discount or command.gratuity or added):
        return errors.FundingRefused()
    beside = command.discount or added or included or command.gratuity
    if given_away and beside:
        return errors.FundingRefused()
    return None


def lot_of(
    command: Issue | Reload,
    lot_id: UUID,
    treatment: TaxTreatment,
    *,
    of: ClassOfValue,
    order_number: str | None,
    now: datetime,
) -> tuple[Lot, list[Movement]]:
    """Return the lot that a filling opens, empty, and what fills it: who pays, what is let off, and the tax."""
    lot = Lot(
        lot_id=lot_id,
        source=command.funding,
        treatment=treatment,
        tax_account=_tax_account(command),
        order_number=order_number,
        party_id=command.party_id,
        location_id=None if command.where is None else command.where.location_id,
        legal_entity_id=None if command.where is None else command.where.legal_entity_id,
        filled_by=command.operation_id,
        offering_id=command.offering_id,
        refcode=command.refcode,
        first_issued_at=_first_issued(command, now),
    )
    share = Share(
        lot_id=lot_id,
        face=command.value,
        gratuity=command.gratuity,
        discount=command.discount,
        included_tax=command.included_tax or 0,
        added_tax=command.added_tax or 0,
    )
    return lot, swapped(at_price(share, to=command.funding, tax_account=lot.tax_account, of=of))


def _first_issued(command: Issue | Reload, now: datetime) -> datetime:
    before = command.first_issued_at if isinstance(command, BringOver) else None
    return now if before is None else min(before, now)


def _tax_account(command: Issue | Reload) -> Account:
    """Return where the tax on a sale stands: the merchant's own till books what is sold at its location.

    That of an import was paid in the books of before.
    """
    if command.funding is Account.OPENING_BALANCES:
        return Account.OPENING_BALANCES
    at_till = command.where is not None and command.where.books_sale is BooksSale.TILL
    return Account.TENDER_CLEARING if at_till else Account.TAX_PAYABLE
