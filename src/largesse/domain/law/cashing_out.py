"""Whether a holder may ask for the rest of a certificate in money, by the row of a law profile. Pure."""

from datetime import date
from enum import StrEnum

import msgspec

from largesse.domain.law.model import CashOutKind, CashOutRule, CashOutWhen, LawProfile, RuleState
from largesse.domain.law.profiles import HeldRule, holding, known
from largesse.domain.law.translations import in_language
from largesse.domain.law.words import rule_words
from largesse.kernel import money
from largesse.kernel.money import Money


class Owed(StrEnum):
    """Whether the law gives the holder the rest in money."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class CashOutAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: `left` of both pots together, of all that was ever `filled` in.

    `unusable` says that the certificate cannot be used again, as somebody at the counter knows.
    """

    left: Money
    filled: Money
    issued_on: date
    today: date
    unusable: bool = False


class CashOutAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is owed, and the row that says so; None where nothing holds."""

    owed: Owed
    held: HeldRule | None = None

    @property
    def reason(self) -> str:
        """Return what the row says, and of which profile it is: `US-CA: less than 15.00 USD`."""
        return self.reason_in("en")

    def reason_in(self, language: str) -> str:
        """Return the same in a language."""
        if self.held is None:
            return in_language("unknown", language)
        return f"{self.held.profile}: {rule_words(self.held.rule, language)}"


def cash_out_answer(profile: LawProfile, asked: CashOutAsked) -> CashOutAnswer:
    """Return whether the rest is owed in money.

    Where a row tells certificates that can be reloaded from others, either condition is enough: which of them a
    certificate is, is read in the holder's favour. An amount in another currency than the row's is unknown.
    """
    found = holding(profile, "cash_out", issued_on=asked.issued_on, today=asked.today)
    nearest = known(found)
    if nearest is None or nearest is not found[0]:
        return CashOutAnswer(owed=Owed.UNKNOWN, held=found[0] if found else None)
    rule = nearest.rule
    if rule.state is RuleState.NONE or not isinstance(rule, CashOutRule):
        return CashOutAnswer(owed=Owed.NO, held=nearest)
    if any(_is_met(one, asked, rule.currency or "") for one in rule.when):
        return CashOutAnswer(owed=Owed.YES, held=nearest)
    comparable = asked.left.currency.code == rule.currency
    return CashOutAnswer(owed=Owed.NO if comparable else Owed.UNKNOWN, held=nearest)


def _is_met(one: CashOutWhen, asked: CashOutAsked, currency: str) -> bool:
    if not asked.left or (one.kind is CashOutKind.UNUSABLE and not asked.unusable):
        return False
    if one.used_percent is not None:
        used = asked.filled.minor - asked.left.minor
        return 100 * used >= one.used_percent * asked.filled.minor
    if asked.left.currency.code != currency:
        return False
    left, limits = asked.left, (one.below, one.at_most, one.above)
    below, at_most, above = (None if text is None else money.parse(text, left.currency) for text in limits)
    return bool(
        (below is not None and left < below)
        or (at_most is not None and left <= at_most)
        or (above is not None and above < left)
    )
