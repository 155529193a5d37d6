"""What a rule says, as one line in the reader's language; English where none is named."""

from collections.abc import Iterator
from typing import Final

from largesse.domain.law.model import (
    CashOutKind,
    CashOutRule,
    CashOutWhen,
    CountsFrom,
    Demand,
    DisplayRule,
    Exemption,
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
from largesse.domain.law.translations import Spoken

_AT_LEAST: Final = {
    CountsFrom.ISSUE: "at least {years} years from issue",
    CountsFrom.ISSUE_OR_LAST_LOAD: "at least {years} years from issue or the last load",
    CountsFrom.YEAR_END_OF_ISSUE: "at least {years} years from the end of the year of issue",
    CountsFrom.JUNE_30_AFTER_ISSUE: "at least {years} years from the 30 June after issue",
    CountsFrom.LAST_ACTIVITY: "at least {years} years from the last activity",
}
_AFTER: Final = {
    CountsFrom.ISSUE: "after {years} years from issue",
    CountsFrom.ISSUE_OR_LAST_LOAD: "after {years} years from issue or the last load",
    CountsFrom.YEAR_END_OF_ISSUE: "after {years} years from the end of the year of issue",
    CountsFrom.JUNE_30_AFTER_ISSUE: "after {years} years from the 30 June after issue",
    CountsFrom.LAST_ACTIVITY: "after {years} years from the last activity",
}
_MEASURES: Final = {
    "below": "less than {amount}",
    "at_most": "at most {amount}",
    "above": "more than {amount}",
}
_USED: Final = "{percent} % used"
_OF_KIND: Final = {
    CashOutKind.RELOADABLE: "{condition} where it can be reloaded",
    CashOutKind.NOT_RELOADABLE: "{condition} where it cannot be reloaded",
    CashOutKind.UNUSABLE: "{condition} where it cannot be used again",
}
_DEMANDED: Final = {
    Demand.DATE_OR_NO_EXPIRY: "the last good day, or “no expiry date”",
    Demand.GIFT_RECEIPT: "a gift receipt",
}
_EXEMPT: Final = {
    Exemption.LOYALTY: "loyalty",
    Exemption.PROMOTIONAL: "promotional",
    Exemption.NOT_MARKETED: "not marketed",
    Exemption.BUSINESS_USE: "business use",
    Exemption.CHARITY: "charity",
    Exemption.DONATED: "donated",
    Exemption.REFUND: "refund",
    Exemption.E_MONEY: "e money",
    Exemption.SHORT_DISCOUNT: "short discount",
}
_WITHIN: Final = {
    True: "within {days} days with a function for it in the shop",
    False: "within {days} days without a function for it",
    None: "within {days} days",
}
_DATED: Final = {
    (HoldsBy.TODAY, True, True): "{said} (asked for from {since} until {until})",
    (HoldsBy.TODAY, True, False): "{said} (asked for from {since})",
    (HoldsBy.TODAY, False, True): "{said} (asked for until {until})",
    (HoldsBy.ISSUE_DAY, True, True): "{said} (issued from {since} until {until})",
    (HoldsBy.ISSUE_DAY, True, False): "{said} (issued from {since})",
    (HoldsBy.ISSUE_DAY, False, True): "{said} (issued until {until})",
}
_NO_EXPIRY: Final = {False: "no expiry", True: "no expiry; packages may expire"}
_ALLOWED: Final = {True: "allowed", False: "not allowed"}
_AFTER_MONTHS: Final = "after {months} months without activity"
_A_MONTH: Final = "at most {times} a month"
_SHARE: Final = "{said}, {percent} % of it"
_OR: Final = "{one}, or {other}"
_UNKNOWN: Final = "unknown"
_NONE: Final = "none"

PHRASES: Final = (
    *_AT_LEAST.values(), *_AFTER.values(), *_MEASURES.values(), _USED, *_OF_KIND.values(), *_DEMANDED.values(),
    *_EXEMPT.values(), *_WITHIN.values(), *_DATED.values(), *_NO_EXPIRY.values(), *_ALLOWED.values(), _AFTER_MONTHS,
    _A_MONTH, _SHARE, _OR, _UNKNOWN, _NONE,
)  # fmt: skip
"""All that rules are put in words with, each to be said in every language."""


def rule_words(rule: LawRule, language: str = "en") -> str:
    """Return what a rule says, with the days on which it holds and without source and note."""
    spoken = Spoken(language)
    if rule.state is RuleState.UNKNOWN:
        return spoken.say(_UNKNOWN)
    said = spoken.say(_NONE) if rule.state is RuleState.NONE else _says(rule, spoken)
    days = (rule.applies or HoldsBy.ISSUE_DAY, rule.since is not None, rule.until is not None)
    return spoken.say(_DATED[days], said=said, since=rule.since, until=rule.until) if days in _DATED else said


def exemption_phrase(one: Exemption) -> str:
    """Return what a kind of certificate is called that rules do not count for, in English."""
    return _EXEMPT[one]


def _says(rule: LawRule, spoken: Spoken) -> str:
    match rule:
        case ValidityRule(may_expire=False):
            return spoken.say(_NO_EXPIRY[rule.packages_may_expire])
        case ValidityRule(years=years, counts_from=CountsFrom() as counts_from):
            return spoken.say(_AT_LEAST[counts_from], years=years)
        case CashOutRule():
            said, *others = [_condition(one, rule.currency or "", spoken) for one in rule.when]
            for other in others:
                said = spoken.say(_OR, one=said, other=other)
            return said
        case FeeRule():
            return ", ".join(_fees(rule, spoken))
        case UnclaimedRule(years=years, counts_from=CountsFrom() as counts_from):
            said = spoken.say(_AFTER[counts_from], years=years)
            return said if rule.share_percent == 100 else spoken.say(_SHARE, said=said, percent=rule.share_percent)
        case _:
            return _lists(rule, spoken)


def _lists(rule: LawRule, spoken: Spoken) -> str:
    match rule:
        case DisplayRule():
            return ", ".join(spoken.say(_DEMANDED[one]) for one in rule.words)
        case ExemptRule():
            return ", ".join(spoken.say(_EXEMPT[one]) for one in rule.kinds)
        case WithdrawalRule():
            return spoken.say(_WITHIN[rule.function], days=rule.days)
        case StatedRule():
            return spoken.say(rule.says)
    raise AssertionError(type(rule))


def _condition(one: CashOutWhen, currency: str, spoken: Spoken) -> str:
    amounts = {"below": one.below, "at_most": one.at_most, "above": one.above}
    said = next(
        (
            spoken.say(_MEASURES[name], amount=f"{spoken.amount(text)} {currency}")
            for name, text in amounts.items()
            if text is not None
        ),
        "",
    )
    said = said or spoken.say(_USED, percent=one.used_percent)
    return said if one.kind is None else spoken.say(_OF_KIND[one.kind], condition=said)


def _fees(rule: FeeRule, spoken: Spoken) -> Iterator[str]:
    yield spoken.say(_ALLOWED[bool(rule.allowed)])
    if rule.after_months is not None:
        yield spoken.say(_AFTER_MONTHS, months=rule.after_months)
    if rule.times_per_month is not None:
        yield spoken.say(_A_MONTH, times=rule.times_per_month)
    if rule.at_most is not None:
        yield spoken.say(_MEASURES["at_most"], amount=f"{spoken.amount(rule.at_most)} {rule.currency}")
