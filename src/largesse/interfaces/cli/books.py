"""`largesse books`: hand what was booked to a bookkeeper's program, each row once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import click

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.book_exports import (
    BookAsked,
    BookFormat,
    BookGrain,
    BookSchedule,
    BookSet,
    list_sets,
)
from largesse.domain.merchants import Merchant
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.books_mapping import mapping_commands
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import leave_quietly, target_file
from largesse.interfaces.cli.month import as_option, read_month
from largesse.interfaces.cli.runtime import Runtime, listed, merchant_of, printed, said
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import book_exports, reports, staff
from largesse.services.book_exports import BookArchive, BookFile, BookManner, BookTotal, BookWaiting
from largesse.ui import LANGUAGES, Voice, speak


class Preview(NamedTuple):
    """What waits, what it would do to each account there, and what has no account yet."""

    asked: BookAsked
    waiting: BookWaiting
    totals: Sequence[BookTotal]
    unmapped: Sequence[str]


def _day(_ctx: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter("write a day as year, month and day, such as 2026-11-30") from error


def _month(ctx: click.Context, option: click.Parameter, text: str | None) -> date | None:
    return None if text is None else read_month(ctx, option, text)


def _preview(found: Preview) -> str:
    money, waits = currency(found.asked.currency), found.waiting
    what = f"{waits.rows} rows, {plain(waits.amount, money)} {money.code}, {waits.late_rows} of them late"
    left = f"{waits.imported} brought along, {waits.memorandum} given away"
    lines = [f"before {found.asked.until}: {what}; left out: {left}"]
    lines += [
        f"{one.code or 'no account yet'}  {one.name}  {plain(one.debit, money)}  {plain(one.credit, money)}"
        for one in found.totals
    ]
    return "\n".join([*lines, *(f"no account yet: {one}" for one in found.unmapped)])


def _preview_facts(found: Preview) -> dict[str, object]:
    money, waits = currency(found.asked.currency), found.waiting
    return {
        "until": found.asked.until,
        "currency": money.code,
        "rows": waits.rows,
        "late_rows": waits.late_rows,
        "amount": plain(waits.amount, money),
        "left_out": {"imported": waits.imported, "memorandum": waits.memorandum},
        "accounts": [
            {"code": one.code, "name": one.name, "debit": plain(one.debit, money), "credit": plain(one.credit, money)}
            for one in found.totals
        ],
        "unmapped": list(found.unmapped),
    }


def _set(made: BookSet) -> str:
    money = currency(made.currency)
    late = f", {made.late_rows} late" if made.late_rows else ""
    files = f"written {made.files} times" if made.files != 1 else "written once"
    return (
        f"{made.set_number}  {made.first_day} to {made.last_day}  {made.rows} rows{late}  "
        f"{plain(made.total, money)} {money.code}  {made.format.value} by {made.grain.value}  "
        f"accounts version {made.mapping_version}  by {made.made_by}  {files}"
    )


def _facts(made: BookSet) -> dict[str, object]:
    return {
        "number": made.set_number,
        "legal_entity_id": str(made.legal_entity_id),
        "currency": made.currency,
        "until": made.until,
        "first_day": made.first_day,
        "last_day": made.last_day,
        "rows": made.rows,
        "late_rows": made.late_rows,
        "amount": plain(made.total, currency(made.currency)),
        "imports": made.imports,
        "format": made.format.value,
        "grain": made.grain.value,
        "mapping_version": made.mapping_version,
        "made_by": made.made_by,
        "made_at": made.made_at,
        "files": made.files,
    }


def _scheduled(made: BookSchedule) -> str:
    first = book_exports.first_due(made.next_month)
    return (
        f"{made.format.value} by {made.grain.value}, {made.currency}: {made.next_month:%Y-%m} on {first}, then monthly"
    )


def _all_facts(sets: Sequence[BookSet]) -> list[dict[str, object]]:
    return [_facts(one) for one in sets]


def _languages(language: str) -> Voice:
    return speak(language, folders=(reports.FOLDER / "locale", book_exports.FOLDER / "locale"))


until_option = click.option("--through", "last", callback=_day, help="The last day, included; yesterday without it.")
month_option = click.option("--month", callback=_month, help="All that was booked until the end of this month.")
currency_option = click.option("--currency", "code", help="ISO 4217 code; the merchant's own without it.")
entity_option = click.option("--entity", type=click.UUID, help="The legal entity; the merchant's default without it.")
imports_option = click.option("--with-imports", "imports", is_flag=True, help="Take along what came from elsewhere.")


@click.group()
def books() -> None:
    """Hand what MERCHANT, a slug or a number, has booked to a bookkeeper's program, each row once."""


mapping_commands(books)


