"""`largesse report`: what the books say of a period."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import click
import msgspec

from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.runtime import merchant_of, printed
from largesse.kernel.clock import aware
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.ledger import Sum, TaxSum
from largesse.services import reports
from largesse.services.reports import AccountSum, ReportPeriod, RollForward, TaxesInBase

Line = TypeVar("Line")
Command = Callable[..., Any]

_COLUMNS = "{:<3}  {:<26}  {:>16}  {:>16}  {:>16}  {:>16}"
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a command prints it: its lines, amounts in decimal texts."""

    provisional: bool
    lines: list[dict[str, object]]


def _month(_ctx: click.Context, _option: click.Parameter, text: str | None) -> tuple[date, date] | None:
    if text is None:
        return None
    found = _MONTH.fullmatch(text)
    if found is None or found[1] == "0000":
        raise click.BadParameter("write a month as year and month, such as 2026-11")
    year, month = int(found[1]), int(found[2])
    if (year, month) == (9999, 12):
        raise click.BadParameter("there is no month after it")
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _day(_ctx: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("write a day as year, month and day, such as 2026-11-01") from error


def _moment(_ctx: click.Context, _option: click.Parameter, text: str | None) -> datetime | None:
    try:
        found = None if text is None else datetime.fromisoformat(text)
        if found is not None and found.tzinfo is None:
            raise click.BadParameter("name the zone of the moment, such as +01:00 or Z")
        return None if found is None else aware(found)
    except (ValueError, OverflowError) as error:
        raise click.BadParameter("write a moment with its zone, such as 2026-11-30T23:59:59+01:00") from error


def _period_options(command: Command) -> Command:
    for option in (
        click.option("--known-at", callback=_moment, help="Only what was recorded by this moment."),
        click.option("--until", callback=_day, help="Up to this business day, which is not included."),
        click.option("--since", callback=_day, help="From this business day on."),
        click.option("--month", callback=_month, help="The business days of a month, such as 2026-11."),
    ):
        command = option(command)
    return command


def _asked(
    month: tuple[date, date] | None, since: date | None, until: date | None, known_at: datetime | None
) -> ReportPeriod:
    if month is None:
        return ReportPeriod(since=since, until=until, known_at=known_at)
    if since is not None or until is not None:
        raise click.UsageError("Give a month, or days; not both.")
    return ReportPeriod(since=month[0], until=month[1], known_at=known_at)


async def _lines(
    deps: CommandDependencies, merchant: str, given: dict[str, Any], lines: Callable[[Sequence[Sum]], list[Line]]
) -> tuple[bool, list[Line]]:
    known = await merchant_of(deps, merchant)
    told = await reports.read_sums(deps, known.merchant_id, _asked(**given))
    return told.provisional, lines(told.lines)


@click.group()
def report() -> None:
    """Print what the books of MERCHANT, a slug or a number, say of a period.

    What is not sealed yet is provisional: something that was known by then may still be recorded.
    """


def _in_blocks(found: Printed) -> str:
    return _marked(found, "\n\n".join(map(fields, found.lines)))


def _in_columns(found: Printed) -> str:
    names = ("", "account", "opening", "debits", "credits", "closing")
    rows = [names, *(tuple(line.values()) for line in found.lines)] if found.lines else []
    return _marked(found, "\n".join(map(_COLUMNS.format, *zip(*rows, strict=True))) if rows else "")


def _marked(found: Printed, text: str) -> str:
    """Return a report with what is true of all of it: that nothing is in it, or that more may come."""
    if not text:
        return "Nothing is booked yet."
    return f"{text}\n\nProvisional: not all of this is sealed." if found.provisional else text


@report.command()
@merchant_argument
@_period_options
@click.option("--by-location", is_flag=True, help="A line for each location that it was booked at.")
@printed(_in_blocks)
async def liability(deps: CommandDependencies, /, merchant: str, *, by_location: bool, **given: Any) -> Printed:
    """Print the liability roll-forward: what was outstanding, what changed it, and what is.

    At face, by currency and class of value; discount and tax on what is outstanding stand beside it.
    """
    provisional, lines = await _lines(deps, merchant, given, partial(reports.roll_forward, by_location=by_location))
    return Printed(provisional=provisional, lines=[_of_liability(line) for line in lines])


@report.command()
@merchant_argument
@_period_options
@printed(_in_columns)
async def balances(deps: CommandDependencies, /, merchant: str, **given: Any) -> Printed:
    """Print the trial balance: each account at the beginning and the end, and what moved it between them."""
    provisional, lines = await _lines(deps, merchant, given, reports.balances)
    return Printed(provisional=provisional, lines=[_of_account(line) for line in lines])


@report.command()
@merchant_argument
@_period_options
@printed(_in_blocks)
async def taxes(deps: CommandDependencies, /, merchant: str, **given: Any) -> Printed:
    """Print what fell due of each tax on the days of a period, less what went back: by entity, kind, country and rate.

    What is taxable has the tax inside of it where the price includes it. Where some of it is in other money, it is
    told in the merchant's own, too, at the rates of its days.
    """
    known, period = await merchant_of(deps, merchant), _asked(**given)
    told = await reports.read_taxes(deps, known.merchant_id, period)
    async with deps.database.connection() as connection:
        base = await reports.taxes_in_base(connection, known, period, told.lines)
    return Printed(provisional=told.provisional, lines=[_of_tax(line) | _in_base(line, base) for line in told.lines])


def _in_base(line: TaxSum, base: TaxesInBase | None) -> dict[str, object]:
    if base is None:
        return {}
    amount = base.of(line)
    shown = None if amount is None else plain(amount, currency(base.currency))
    return {"base_currency": base.currency, "tax_in_base": shown}


def _of_tax(line: TaxSum) -> dict[str, object]:
    money = currency(line.currency)
    return {
        "legal_entity_id": str(line.legal_entity_id),
        "currency": line.currency,
        "tax_kind": line.kind,
        "tax_country": line.country,
        "tax_rate": None if line.rate_ppm is None else f"{Decimal(line.rate_ppm).scaleb(-4).normalize():f} %",
        "taxable": plain(line.taxable, money),
        "tax": plain(line.tax, money),
    }


def _of_liability(line: RollForward) -> dict[str, object]:
    money = currency(line.currency)
    place = {} if line.location_id is None else {"location_id": str(line.location_id)}
    amounts = {
        "opening": line.opening,
        **{column.value: amount for column, amount in line.columns.items()},
        "closing": line.closing,
        "opening_discount": line.discount[0],
        "closing_discount": line.discount[1],
        "opening_tax": line.tax[0],
        "closing_tax": line.tax[1],
    }
    return {
        "currency": line.currency,
        "class_of_value": line.class_of_value.value,
        **place,
        **{name: plain(amount, money) for name, amount in amounts.items()},
    }


def _of_account(line: AccountSum) -> dict[str, object]:
    amounts = {"opening": line.opening, "debits": line.debits, "credits": line.credits, "closing": line.closing}
    texts = {name: plain(amount, currency(line.currency)) for name, amount in amounts.items()}
    return {"currency": line.currency, "account": line.account.value, **texts}
