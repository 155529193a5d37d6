"""`largesse books accounts`, `charts` and `map`: which accounts of the bookkeeper's program the ledger's are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from largesse.domain import locations
from largesse.domain.book_exports import (
    MAPPABLE,
    BookFacts,
    BookMapping,
    MappedAccount,
    StarterChart,
    find_mapping,
    starter_charts,
)
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.month import as_option
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.ledger import Account
from largesse.services import book_exports, staff
from largesse.services.book_exports import MAPPING_COLUMNS

_FILE_MAX = 1 << 20
_FACTS: dict[str, type] = {
    "by_location": bool, "xero_tax": str, "xero_tracking": str, "quickbooks_columns": str, "datev_consultant": str,
    "datev_client": str, "datev_year_begins": int, "datev_account_length": int, "datev_chart": str,
}  # fmt: skip


def _line(one: MappedAccount) -> str:
    said = [
        one.class_of_value, f"location {one.location_id}" if one.location_id else None, one.tax_kind,
        None if one.rate_ppm is None else f"{book_exports.rate_said(one.rate_ppm)} %",
    ]  # fmt: skip
    only = f" ({', '.join(filter(None, said))})" if any(said) else ""
    tax = f", tax {one.tax_code}" if one.tax_code else ""
    return f"{one.account.value}{only}  {one.code}  {one.name}{tax}"


def _lines(mapping: BookMapping | None) -> str:
    if mapping is None:
        return "No account is mapped yet. `largesse books charts` lists what you may start from."
    mapped = {one.account for one in mapping.lines}
    missing = [f"no account yet: {one.value}" for one in MAPPABLE if one not in mapped]
    head = f"version {mapping.version}, by {mapping.made_by}"
    facts = "  ".join(f"{name}={value}" for name, value in msgspec.structs.asdict(mapping.facts).items())
    return "\n".join([head, *map(_line, mapping.lines), *missing, facts])


def _chart(one: StarterChart) -> str:
    return f"{one.key}  {one.name}: {len(one.lines)} lines; a suggestion, not advice"


def _chart_facts(charts: Sequence[StarterChart]) -> list[dict[str, object]]:
    return [{"key": one.key, "name": one.name, "lines": one.lines, "facts": one.facts} for one in charts]


def mapping_commands(group: click.Group) -> None:
    """Give a group the commands of accounts."""
    group.add_command(accounts)
    group.add_command(charts)
    group.add_command(map_)


@click.command()
@merchant_argument
@click.option("--version", type=click.IntRange(min=1), help="Another version than the last.")
@printed(_lines)
async def accounts(deps: CommandDependencies, /, merchant: str, *, version: int | None) -> BookMapping | None:
    """Print which accounts of the bookkeeper's program those of MERCHANT are."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await find_mapping(connection, known.merchant_id, version)


@click.command()
@printed(listed(_chart), _chart_facts)
async def charts(_deps: CommandDependencies, /) -> Sequence[StarterChart]:
    """Print the charts to start from: suggestions, not advice."""
    return list(starter_charts().values())


@click.command("map")
@merchant_argument
@as_option
@click.option("--chart", "start", type=click.Choice(list(starter_charts())), help="Begin with a chart.")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"A CSV file with the columns {', '.join(MAPPING_COLUMNS)}, in place of all lines.",
)  # fmt: skip
@click.option("--account", "one", type=click.Choice([one.value for one in MAPPABLE]), help="Change one line.")
@click.option("--code", default="", help="Its account there.")
@click.option("--name", default="", help="Its name there.")
@click.option("--tax-code", default="", help="The tax that the program wants beside it.")
@click.option("--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What a program wants to know; repeatable.")
@printed(_lines)
async def map_(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    acting_for: str,
    start: str | None,
    path: Path | None,
    one: str | None,
    code: str,
    name: str,
    tax_code: str,
    facts: Sequence[str],
) -> BookMapping:
    """Keep another version of the accounts of MERCHANT: from a chart, from a file, or with one line changed."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        before = await find_mapping(connection, known.merchant_id)
        places = await locations.locations(connection, known.merchant_id)
        by = await staff.as_member(connection, known, acting_for)
    lines = list(before.lines) if before else []
    told = before.facts if before else BookFacts()
    if start is not None:
        chart = starter_charts()[start]
        lines = list(chart.lines)
        told = _with_facts(told, [f"{key}={value}" for key, value in msgspec.to_builtins(chart.facts).items() if value])
    if path is not None:
        lines = book_exports.read_lines(_text(path), places)
    if one is not None:
        made = MappedAccount(account=Account(one), code=code, name=name, tax_code=tax_code)
        lines = [line for line in lines if line.account is not made.account or line.rank > made.rank] + [made]
    return await book_exports.change_mapping(
        deps, known, lines, _with_facts(told, facts), before=before.version if before else 0, by=by,
        now=deps.clock.now(),
    )  # fmt: skip


def _with_facts(facts: BookFacts, said: Sequence[str]) -> BookFacts:
    changed = dict[str, Any]()
    for one in said:
        name, sign, value = one.partition("=")
        kind = _FACTS.get(name)
        if not sign or kind is None:
            raise click.UsageError(f"A fact is NAME=VALUE, NAME one of: {', '.join(_FACTS)}.")
        if kind is bool:
            changed[name] = value.lower() in {"yes", "true", "1"}
        elif kind is int:
            changed[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 5 else -1
        else:
            changed[name] = value
    return msgspec.structs.replace(facts, **changed)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_FILE_MAX).decode("utf-8-sig", "replace")
