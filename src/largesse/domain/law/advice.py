"""What a law profile says against something that a merchant is about to offer or to agree. Pure.

A code that ends in `.unknown` says only that nobody knows; it is warned of and never refused.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from largesse.domain.law.choosing import MerchantLaw
from largesse.domain.law.counting import last_day_of
from largesse.domain.law.errors import LawRefused
from largesse.domain.law.model import Exemption, ExemptRule, LawProfile, ValidityRule
from largesse.domain.law.profiles import HeldRule, holding, known
from largesse.domain.law.words import rule_words
from largesse.kernel.errors import FieldError
from largesse.kernel.validity import Validity, last_day

PURPOSES: Final = (Exemption.CHARITY, Exemption.PROMOTIONAL, Exemption.BUSINESS_USE)
"""Why an agreement may be shorter than the law asks for otherwise."""

_DAYS_AHEAD: Final = 366
_UNKNOWN: Final = ".unknown"


def validity_warnings(
    profile: LawProfile, validity: Validity, *, today: date, is_package: bool = False, field: str = "validity"
) -> list[FieldError]:
    """Return what is wrong with how long something is good that is sold from today on, for the year to come.

    The day of issue counts: what is long enough today may not be on 1 January, or once another rule holds.
    """
    if validity.months is None and validity.days is None:
        return []
    found = dict[str, FieldError]()
    for ahead in range(_DAYS_AHEAD):
        issued_on = today + timedelta(days=ahead)
        held = holding(profile, "validity", issued_on=issued_on, today=issued_on)
        for warning in _on_a_day(profile, held, validity, issued_on, is_package=is_package, field=field):
            found.setdefault(warning.code, warning)
    return list(found.values())


def agreement_warnings(
    profile: LawProfile, longest: Validity, purpose: Exemption | None, *, today: date
) -> list[FieldError]:
    """Return what is wrong with an agreement whose certificates are good for `longest` at most."""
    against = validity_warnings(profile, longest, today=today)
    if not against:
        return []
    if purpose is None:
        return [
            FieldError("purpose", one.code.replace("law.validity", "law.agreement"), f"{one.message} {_NAME_WHY}")
            for one in against
        ]
    if _exempts(profile, purpose, today):
        return []
    message = f"{profile.code} is not known to except {purpose.replace('_', ' ')}. {against[0].message}"
    return [FieldError("purpose", "law.agreement.not_exempt.unknown", message)]


def refuse(law: MerchantLaw, warnings: Sequence[FieldError]) -> None:
    """Refuse what breaks a rule, where the merchant says so; what is only unknown is never refused.

    Raises:
        LawRefused: a rule is broken.
    """
    broken = [one for one in warnings if not one.code.endswith(_UNKNOWN)]
    if law.choice.refuses and broken:
        raise LawRefused(fields=broken)


_NAME_WHY: Final = "Name why it may (charity, promotional, business_use)."


def _on_a_day(
    profile: LawProfile,
    held: tuple[HeldRule, ...],
    validity: Validity,
    issued_on: date,
    *,
    is_package: bool,
    field: str,
) -> Iterator[FieldError]:
    found = known(held)
    if found is None or found is not held[0]:
        message = f"What {profile.code} says of how long certificates are good is unknown. Ask a lawyer."
        yield FieldError(field, f"law.validity{_UNKNOWN}", message)
    if found is None or not isinstance(rule := found.rule, ValidityRule):
        return
    if not rule.may_expire:
        if not (is_package and rule.packages_may_expire):
            message = f"The law of {found.profile} says: {rule_words(rule)}. Sell it without a last day."
            yield FieldError(field, "law.validity.no_expiry", message)
        return
    last = last_day(validity, issued_on=issued_on)
    if rule.years is None or rule.counts_from is None or last is None:
        return
    least = last_day_of(rule.years, rule.counts_from, issued_on=issued_on, last_on=issued_on)
    if last < least:
        message = (
            f"The law of {found.profile} says: {rule_words(rule)}. What is issued on {issued_on} must be good "
            f"through {least}, and this only through {last}."
        )
        yield FieldError(field, "law.validity.short", message)


def _exempts(profile: LawProfile, purpose: Exemption, today: date) -> bool:
    found = known(holding(profile, "exempt", issued_on=today, today=today))
    return found is not None and isinstance(found.rule, ExemptRule) and purpose in found.rule.kinds
