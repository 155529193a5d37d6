"""Whether and for how long a buyer may withdraw, and until when the money is back. Pure."""

from datetime import date, timedelta
from typing import Final

from largesse.domain.law.model import LawProfile, WithdrawalRule
from largesse.domain.law.profiles import holding, known
from largesse.kernel.validity import Validity, last_day

UNTOLD_MONTHS: Final = 12
"""How much longer it is where nobody told the buyer of it (Directive 2011/83/EU, Art. 10)."""
MONEY_BACK_DAYS: Final = 14
"""Within how many days of a withdrawal the money is back (Directive 2011/83/EU, Art. 13)."""


def withdrawal_of(profile: LawProfile, *, bought_on: date, today: date) -> WithdrawalRule | None:
    """Return what a profile says of withdrawing from what was bought on a day; None where it is unknown, or nothing."""
    found = known(holding(profile, "withdrawal", issued_on=bought_on, today=today))
    if found is None or not isinstance(rule := found.rule, WithdrawalRule) or rule.days is None:
        return None
    return rule


def last_day_to_withdraw(rule: WithdrawalRule, *, paid_on: date, delivered_on: date | None, told: bool) -> date | None:
    """Return the last day on which a buyer may withdraw; None while nothing was delivered, for it has not begun.

    It is counted from the later of payment and first delivery. `told` is whether they were sent the notice of it.
    """
    if rule.days is None or delivered_on is None:
        return None
    last = max(paid_on, delivered_on) + timedelta(days=rule.days)
    return last if told else last_day(Validity(months=UNTOLD_MONTHS), issued_on=last)


def money_back_by(withdrawn_on: date) -> date:
    """Return the day by which the money of a withdrawal is back."""
    return withdrawn_on + timedelta(days=MONEY_BACK_DAYS)