@books.command("check")
@merchant_argument
@until_option
@month_option
@currency_option
@entity_option
@imports_option
@printed(_preview, _preview_facts)
async def check(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    last: date | None,
    month: date | None,
    code: str | None,
    entity: UUID | None,
    imports: bool,
) -> Preview:
    """Print what an export would have, and what has no account yet; nothing is taken."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        asked = await _asked(connection, deps, known, last=last, month=month, code=code, entity=entity, imports=imports)
        found = await book_exports.waiting(connection, known, asked)
        mapping = await book_exports.mapping_of(connection, known)
    lines = mapping.lines if mapping else ()
    missing = dict.fromkeys(one.account.value for one in found.unmapped(lines))
    return Preview(asked, found, book_exports.totals_of(found.parts, lines), list(missing))


@books.command("export")
@merchant_argument
@as_option
@click.option("--for", "wanted", type=click.Choice([one.value for one in BookFormat]), required=True)
@click.option("--by", "grain", type=click.Choice([one.value for one in BookGrain]), default=BookGrain.DAY.value)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of its texts.")
@until_option
@month_option
@currency_option
@entity_option
@imports_option
@printed(_set, _facts)
async def export(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    acting_for: str,
    wanted: str,
    grain: str,
    language: str,
    last: date | None,
    month: date | None,
    code: str | None,
    entity: UUID | None,
    imports: bool,
) -> BookSet:
    """Take all that has not left yet, as one export; `books write` writes it to a file."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        asked = await _asked(connection, deps, known, last=last, month=month, code=code, entity=entity, imports=imports)
        by = await staff.as_member(connection, known, acting_for)
    manner = BookManner(format=BookFormat(wanted), grain=BookGrain(grain), language=language)
    return await book_exports.make_set(deps, known, asked, manner, by=by, now=deps.clock.now())


@books.command("list")
@merchant_argument
@printed(listed(_set, otherwise="Nothing was exported yet."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str) -> Sequence[BookSet]:
    """Print the exports of MERCHANT, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_sets(connection, known.merchant_id)


@books.command("write")
@merchant_argument
@click.argument("number", type=click.IntRange(min=1))
@as_option
@click.option("--for", "wanted", type=click.Choice([one.value for one in BookFormat]), help="Instead of its own.")
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def write(runtime: Runtime, /, merchant: str, number: int, *, acting_for: str, wanted: str | None, output: str) -> None:
    """Write export NUMBER to a file; each further time it says that it is a repeat."""

    async def work(deps: CommandDependencies) -> BookFile:
        known = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            by = await staff.as_member(connection, known, acting_for)
        chosen = BookFormat(wanted) if wanted else None
        with target_file(output) as file:
            return await book_exports.file_set(
                deps, known, number, chosen, voice=_languages, into=file, by=by, now=deps.clock.now()
            )

    try:
        made = runtime.run(work)
    except BrokenPipeError:
        leave_quietly()
    again = f", repeat {made.repeat}" if made.repeat else ""
    click.echo(f"{made.name}: {made.lines} lines{again}, SHA-256 {made.sha256}", err=True)


@books.command("schedule")
@merchant_argument
@as_option
@click.option("--for", "wanted", type=click.Choice([one.value for one in BookFormat]), required=True)
@click.option("--by", "grain", type=click.Choice([one.value for one in BookGrain]), default=BookGrain.DAY.value)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of its texts.")
@currency_option
@entity_option
@printed(_scheduled)
async def schedule(
    deps: CommandDependencies,
    /,
    merchant: str,
    *,
    acting_for: str,
    wanted: str,
    grain: str,
    language: str,
    code: str | None,
    entity: UUID | None,
) -> BookSchedule:
    """Have an export made on the second day of each month, of all that was booked until the end of the month before."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        asked = await _asked(connection, deps, known, last=None, month=None, code=code, entity=entity, imports=False)
        by = await staff.as_member(connection, known, acting_for)
    manner = BookManner(format=BookFormat(wanted), grain=BookGrain(grain), language=language)
    return await book_exports.schedule_exports(deps, known, asked, manner, by=by, now=deps.clock.now())


@books.command("unschedule")
@merchant_argument
@as_option
@said(lambda ended: "Nothing is made by itself any more." if ended else "Nothing was made by itself.")
async def unschedule(deps: CommandDependencies, /, merchant: str, *, acting_for: str) -> bool:
    """Have no exports made by themselves any more."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        by = await staff.as_member(connection, known, acting_for)
    return await book_exports.unschedule_exports(deps, known, by=by, now=deps.clock.now())


@books.command("archive")
@merchant_argument
@as_option
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of account names.")
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def archive(runtime: Runtime, /, merchant: str, *, acting_for: str, language: str, output: str) -> None:
    """Write journal, chart, accounts, exports and seals as one archive; docs/check_archive.py checks it."""

    async def work(deps: CommandDependencies) -> BookArchive:
        known = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            by = await staff.as_member(connection, known, acting_for)
        with target_file(output) as file:
            return await book_exports.write_archive(
                deps, known, voice=_languages(language), into=file, by=by, now=deps.clock.now()
            )

    try:
        made = runtime.run(work)
    except BrokenPipeError:
        leave_quietly()
    click.echo(f"{made.name}: {made.rows} rows up to seal {made.seal.number}, {made.seal.hash.hex()}", err=True)


async def _asked(
    connection: Connection,
    deps: CommandDependencies,
    merchant: Merchant,
    *,
    last: date | None,
    month: date | None,
    code: str | None,
    entity: UUID | None,
    imports: bool,
) -> BookAsked:
    if last is not None and month is not None:
        raise click.UsageError("Choose a day or a month, not both.")
    today = day_of(deps.clock.now(), in_zone=merchant.zone)
    until = reports.month_after(month) if month else last + timedelta(days=1) if last else today
    if entity is None:
        home = await locations.default_entity(connection, merchant.merchant_id)
        assert home is not None
        entity = home.entity_id
    return BookAsked(legal_entity_id=entity, currency=(code or merchant.currency).upper(), until=until, imports=imports)
