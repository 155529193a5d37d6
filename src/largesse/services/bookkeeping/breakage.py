"""Rules of breakage: one person asks for one, another agrees; months that are closed from then on go by it."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.breakage import (
    RATE_MAX_PPM,
    REMOTE_MONTHS_MAX,
    BreakageInvalid,
    BreakageMethod,
    BreakageNeedsSecond,
    BreakageNotWaiting,
    BreakageRule,
    BreakageState,
    decide_rule,
    insert_rule,
    lock_rule,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.kernel.currency import is_currency
from largesse.kernel.errors import FieldError
from largesse.ledger import ClassOfValue
from largesse.services.bookkeeping.dependencies import BookkeepingDependencies
from largesse.services.staff import Manager, agrees_alone

BREAKS = (ClassOfValue.PAID, ClassOfValue.CREDIT)
"""The classes of value that breakage is earned of: nobody is owed what was given away."""
_WHY_MAX = 500


async def request_rule(deps: BookkeepingDependencies, rule: BreakageRule, *, by: Manager) -> None:
    """Ask for a rule; another person agrees to it within seven days.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        BreakageInvalid: the class, the currency, the rate, the months, the first month or the reason.
    """
    _demand(by)
    faults = _faults(rule)
    if faults:
        raise BreakageInvalid(fields=faults)
    async with deps.transaction() as connection:
        await insert_rule(connection, rule)
        await _record(connection, rule, Audited.BREAKAGE_REQUESTED, by, now=rule.requested_at)


async def approve_rule(
    deps: BookkeepingDependencies, merchant: Merchant, rule_id: UUID, *, by: Manager, now: datetime
) -> BreakageRule:
    """Agree to a rule.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        BreakageNotWaiting: there is none, or it waits no more.
        BreakageNeedsSecond: another person has to agree.
    """
    _demand(by)
    async with deps.transaction() as connection:
        rule = await _waiting(connection, merchant, rule_id, now=now)
        alone = await agrees_alone(
            connection, merchant, Act.MONTH_CLOSE,
            requester_id=rule.requester_id, requested_at=rule.requested_at, by=by, now=now,
        )  # fmt: skip
        if alone is None:
            raise BreakageNeedsSecond
        await decide_rule(connection, rule, BreakageState.AGREED, by=by.name or by.actor, alone=alone, now=now)
        await _record(connection, rule, Audited.BREAKAGE_AGREED, by, now=now)
    return rule


async def refuse_rule(
    deps: BookkeepingDependencies, merchant: Merchant, rule_id: UUID, *, by: Manager, now: datetime
) -> None:
    """Do not agree to a rule, or withdraw it.

    Raises:
        ActRefused: the role does not allow it, or nobody is named.
        BreakageNotWaiting: there is none, or it waits no more.
    """
    _demand(by)
    async with deps.transaction() as connection:
        rule = await _waiting(connection, merchant, rule_id, now=now)
        await decide_rule(connection, rule, BreakageState.REFUSED, by=by.name or by.actor, now=now)
        await _record(connection, rule, Audited.BREAKAGE_REFUSED, by, now=now)


def _faults(rule: BreakageRule) -> list[FieldError]:
    def fault(field: str, told: str) -> FieldError:
        return FieldError(field, BreakageInvalid.code, told)

    faults = []
    if rule.class_of_value not in {one.value for one in BREAKS}:
        faults.append(fault("class_of_value", "Choose paid or credit."))
    if not is_currency(rule.currency):
        faults.append(fault("currency", "Choose a currency by its code, such as EUR."))
    proportional = rule.method is BreakageMethod.PROPORTIONAL
    if proportional != (rule.rate_ppm is not None) or not _within(rule.rate_ppm, RATE_MAX_PPM):
        faults.append(fault("rate", "Write which part is expected to stay unused, above 0 and up to 99 percent."))
    remote = rule.method is BreakageMethod.WHEN_REMOTE
    if remote != (rule.remote_months is not None) or not _within(rule.remote_months, REMOTE_MONTHS_MAX):
        faults.append(fault("months", f"Write after how many months, 1 to {REMOTE_MONTHS_MAX}."))
    if not 1 <= len(rule.why) <= _WHY_MAX:
        faults.append(fault("why", "Say what it rests on, in 1 to 500 characters."))
    return faults


def _within(value: int | None, most: int) -> bool:
    return value is None or 0 < value <= most


async def _waiting(connection: Connection, merchant: Merchant, rule_id: UUID, *, now: datetime) -> BreakageRule:
    rule = await lock_rule(connection, merchant.merchant_id, rule_id)
    if rule is None or not rule.waits(now):
        raise BreakageNotWaiting
    return rule


def _demand(by: Manager) -> None:
    if by.person_id is None or by.role is None or not may(by.role, Act.MONTH_CLOSE):
        raise ActRefused(Act.MONTH_CLOSE.value)


async def _record(connection: Connection, rule: BreakageRule, action: Audited, by: Manager, *, now: datetime) -> None:
    await staff.record(
        connection, rule.merchant_id, action, subject=str(rule.rule_id), actor=by.actor, reason=rule.why, now=now
    )
