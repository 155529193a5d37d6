"""`largesse breakage`: when a merchant earns what nobody will use. One person asks for a rule, another agrees."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID, uuid4

import click

from largesse.domain.breakage import BreakageMethod, BreakageRule, list_rules
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.month import as_option, read_month
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import bookkeeping, months, staff
from largesse.services.bookkeeping import BREAKS
from largesse.services.months import BreakageDue
from largesse.services.staff import Manager

_PPM_OF_PERCENT = 10_000


class RefusedRule(NamedTuple):
    """A rule that nothing goes by."""

    rule_id: UUID


def method_said(rule: BreakageRule) -> str:
    """Return when breakage is earned by a rule."""
    if rule.rate_ppm is not None:
        return f"in proportion, {rule.rate_ppm / _PPM_OF_PERCENT:g} % stay unused"
    return f"when remote, after {rule.remote_months} months" if rule.remote_months is not None else "at expiry"


def _line(rule: BreakageRule) -> str:
    who = f"asked for by {rule.requested_by}"
    if rule.decided_by is not None:
        who += f", {rule.state.value} by {'one person' if rule.alone else rule.decided_by}"
    what = f"{rule.class_of_value} {rule.currency}  from {rule.since:%Y-%m}  {method_said(rule)}"
    return f"{rule.rule_id}  {what}  {who}: {rule.why}"


def _facts(rule: BreakageRule) -> dict[str, object]:
    return {
        "rule_id": str(rule.rule_id),
        "state": rule.state.value,
        "class_of_value": rule.class_of_value,
        "currency": rule.currency,
        "method": rule.method.value,
        "rate_ppm": rule.rate_ppm,
        "remote_months": rule.remote_months,
        "since": rule.since,
        "why": rule.why,
        "requested_by": rule.requested_by,
        "decided_by": rule.decided_by,
        "by_one_person": rule.alone,
    }


def _all_facts(rules: Sequence[BreakageRule]) -> list[dict[str, object]]:
    return [_facts(one) for one in rules]


def _due_line(due: BreakageDue) -> str:
    cohort = due.reckoned.cohort
    money = currency(cohort.currency)
    change, booked = plain(due.change, money), plain(due.booked, money)
    return f"{cohort.month:%Y-%m}  {cohort.class_of_value} {cohort.currency}  {change}, with {booked} in the books"


def _due_facts(due: Sequence[BreakageDue]) -> list[dict[str, object]]:
    return [
        {
            "cohort": one.reckoned.cohort.month,
            "class_of_value": one.reckoned.cohort.class_of_value,
            "currency": one.reckoned.cohort.currency,
            "change": plain(one.change, currency(one.reckoned.cohort.currency)),
            "booked": plain(one.booked, currency(one.reckoned.cohort.currency)),
        }
        for one in due
    ]


def _refused_line(refused: RefusedRule) -> str:
    return f"{refused.rule_id} is not kept"


def _refused_facts(refused: RefusedRule) -> dict[str, str]:
    return {"rule_id": str(refused.rule_id), "state": "refused"}


def _rate(_ctx: click.Context, _option: click.Parameter, percent: float | None) -> int | None:
    return None if percent is None else round(percent * _PPM_OF_PERCENT)


@click.group()
def breakage() -> None:
    """Rule when MERCHANT, a slug or a number, earns what nobody will use; months that are closed go by it."""


@breakage.command("set")
@merchant_argument
@click.option("--class", "class_of_value", type=click.Choice([one.value for one in BREAKS]), default=BREAKS[0].value)
@click.option("--currency", "code", help="ISO 4217 code; the merchant's own without it.")
@click.option("--method", type=click.Choice([one.value for one in BreakageMethod]), required=True)
@click.option("--rate", "rate_ppm", type=float, callback=_rate, help="Percent expected to stay unused, such as 8.5.")
@click.option("--months", "remote_months", type=int, help="After how many months the use of the rest is remote.")
@click.option("--from", "since", callback=read_month, required=True, help="The first month, such as 2026-11.")
@click.option("--why", required=True, help="What it rests on, for whoever reads the books.")
@as_option
@printed(_line, _facts)
async def set_(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    class_of_value: str,
    code: str | None,
    method: str,
    rate_ppm: int | None,
    remote_months: int | None,
    since: date,
    why: str,
    acting_for: str,
) -> BreakageRule:
    """Ask for a rule; another person agrees to it within seven days."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    rule = BreakageRule(
        merchant_id=known.merchant_id,
        rule_id=uuid4(),
        class_of_value=class_of_value,
        currency=code or known.currency,
        method=BreakageMethod(method),
        rate_ppm=rate_ppm,
        remote_months=remote_months,
        since=since,
        why=why,
        requested_by=by.name,
        requester_id=by.person_id or known.merchant_id,
        requested_at=deps.clock.now(),
    )
    await bookkeeping.request_rule(deps, rule, by=by)
    return rule


@breakage.command("agree")
@merchant_argument
@click.argument("rule", type=click.UUID)
@as_option
@printed(lambda found: f"agreed: {_line(found)}", _facts)
async def agree(deps: CommandDependencies, /, merchant: str, rule: UUID, *, acting_for: str) -> BreakageRule:
    """Agree to RULE; months that are closed from now on go by it."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    return await bookkeeping.approve_rule(deps, known, rule, by=by, now=deps.clock.now())


@breakage.command("refuse")
@merchant_argument
@click.argument("rule", type=click.UUID)
@as_option
@printed(_refused_line, _refused_facts)
async def refuse(deps: CommandDependencies, /, merchant: str, rule: UUID, *, acting_for: str) -> RefusedRule:
    """Do not agree to RULE, or withdraw it."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    await bookkeeping.refuse_rule(deps, known, rule, by=by, now=deps.clock.now())
    return RefusedRule(rule)


@breakage.command("list")
@merchant_argument
@printed(listed(_line, otherwise="There is no rule: breakage is earned when it expires."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str) -> Sequence[BreakageRule]:
    """Print the rules of MERCHANT, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_rules(connection, known.merchant_id)


@breakage.command("due")
@merchant_argument
@click.argument("month", callback=read_month)
@printed(listed(_due_line, otherwise="Nothing is to be booked."), _due_facts)
async def due(deps: CommandDependencies, /, merchant: str, month: date) -> Sequence[BreakageDue]:
    """Print what closing MONTH books, by the month of sale."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await months.breakage_due(connection, known, month)


async def _manager(deps: CommandDependencies, merchant: str, acting_for: str) -> Manager:
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)
