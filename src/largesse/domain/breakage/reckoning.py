"""What of a month's sales is earned as breakage though their holders could still use it. Pure.

All amounts are net: the face without the discount and the tax that are inside of it, which is what its use would earn.
"""

from datetime import date
from uuid import UUID

import msgspec

from largesse.domain.breakage.model import BreakageMethod, BreakageRule
from largesse.kernel.ids import derived_id

_PPM = 1_000_000
_PERCENT = 100
_MONTHS = 12


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """What was filled in one month in one legal entity, currency and class, and what became of it; no amount is netted.

    `expired` is all that was booked as breakage for good. Amounts are in the smallest unit.
    """

    legal_entity_id: UUID
    currency: str
    class_of_value: str
    month: date
    issued: int = 0
    given_back: int = 0
    redeemed: int = 0
    expired: int = 0
    cashed_out: int = 0
    handed_over: int = 0

    @property
    def base(self) -> int:
        """Return what was, or may still be, used or broken: what was paid out instead is neither."""
        return self.issued - self.given_back - self.cashed_out - self.handed_over

    @property
    def outstanding(self) -> int:
        """Return what its holders may still use."""
        return self.base - self.redeemed - self.expired


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a cohort by a rule, and what of it stands in the books after it is booked: `estimated`."""

    cohort: Cohort
    rule: BreakageRule | None
    kept_percent: int
    expected: int
    estimated: int


def cohort_id(merchant_id: UUID, cohort: Cohort) -> UUID:
    """Return the id that rows of its breakage refer to."""
    told = (str(cohort.legal_entity_id), cohort.currency, cohort.class_of_value, cohort.month.isoformat())
    return derived_id("breakage-cohort", merchant_id, *told)


def reckon(cohort: Cohort, rule: BreakageRule | None, *, through: date, kept_percent: int) -> Reckoned:
    """Return what is to stand in the books of a cohort at the end of the month that begins on `through`.

    Of what stays unused, `kept_percent` is the merchant's; the state is owed the rest. What has expired for good is no
    estimate any more, and never is more estimated than what the merchant would keep of all that is left.
    """
    keeps = max(cohort.outstanding, 0) * kept_percent // _PERCENT
    method = BreakageMethod.AT_EXPIRY if rule is None else rule.method
    expected = estimated = 0
    if method is BreakageMethod.PROPORTIONAL and rule is not None and rule.rate_ppm is not None:
        unused = max(cohort.base, 0) * rule.rate_ppm // _PPM
        used = max(cohort.base, 0) - unused
        expected = unused * kept_percent // _PERCENT
        earned = expected * min(max(cohort.redeemed, 0), used) // used if used else 0
        estimated = min(max(earned - cohort.expired, 0), keeps)
    elif method is BreakageMethod.WHEN_REMOTE and rule is not None and rule.remote_months is not None:
        age = (through.year - cohort.month.year) * _MONTHS + through.month - cohort.month.month
        expected = estimated = keeps if age >= rule.remote_months else 0
    return Reckoned(cohort=cohort, rule=rule, kept_percent=kept_percent, expected=expected, estimated=estimated)
