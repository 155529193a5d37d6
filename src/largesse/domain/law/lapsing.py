"""When what is left of a certificate may be booked as breakage, and when it is owed to the state. Pure."""

from datetime import date

import msgspec

from largesse.domain.law.choosing import MerchantLaw, WhenUnknown
from largesse.domain.law.counting import last_day_of
from largesse.domain.law.model import LawProfile, UnclaimedRule, ValidityRule
from largesse.domain.law.profiles import HeldRule, holding, known


class Dormancy(msgspec.Struct, frozen=True, kw_only=True):
    """Through which day what is left is the holder's alone, and how much of it the state is owed afterwards."""

    last_day: date
    share_percent: int
    held: HeldRule


def may_break(law: MerchantLaw, *, issued_on: date, loaded_on: date, today: date) -> bool:
    """Return whether what has expired may be booked as breakage: once the time is over that the law gives at least.

    `loaded_on` is the day of the last filling. Where nothing may expire it never is: not even what names a service, for
    the ledger does not know that it does. Where the rule is unknown, the merchant has it wait or not; the rule that
    holds meanwhile counts in any case.
    """
    found = holding(law.profile, "validity", issued_on=issued_on, today=today)
    nearest = known(found)
    if (nearest is None or nearest is not found[0]) and law.choice.when_unknown is WhenUnknown.WAIT:
        return False
    if nearest is None or not isinstance(nearest.rule, ValidityRule):
        return True
    rule = nearest.rule
    if not rule.may_expire or rule.years is None or rule.counts_from is None:
        return False
    return today > last_day_of(rule.years, rule.counts_from, issued_on=issued_on, last_on=loaded_on)


def tells_unclaimed(profile: LawProfile, *, today: date) -> bool:
    """Return whether a profile says anything of unclaimed property that is issued today or was issued ever."""
    rules = (one.rule for one in holding(profile, "unclaimed", issued_on=today, today=today))
    return any(rule.is_known for rule in rules)


def dormancy(profile: LawProfile, *, issued_on: date, active_on: date, today: date) -> Dormancy | None:
    """Return until when what is left of a certificate is the holder's; None where that is unknown, or for ever."""
    found = known(holding(profile, "unclaimed", issued_on=issued_on, today=today))
    if found is None or not isinstance(rule := found.rule, UnclaimedRule):
        return None
    if rule.years is None or rule.counts_from is None:
        return None
    last = last_day_of(rule.years, rule.counts_from, issued_on=issued_on, last_on=active_on)
    return Dormancy(last_day=last, share_percent=rule.share_percent, held=found)


def kept_percent(law: MerchantLaw | None, *, issued_on: date, today: date) -> int:
    """Return how much of what nobody ever uses stays with the merchant, in percent: the state is owed the rest.

    Without a profile all of it does. Where what a profile says of it is unknown, none does while the merchant waits.
    """
    if law is None:
        return 100
    found = known(holding(law.profile, "unclaimed", issued_on=issued_on, today=today))
    if found is None or not isinstance(rule := found.rule, UnclaimedRule):
        return 0 if law.choice.when_unknown is WhenUnknown.WAIT else 100
    if rule.years is None or rule.counts_from is None:
        return 100
    return 100 - rule.share_percent
