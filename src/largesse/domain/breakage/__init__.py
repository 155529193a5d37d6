"""Breakage: what is earned of value that nobody will use, by rules that two persons agreed on and months go by."""

from largesse.domain.breakage.errors import BreakageInvalid, BreakageNeedsSecond, BreakageNotWaiting
from largesse.domain.breakage.model import (
    RATE_MAX_PPM,
    REMOTE_MONTHS_MAX,
    RULE_LAPSES_AFTER,
    BreakageMethod,
    BreakageRule,
    BreakageState,
    rule_for,
)
from largesse.domain.breakage.reckoning import Cohort, Reckoned, cohort_id, reckon
from largesse.domain.breakage.store import decide_rule, insert_rule, list_rules, lock_rule
