"""`largesse rate`: what the merchant's own currency is worth in others, day by day."""

from collections.abc import Sequence
from datetime import datetime

import click

from largesse.domain.rates import Rate, list_rates, read_rates
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.bank import GivenFile, as_option, file_argument, manager_of
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.text_tables import TextRow, TextTable
from largesse.services import banking
from largesse.web.bank_files import read_table_of

_source_option = click.option("--source", required=True, help="Who publishes them, such as ECB.")


@click.group()
def rate() -> None:
    """Keep exchange rates: so much of a currency for one unit of the merchant's own."""


def _line(one: Rate) -> str:
    return f"{one.day}  {one.currency}  {one.rate.normalize():f}  {one.source}"


def _facts(one: Rate) -> dict[str, str]:
    return {
        "day": one.day.isoformat(),
        "currency": one.currency,
        "rate": f"{one.rate.normalize():f}",
        "source": one.source,
    }


def _all_facts(rates: Sequence[Rate]) -> list[dict[str, str]]:
    return [_facts(one) for one in rates]


@rate.command("set")
@merchant_argument
@click.argument("currency")
@click.argument("value")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day; today without it.")
@_source_option
@as_option
@printed(listed(_line), _all_facts)
async def set_(
    deps: CommandDependencies, /, merchant: str, currency: str, value: str, *, day: datetime | None, source: str,
    acting_for: str | None,
) -> Sequence[Rate]:  # fmt: skip
    """Keep that one unit of MERCHANT's own currency is worth VALUE of CURRENCY."""
    now = deps.clock.now()
    known = await merchant_of(deps, merchant)
    on = (day.date() if day else now.astimezone(known.zone).date()).isoformat()
    header, row = ("day", "currency", "rate"), (on, currency, value)
    table = TextTable(rows=(TextRow(line=1, cells=header), TextRow(line=2, cells=row)))
    return await _kept(deps, merchant, table, source, acting_for)


@rate.command("import")
@merchant_argument
@file_argument
@_source_option
@as_option
@printed(listed(_line), _all_facts)
async def import_(
    deps: CommandDependencies, /, merchant: str, file: GivenFile, *, source: str, acting_for: str | None
) -> Sequence[Rate]:
    """Keep the rates in FILE: day, currency and rate, or Date and a column for each currency, as the ECB has it."""
    return await _kept(deps, merchant, read_table_of(file.content), source, acting_for)


async def _kept(
    deps: CommandDependencies, merchant: str, table: TextTable, source: str, acting_for: str | None
) -> Sequence[Rate]:
    known, now = await merchant_of(deps, merchant), deps.clock.now()
    by = await manager_of(deps, merchant, acting_for)
    found = read_rates(table, merchant_id=known.merchant_id, base=known.currency, source=source, by=by.actor, now=now)
    await banking.keep_rates(deps, known, found, by=by, now=now)
    return found


@rate.command("list")
@merchant_argument
@click.option("--currency", help="Only of this one.")
@printed(listed(_line, otherwise="No rate yet."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str, *, currency: str | None) -> Sequence[Rate]:
    """Print the newest rates of MERCHANT."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_rates(connection, known.merchant_id, currency)
