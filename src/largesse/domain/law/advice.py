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
from largesse.domain.law.translations import Spoken
from largesse.domain.law.words import exemption_phrase, rule_words
from largesse.kernel.errors import FieldError
from largesse.kernel.validity import Validity, last_day

PURPOSES: Final = (Exemption.CHARITY, Exemption.PROMOTIONAL, Exemption.BUSINESS_USE)
"""Why an agreement may be shorter than the law asks for otherwise."""

_DAYS_AHEAD: Final = 366
_UNKNOWN: Final = ".unknown"
_NAME_WHY: Final = "Name why it may (charity, promotional, business_use)."
_NOT_EXEMPT: Final = "{profile} is not known to except {purpose}. {against}"
_NOT_KNOWN: Final = "What {profile} says of how long certificates are good is unknown. Ask a lawyer."
_NO_LAST_DAY: Final = "The law of {profile} says: {rule}. Sell it without a last day."
_TOO_SHORT: Final = (
    "The law of {profile} says: {rule}. What is issued on {issued} must be good through {least}, and this only "
    "through {last}."
)
ADVICE: Final = (_NAME_WHY, _NOT_EXEMPT, _NOT_KNOWN, _NO_LAST_DAY, _TOO_SHORT)
"""All that is said here, each to be said in every language."""


def validity_warnings(
    profile: LawProfile,
    validity: Validity,
    *,
    today: date,
    is_package: bool = False,
    field: str = "validity",
    language: str = "en",
) -> list[FieldError]:
    """Return what is wrong with how long something is good that is sold from today on, for the year to come.

    The day of issue counts: what is long enough today may not be on 1 January, or once another rule holds.
    """
    if validity.months is None and validity.days is None:
        return []
    found, spoken = dict[str, FieldError](), Spoken(language)
    for ahead in range(_DAYS_AHEAD):
        issued_on = today + timedelta(days=ahead)
        held = holding(profile, "validity", issued_on=issued_on, today=issued_on)
        for warning in _on_a_day(profile, held, validity, issued_on, spoken, is_package=is_package, field=field):
            found.setdefault(warning.code, warning)
    return list(found.values())


def agreement_warnings(
    profile: LawProfile, longest: Validity, purpose: Exemption | None, *, today: date, language: str = "en"
) -> list[FieldError]:
    """Return what is wrong with an agreement whose certificates are good for `longest` at most."""
    against, spoken = validity_warnings(profile, longest, today=today, language=language), Spoken(language)
    if not against:
        return []
    if purpose is None:
        return [
            FieldError(
                "purpose", one.code.replace("law.validity", "law.agreement"), f"{one.message} {spoken.say(_NAME_WHY)}"
            )
            for one in against
        ]
    if _exempts(profile, purpose, today):
        return []
    said = spoken.say(exemption_phrase(purpose))
    message = spoken.say(_NOT_EXEMPT, profile=profile.code, purpose=said, against=against[0].message)
    return [FieldError("purpose", "law.agreement.not_exempt.unknown", message)]


def refuse(law: MerchantLaw, warnings: Sequence[FieldError]) -> None:
    """Refuse what breaks a rule, where the merchant says so; what is only unknown is never refused.

    Raises:
        LawRefused: a rule is broken.
    """
    broken = [one for one in warnings if not one.code.endswith(_UNKNOWN)]
    if law.choice.refuses and broken:
        raise LawRefused(fields=broken)


def _on_a_day(
    profile: LawProfile,
    held: tuple[HeldRule, ...],
    validity: Validity,
    issued_on: date,
    spoken: Spoken,
    *,
    is_package: bool,
    field: str,
) -> Iterator[FieldError]:
    found = known(held)
    if found is None or found is not held[0]:
        message = spoken.say(_NOT_KNOWN, profile=profile.code)
        yield FieldError(field, f"law.validity{_UNKNOWN}", message)
    if found is None or not isinstance(rule := found.rule, ValidityRule):
        return
    said = rule_words(rule, spoken.language)
    if not rule.may_expire:
        if not (is_package and rule.packages_may_expire):
            message = spoken.say(_NO_LAST_DAY, profile=found.profile, rule=said)
            yield FieldError(field, "law.validity.no_expiry", message)
        return
    last = last_day(validity, issued_on=issued_on)
    if rule.years is None or rule.counts_from is None or last is None:
        return
    least = last_day_of(rule.years, rule.counts_from, issued_on=issued_on, last_on=issued_on)
    if last < least:
        message = spoken.say(_TOO_SHORT, profile=found.profile, rule=said, issued=issued_on, least=least, last=last)
        yield FieldError(field, "law.validity.short", message)


def _exempts(profile: LawProfile, purpose: Exemption, today: date) -> bool:
    found = known(holding(profile, "exempt", issued_on=today, today=today))
    return found is not None and isinstance(found.rule, ExemptRule) and purpose in found.rule.kinds
