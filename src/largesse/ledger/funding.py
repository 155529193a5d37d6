"""Who pays for what a certificate is filled with, and what else belongs to the price. Pure, as `book` is."""

from largesse.kernel.money import MINOR_MAX
from largesse.ledger import errors
from largesse.ledger.accounts import FUNDINGS, Account, ClassOfValue, Leg
from largesse.ledger.commands import Issue, Reload
from largesse.ledger.model import Refusal
from largesse.ledger.writing import Movement, fill


def funding_refused(command: Issue | Reload, class_of_value: ClassOfValue) -> Refusal | None:
    """Return why a certificate of that class cannot be filled so, None when it can."""
    if not (0 < command.value <= MINOR_MAX and 0 <= command.gratuity <= MINOR_MAX):
        return errors.AmountRefused()
    if not (0 <= command.discount <= command.value and 0 <= command.tax <= MINOR_MAX):
        return errors.AmountRefused()
    given_away = class_of_value is ClassOfValue.PROMOTIONAL
    if command.funding not in FUNDINGS[class_of_value]:
        return errors.FundingRefused()
    if given_away and (command.discount or command.tax or command.gratuity):
        return errors.FundingRefused()
    return None


def funded(command: Issue | Reload) -> list[Movement]:
    """Return what fills a certificate: who pays, what is let off, and the tax on top."""
    return [
        fill(Leg.VALUE, command.value - command.discount, source=command.funding),
        fill(Leg.VALUE, command.discount, source=Account.DISCOUNTS),
        fill(Leg.GRATUITY, command.gratuity, source=command.funding),
        Movement(Leg.ADDED_TAX, debit=command.funding, credit=Account.TAX_PAYABLE, amount=command.tax),
    ]
