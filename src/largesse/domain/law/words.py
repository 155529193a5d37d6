"""What a rule says, as one line of English for the office."""

from collections.abc import Iterator
from typing import Final

from largesse.domain.law.model import (
    CashOutKind,
    CashOutRule,
    CashOutWhen,
    CountsFrom,
    Demand,
    DisplayRule,
    ExemptRule,
    FeeRule,
    HoldsBy,
    LawRule,
    RuleState,
    StatedRule,
    UnclaimedRule,
    ValidityRule,
    WithdrawalRule,
)

_FROM: Final = {
    CountsFrom.ISSUE: "from issue",
    CountsFrom.ISSUE_OR_LAST_LOAD: "from issue or the last load",
    CountsFrom.YEAR_END_OF_ISSUE: "from the end of the year of issue",
    CountsFrom.JUNE_30_AFTER_ISSUE: "from the 30 June after issue",
    CountsFrom.LAST_ACTIVITY: "from the last activity",
}
_OF_KIND: Final = {
    None: "",
    CashOutKind.RELOADABLE: " where it can be reloaded",
    CashOutKind.NOT_RELOADABLE: " where it cannot be reloaded",
    CashOutKind.UNUSABLE: " where it cannot be used again",
}
_DEMANDED: Final = {
    Demand.DATE_OR_NO_EXPIRY: "the last good day, or “no expiry date”",
    Demand.GIFT_RECEIPT: "a gift receipt",
}
_FUNCTION: Final = {True: "with a function for it in the shop", False: "without a function for it", None: ""}


def rule_words(rule: LawRule) -> str:
    """Return what a rule says, with the days on which it holds and without source and note."""
    if rule.state is RuleState.UNKNOWN:
        return "unknown"
    said = "none" if rule.state is RuleState.NONE else _says(rule)
    return f"{said}{_days(rule)}"


def _days(rule: LawRule) -> str:
    bounds = [f"{word} {day}" for word, day in (("from", rule.since), ("until", rule.until)) if day is not None]
    if not bounds:
        return ""
    whose = "asked for" if rule.applies is HoldsBy.TODAY else "issued"
    return f" ({whose} {' '.join(bounds)})"


def _says(rule: LawRule) -> str:
    match rule:
        case ValidityRule(may_expire=False):
            return "no expiry" + ("; packages may expire" if rule.packages_may_expire else "")
        case ValidityRule(years=years, counts_from=CountsFrom() as counts_from):
            return f"at least {years} years {_FROM[counts_from]}"
        case CashOutRule():
            return ", or ".join(_condition(one, rule.currency or "") for one in rule.when)
        case FeeRule():
            return ", ".join(_fees(rule))
        case UnclaimedRule(years=years, counts_from=CountsFrom() as counts_from):
            share = "" if rule.share_percent == 100 else f", {rule.share_percent} % of it"
            return f"after {years} years {_FROM[counts_from]}{share}"
        case _:
            return _lists(rule)


def _lists(rule: LawRule) -> str:
    match rule:
        case DisplayRule():
            return ", ".join(_DEMANDED[one] for one in rule.words)
        case ExemptRule():
            return ", ".join(one.replace("_", " ") for one in rule.kinds)
        case WithdrawalRule():
            return " ".join(filter(None, (f"within {rule.days} days", _FUNCTION[rule.function])))
        case StatedRule():
            return rule.says
    raise AssertionError(type(rule))


def _condition(one: CashOutWhen, currency: str) -> str:
    amounts = {"less than": one.below, "at most": one.at_most, "more than": one.above}
    said = next((f"{word} {text} {currency}" for word, text in amounts.items() if text is not None), "")
    return f"{said or f'{one.used_percent} % used'}{_OF_KIND[one.kind]}"


def _fees(rule: FeeRule) -> Iterator[str]:
    yield "allowed" if rule.allowed else "not allowed"
    if rule.after_months is not None:
        yield f"after {rule.after_months} months without activity"
    if rule.times_per_month is not None:
        yield f"at most {rule.times_per_month} a month"
    if rule.at_most is not None:
        yield f"at most {rule.at_most} {rule.currency}"
