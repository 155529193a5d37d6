"""What profiles must be like before anybody relies on them; every fault is told by profile and topic."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import combinations

from largesse.domain.law.model import (
    CORE_TOPICS,
    TOPICS,
    CashOutRule,
    CashOutWhen,
    DisplayRule,
    ExemptRule,
    FeeRule,
    LawProfile,
    LawRule,
    RuleState,
    StatedRule,
    Sureness,
    UnclaimedRule,
    ValidityRule,
    WithdrawalRule,
)
from largesse.kernel import currency as currencies
from largesse.kernel import money
from largesse.kernel.errors import FieldError, LargesseError

Said = Iterator[tuple[str, str]]

_COMMON = frozenset(LawRule.__struct_fields__)


def profile_faults(profiles: Mapping[str, LawProfile]) -> list[FieldError]:
    """Return everything that is wrong with profiles, rule by rule."""
    faults = []
    for profile in profiles.values():
        faults += [FieldError(profile.code, f"law.file.{code}", text) for code, text in _profile(profile, profiles)]
        for topic in TOPICS:
            for code, text in _topic(profile, topic):
                faults.append(FieldError(f"{profile.code}.{topic}", f"law.file.{code}", text))
    return faults


def _profile(profile: LawProfile, profiles: Mapping[str, LawProfile]) -> Said:
    if not (profile.name.strip() and profile.source.strip()):
        yield "incomplete", "A profile has a name and a source."
    if profile.inherits is None:
        for topic in CORE_TOPICS:
            if not profile.rules(topic):
                yield "silent", f"It inherits from none, and says nothing of {topic}: say that it is unknown."
    parent = profiles.get(profile.inherits or "")
    if profile.inherits is not None and parent is None:
        yield "inherits", f"There is no profile {profile.inherits} to inherit from."
    if parent is not None and parent.inherits is not None:
        yield "inherits", f"{parent.code} inherits itself: one step is all."


def _topic(profile: LawProfile, topic: str) -> Said:
    rules = profile.rules(topic)
    for rule in rules:
        yield from _common(rule)
        yield from _own(rule) if rule.state is RuleState.SET else _nothing_said(rule)
    if len({rule.applies for rule in rules}) > 1:
        yield "dates", "Rules of one topic hold by the same day: all by that of issue, or all by today."
    for one, other in combinations(rules, 2):
        if _overlap(one, other):
            yield "overlap", "Two rules hold on the same day."


def _common(rule: LawRule) -> Said:
    if not rule.source.strip():
        yield "source", "It names no source."
    if rule.since is not None and rule.until is not None and rule.since > rule.until:
        yield "dates", "It ends before it begins."
    if (rule.applies is None) != (rule.since is None and rule.until is None):
        yield "dates", "A rule with days says whether they are days of issue or of asking, and no other does."
    if (rule.sure is Sureness.UNKNOWN) != (rule.state is RuleState.UNKNOWN):
        yield "sure", "What is unknown is not sure in any way, and nothing else is unknown."


def _nothing_said(rule: LawRule) -> Said:
    for field in set(rule.__struct_fields__) - _COMMON:
        if getattr(rule, field) != type(rule)().__getattribute__(field):
            yield "state", f"It is {rule.state}, and says something of {field} all the same."


def _own(rule: LawRule) -> Said:
    match rule:
        case ValidityRule():
            yield from _validity(rule)
        case CashOutRule():
            yield from _cash_out(rule)
        case FeeRule():
            if rule.allowed is None:
                yield "fees", "It says whether fees are allowed."
            yield from _amount(rule.at_most, rule.currency)
        case UnclaimedRule():
            yield from _unclaimed(rule)
        case DisplayRule(words=()) | ExemptRule(kinds=()) | StatedRule(says="") | WithdrawalRule(days=None):
            yield "empty", "It says nothing; if that is all that is known, it is unknown."


def _validity(rule: ValidityRule) -> Said:
    if rule.may_expire != (rule.years is not None) or rule.may_expire != (rule.counts_from is not None):
        yield "validity", "It says years and from when they count, or that nothing expires."
    if rule.may_expire and rule.packages_may_expire:
        yield "validity", "Packages are an exception only where nothing else expires."
    yield from _positive(rule.years)


def _cash_out(rule: CashOutRule) -> Said:
    if not rule.when or rule.currency is None:
        yield "cash_out", "It names a currency and at least one condition."
    for one in rule.when:
        yield from _condition(one, rule.currency)


def _unclaimed(rule: UnclaimedRule) -> Said:
    if rule.years is None or rule.counts_from is None or not 0 < rule.share_percent <= 100:
        yield "unclaimed", "It says years, from when they count, and a share of 1 to 100 per cent."
    yield from _positive(rule.years)


def _condition(one: CashOutWhen, currency: str | None) -> Said:
    amounts = [text for text in (one.below, one.at_most, one.above) if text is not None]
    if len(amounts) + (one.used_percent is not None) != 1:
        yield "cash_out", "A condition has one measure: below, at_most, above or used_percent."
    if one.used_percent is not None and not 0 < one.used_percent <= 100:
        yield "cash_out", "The used share is 1 to 100 per cent."
    for text in amounts:
        yield from _amount(text, currency)


def _amount(text: str | None, currency: str | None) -> Said:
    if text is None:
        return
    try:
        if money.parse(text, currencies.currency(currency or "")).minor <= 0:
            yield "amount", "An amount is above zero."
    except LargesseError as error:
        yield "amount", error.message


def _positive(years: int | None) -> Said:
    if years is not None and not 0 < years <= 100:
        yield "years", "Years are 1 to 100."


def _overlap(one: LawRule, other: LawRule) -> bool:
    return max(one.since or date.min, other.since or date.min) <= min(one.until or date.max, other.until or date.max)
