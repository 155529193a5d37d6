"""The law of gift certificates as data: profiles of countries and states, and which of their rules hold on a day."""

from largesse.domain.law.advice import ADVICE, PURPOSES, agreement_warnings, refuse, validity_warnings
from largesse.domain.law.cashing_out import CashOutAnswer, CashOutAsked, Owed, cash_out_answer
from largesse.domain.law.choosing import LawChoice, MerchantLaw, WhenUnknown
from largesse.domain.law.counting import last_day_of
from largesse.domain.law.errors import (
    CashOutNotOwed,
    CashOutUnknown,
    LawFileInvalid,
    LawProfileUnknown,
    LawRefused,
)
from largesse.domain.law.lapsing import Dormancy, dormancy, kept_percent, may_break, tells_unclaimed
from largesse.domain.law.model import (
    CORE_TOPICS,
    TOPICS,
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
    LawProfile,
    LawRule,
    RuleState,
    StatedRule,
    Sureness,
    UnclaimedRule,
    ValidityRule,
    WithdrawalRule,
)
from largesse.domain.law.profiles import HeldRule, find_profile, holding, known, profiles, read_profiles
from largesse.domain.law.store import choose, choose_none, law_of
from largesse.domain.law.translations import in_language, translations
from largesse.domain.law.withdrawing import last_day_to_withdraw, money_back_by, withdrawal_of
from largesse.domain.law.words import PHRASES, rule_words
from largesse.domain.law.words_demanded import demanded
