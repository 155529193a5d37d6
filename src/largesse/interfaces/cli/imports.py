"""`largesse import`: bring certificates over from another system, and take them back."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from largesse.domain import imports
from largesse.domain.imports import (
    CardColumn,
    Choices,
    DayOrder,
    Import,
    ImportState,
    ImportTerms,
    LastDay,
    Question,
)
from largesse.interfaces.cli.arguments import fraction_of
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option, listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import ClassOfValue
from largesse.services import imports as services
from largesse.wire.loose_tables import ENCODINGS, EncodingUnsure, read_loose_table

FILE_BYTES_MAX = 64 * 1024 * 1024
_MERCHANT = click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
_REASON = click.option("--reason", help="Why, for the audit log.")
_FAULTS_SHOWN = 50
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


def _row(one: Import) -> str:
    return f"{one.import_id} {one.created_at:%Y-%m-%d %H:%M} {one.state.value:<9} {one.rows:>7} {one.file_name}"


def _lines(one: Import) -> str:
    summary, terms = one.summary, one.terms
    preset = imports.presets().get(summary.preset)
    parts = [
        fields(
            {
                "import": one.import_id,
                "state": one.state.value,
                "file": one.file_name,
                "system": preset.name if preset else None,
                "certificates": summary.rows,
                "of these not sold yet": summary.inactive or None,
                "easily guessed numbers": summary.weak or None,
                "holders known by address": summary.addressed or None,
                "mails to them": (summary.addressed if terms.tells else "none") if summary.addressed else None,
                "addresses left out": summary.unaddressed or None,
                "cut-over": terms.cut_over,
                "progress": f"{one.progress} of {one.rows}" if one.state.is_under_way else None,
                "kept, for they were used": one.kept or None,
                "trouble": one.trouble or None,
            }
        )
    ]
    parts += [_asked(question) for question in summary.questions]
    if summary.lines:
        parts.append(f"{'outstanding':<18} {'before':>16} {'imported':>16} {'after':>16}")
    for line in summary.lines:
        money = currency(line.currency)
        amounts = (plain(amount, money) for amount in (line.before, line.imported, line.after))
        name = f"{line.currency} {line.class_of_value.value}"
        parts.append(" ".join([f"{name:<18}", *(f"{amount:>16}" for amount in amounts)]))
    for left in summary.left_out:
        amount = plain(left.value, currency(left.currency))
        parts.append(f"left out: {left.count} {left.why.value}, {amount} {left.currency}")
    parts += [f"{fault.field}: {fault.message} [{fault.code}]" for fault in summary.faults[:_FAULTS_SHOWN]]
    if summary.fault_count > _FAULTS_SHOWN:
        parts.append(f"… and {summary.fault_count - _FAULTS_SHOWN} more.")
    return "\n".join(parts)


_ASKED = {
    imports.Ask.PRESET: "Which system is the file from? Say --preset, or --column for each column.",
    imports.Ask.COLUMNS: "What is in which column? Say --column for each.",
    imports.Ask.DECIMAL: "What parts decimals? Say --decimal.",
    imports.Ask.DAY_ORDER: "In which order are days written? Say --days.",
    imports.Ask.LAST_DAY: "Is a card still good on its day of expiry? Say --last-day.",
}


def _asked(question: Question) -> str:
    answers = "\n".join(f"  {value:<16} {example}" for value, example in question.answers)
    return f"{_ASKED[question.ask]}\n{answers}".rstrip()


@click.group("import")
def import_() -> None:
    """Bring certificates over from another system, and take an import back."""


@import_.command("presets")
@json_option
def presets_(*, machine: bool) -> None:
    """List the systems whose files are known."""
    known = imports.presets()
    if machine:
        click.echo(as_json({name: {"name": one.name, "note": one.note} for name, one in known.items()}))
        return
    for name, one in known.items():
        click.echo(f"{name:<16} {one.name}\n{'':<16} {one.note}")
    click.echo("\nFacts from public help pages and code, not confirmed by the makers of these systems.")


def _columns(_ctx: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> Mapping[CardColumn, int] | None:
    """Read `number=1`: what is in which column, counted from 1."""
    found = dict[CardColumn, int]()
    for text in given:
        name, _, place = text.partition("=")
        if name not in set(CardColumn) or not place.isdecimal() or not 0 < int(place) <= 1_000:
            known = ", ".join(CardColumn)
            raise click.BadParameter(f"write what it is and which, counted from 1, such as number=1; known: {known}")
        found[CardColumn(name)] = int(place) - 1
    return found or None


@import_.command("certificates")
@_MERCHANT
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preset", type=click.Choice([*imports.presets()]), help="The system; else known by the header.")
@click.option("--column", "columns", multiple=True, callback=_columns, help="What is in which column: number=1.")
@click.option("--encoding", type=click.Choice(ENCODINGS), help="Of a CSV that is not Unicode.")
@click.option("--separator", type=click.Choice([*_SEPARATORS]), help="What stands between cells; else detected.")
@click.option("--decimal", type=click.Choice([".", ","]), help="What parts decimals, where no amount tells.")
@click.option("--days", type=click.Choice([one.value for one in DayOrder]), help="The order in days, where none tells.")
@click.option(
    "--last-day", type=click.Choice([one.value for one in LastDay]), help="Whether a card is good on its day of expiry."
)
@click.option("--lengths-differ", is_flag=True, help="Numbers of different lengths are right as they stand.")
@click.option("--currency", "code", help="Of a file that names none; usually the merchant's.")
@click.option(
    "--cut-over",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="As of when, in the merchant's zone; else now.",
)
@click.option(
    "--class", "class_of_value", type=click.Choice(["paid", "promotional"]), default="paid", show_default=True
)
@click.option("--tax-kind", type=click.Choice([one.value for one in TaxKind]), default="none", show_default=True)
@click.option("--tax", "percent", help="The rate in per cent, where the kind has one at sale.")
@click.option("--tax-country", help="Whose tax it is, such as DE.")
@click.option(
    "--tell-holders", is_flag=True, help="Mail each holder whose address is in the file, once it is imported."
)
@click.option("--dry-run", is_flag=True, help="Tell what comes and what is wrong, and import nothing.")
@_REASON
@json_option
@click.pass_obj
def certificates_(
    runtime: Runtime,
    /,
    slug: str,
    file: Path,
    *,
    columns: Mapping[CardColumn, int] | None,
    dry_run: bool,
    reason: str | None,
    machine: bool,
    **given: str | bool | datetime | None,
) -> None:
    """Import the certificates of FILE, a CSV, an XLSX or a list in JSON: all of them, or none.

    The same file again changes nothing. No mail is sent unless it is asked for.
    """
    choices = _choices(columns, given)
    try:
        table = read_loose_table(
            file.read_bytes(),
            size_max=FILE_BYTES_MAX,
            encoding=str(given["encoding"] or ""),
            separator=_SEPARATORS.get(str(given["separator"]), ""),
        )
    except EncodingUnsure as unsure:
        readings = "\n".join(f"  --encoding {name:<14} {line}" for name, line in unsure.readings.items())
        raise click.UsageError(f"{unsure.message} A line of it looks like this:\n{readings}") from unsure

    async def stage(deps: CommandDependencies) -> Import:
        merchant = await merchant_of(deps, slug)
        cut_over = given["cut_over"]
        terms = ImportTerms(
            cut_over=cut_over.replace(tzinfo=merchant.zone) if isinstance(cut_over, datetime) else None,
            class_of_value=ClassOfValue(str(given["class_of_value"])),
            treatment=_treatment(given),
            tells=bool(given["tell_holders"]),
        )
        now = deps.clock.now()
        return await services.stage(
            deps, merchant, table, file_name=file.name, choices=choices, terms=terms, actor=actor(), now=now
        )

    one = runtime.run(stage)
    if one.state is not ImportState.STAGED or dry_run or not one.summary.is_ready:
        _tell(one, machine=machine)
        ready = one.state is not ImportState.STAGED or one.summary.is_ready
        sys.exit(0 if ready else 1)
    if not machine:
        click.echo(_lines(one))
    with _bar() as bar:
        done = runtime.run(lambda deps: _go(deps, slug, one.import_id, reason, bar))
    _tell(done, machine=machine)
    sys.exit(0 if done.state is ImportState.DONE else 1)


async def _go(deps: CommandDependencies, slug: str, import_id: UUID, reason: str | None, bar: Progress) -> Import:
    merchant = await merchant_of(deps, slug)
    await services.confirm(deps, merchant, import_id, actor=actor(), reason=reason, now=deps.clock.now())
    told = _telling(bar, "importing")
    done = await services.run(deps, merchant, import_id, now=deps.clock.now(), progress=told)
    return await services.take_back(deps, merchant, done.import_id, now=deps.clock.now(), progress=told)


def _choices(columns: Mapping[CardColumn, int] | None, given: Mapping[str, str | bool | datetime | None]) -> Choices:
    days, last_day = given["days"], given["last_day"]
    code = given["code"]
    return Choices(
        preset=str(given["preset"] or (imports.PLAIN if columns else "")),
        columns=columns,
        decimal=str(given["decimal"] or ""),
        day_order=DayOrder(str(days)) if days else None,
        last_day=LastDay(str(last_day)) if last_day else None,
        lengths_differ=bool(given["lengths_differ"]),
        currency=currency(str(code).upper()).code if code else "",
    )


def _treatment(given: Mapping[str, str | bool | datetime | None]) -> TaxTreatment:
    kind, country = TaxKind(str(given["tax_kind"])), given["tax_country"]
    rate = fraction_of(str(given["percent"])) if given["percent"] else Decimal(0)
    if rate is None or (kind.due_at_sale != bool(rate)):
        raise click.UsageError("Give --tax with a rate in per cent, such as 19, with a tax kind that has one at sale.")
    if kind is TaxKind.NONE:
        return UNTAXED
    return TaxTreatment(kind=kind, country=str(country).upper() if country else None, rate=rate)


@import_.command("list")
@_MERCHANT
@printed(listed(_row, otherwise="Nothing was imported yet."))
async def list_(deps: CommandDependencies, /, slug: str) -> list[Import]:
    """List imports, newest first."""
    merchant = await merchant_of(deps, slug)
    async with deps.database.connection() as connection:
        return await imports.list_imports(connection, merchant.merchant_id)


@import_.command()
@_MERCHANT
@click.argument("import_id", type=click.UUID)
@printed(_lines)
async def show(deps: CommandDependencies, /, slug: str, import_id: UUID) -> Import:
    """Show an import: what it brings or brought, and what is wrong."""
    return await services.find_import(deps, await merchant_of(deps, slug), import_id)


@import_.command()
@_MERCHANT
@click.argument("import_id", type=click.UUID)
@_REASON
@json_option
@click.pass_obj
def reverse(runtime: Runtime, slug: str, import_id: UUID, *, reason: str | None, machine: bool) -> None:
    """Take an import back as a whole, as long as none of its certificates was used."""

    async def work(deps: CommandDependencies) -> Import:
        merchant = await merchant_of(deps, slug)
        now = deps.clock.now()
        await services.reverse(deps, merchant, import_id, actor=actor(), reason=reason, now=now)
        return await services.take_back(deps, merchant, import_id, now=now, progress=_telling(bar, "taking back"))

    with _bar() as bar:
        done = runtime.run(work)
    _tell(done, machine=machine)


@import_.command()
@_MERCHANT
@click.argument("import_id", type=click.UUID)
@printed(lambda _: "Forgotten.")
async def withdraw(deps: CommandDependencies, /, slug: str, import_id: UUID) -> Import:
    """Forget a file that was brought and not imported."""
    merchant = await merchant_of(deps, slug)
    one = await services.find_import(deps, merchant, import_id)
    if one.state is not ImportState.STAGED:
        raise click.UsageError("It was imported. To take it back, reverse it.")
    async with deps.database.transaction() as connection:
        await imports.withdraw(connection, merchant.merchant_id, import_id)
    return one


@contextmanager
def _bar() -> Iterator[Progress]:
    """Lend a progress bar on standard error, where a person sees it."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        yield bar


def _telling(bar: Progress, what: str) -> Callable[[Import], None]:
    """Return what moves the bar."""
    task = bar.add_task(what, total=None)
    return lambda at: bar.update(task, completed=at.progress, total=at.rows)


def _tell(one: Import, *, machine: bool) -> None:
    click.echo(as_json(one) if machine else _lines(one))
