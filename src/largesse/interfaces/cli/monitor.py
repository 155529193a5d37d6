"""`largesse monitor`: bounds of figures that somebody is mailed about when they are passed."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

import click

from largesse.domain.monitors import Monitor, Watched, list_monitors
from largesse.interfaces.cli.arguments import merchant_argument, minor
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.month import as_option
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import monitors, staff
from largesse.services.monitors import ACTS
from largesse.services.staff import Manager


class Removed(NamedTuple):
    """A monitor that watches no more."""

    monitor_id: UUID


def _figure(one: Monitor, value: int | None) -> str:
    if value is None:
        return "not looked at yet"
    return plain(value, currency(one.currency)) + f" {one.currency}" if one.currency else str(value)


def _line(one: Monitor) -> str:
    about = one.act or (str(one.offering_id) if one.offering_id else "")
    since = f", beyond it since {one.over_since:%Y-%m-%d %H:%M}" if one.over_since else ""
    what = f"{one.watched.value} {about}".strip()
    return f"{one.monitor_id}  {what}  bound {_figure(one, one.bound)}, now {_figure(one, one.value)}{since}"


def _facts(one: Monitor) -> dict[str, object]:
    return {
        "monitor_id": str(one.monitor_id),
        "watched": one.watched.value,
        "currency": one.currency,
        "offering_id": one.offering_id,
        "act": one.act,
        "bound": _figure(one, one.bound),
        "value": None if one.value is None else _figure(one, one.value),
        "seen_at": one.seen_at,
        "over_since": one.over_since,
        "told_at": one.told_at,
    }


def _all_facts(found: Sequence[Monitor]) -> list[dict[str, object]]:
    return [_facts(one) for one in found]


def _removed_line(removed: Removed) -> str:
    return f"{removed.monitor_id} watches no more"


def _removed_facts(removed: Removed) -> dict[str, str]:
    return {"monitor_id": str(removed.monitor_id)}


@click.group()
def monitor() -> None:
    """Have figures of MERCHANT, a slug or a number, watched: who sets a bound is mailed when it is passed."""


@monitor.command("set")
@merchant_argument
@click.argument("watched", type=click.Choice([one.value for one in Watched]))
@click.option("--bound", required=True, help="An amount, a count, or percent of credit.")
@click.option("--currency", "code", help="Of amounts; the merchant's own without it.")
@click.option("--offering", "offering_id", type=click.UUID, help="Whose stock is watched.")
@click.option("--act", type=click.Choice(ACTS), help="Which exception, by one person or device a day.")
@as_option
@printed(_line, _facts)
async def set_(
    deps: CommandDependencies,
    /,
    merchant: str,
    watched: str,
    *,
    bound: str,
    code: str | None,
    offering_id: UUID | None,
    act: str | None,
    acting_for: str,
) -> Monitor:
    """Watch a figure from now on; above its bound, or of a stock at or below it, somebody is mailed."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    of_money = Watched(watched) in {Watched.LIABILITY, Watched.REDEEMED_HOUR}
    money = (code or known.currency) if of_money else None
    if money is None and not (bound.isascii() and bound.isdigit()):
        raise click.BadParameter("write a whole number", param_hint="--bound")
    one = Monitor(
        merchant_id=known.merchant_id,
        monitor_id=uuid4(),
        watched=Watched(watched),
        currency=money,
        offering_id=offering_id,
        act=act,
        bound=int(bound) if money is None else minor(bound, money),
        made_by=by.person_id or known.merchant_id,
        made_at=deps.clock.now(),
    )
    return await monitors.set_monitor(deps, known, one, by=by)


@monitor.command("remove")
@merchant_argument
@click.argument("monitor_id", type=click.UUID, metavar="MONITOR")
@as_option
@printed(_removed_line, _removed_facts)
async def remove(deps: CommandDependencies, /, merchant: str, monitor_id: UUID, *, acting_for: str) -> Removed:
    """Have MONITOR watch no more."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    await monitors.remove_monitor(deps, known, monitor_id, by=by, now=deps.clock.now())
    return Removed(monitor_id)


@monitor.command("list")
@merchant_argument
@printed(listed(_line, otherwise="Nothing is watched yet."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str) -> Sequence[Monitor]:
    """Print what is watched of MERCHANT, and what each monitor saw last."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_monitors(connection, known.merchant_id)


async def _manager(deps: CommandDependencies, merchant: str, acting_for: str) -> Manager:
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)
