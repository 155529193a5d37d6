"""`largesse report show` and `rows`: every report of the office as a table, as a file, and down to its rows."""

from typing import Any

import click
import msgspec

from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import leave_quietly, target_file, write_into
from largesse.interfaces.cli.report import Command, report
from largesse.interfaces.cli.runtime import Runtime, merchant_of, printed
from largesse.kernel.conventions import written_in
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services import reports
from largesse.services.reports import (
    Each,
    FigureAsked,
    ReportFile,
    ReportFormat,
    ReportLine,
    ReportName,
    ReportQuestion,
    read_question,
)
from largesse.ui import speak

__all__ = ["report"]

_ROWS_MAX = 100_000
_GAP = "  "


class PrintedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A report as a command prints it: its columns, and its lines by column, amounts in decimal texts."""

    provisional: bool
    columns: list[str]
    lines: list[dict[str, object]]
    nothing: str = "Nothing is booked there"


def _question_options(command: Command) -> Command:
    for option in (
        click.option("--account", default="", help="Of a statement: the account, such as cash."),
        click.option("--subject", "subject_id", default="", help="Of a statement: a subject by its id, instead."),
        click.option("--refcode", default="", help="Only orders of a partner's batch."),
        click.option("--partner", "partner_id", default="", help="Only what this partner ordered and owes, by its id."),
        click.option("--each", type=click.Choice(["", *Each]), default="", help="Tell days or months apart."),
        click.option("--offering", "offering_id", default="", help="Only this offering, by its id."),
        click.option("--location", "location_id", default="", help="Only this location, by its id."),
        click.option("--class", "class_of_value", default="", help="Only paid, promotional or credit."),
        click.option("--currency", default="", help="Only this currency."),
        click.option("--as-of", default="", help="Only what had happened by this moment."),
        click.option("--known-at", default="", help="Only what was recorded by this moment."),
        click.option("--through", default="", help="Up to this business day, which is included."),
        click.option("--since", default="", help="From this business day on."),
        click.option("--month", default="", help="The business days of a month, such as 2026-11."),
        click.argument("name", metavar="REPORT", type=click.Choice([one.value for one in ReportName])),
        merchant_argument,
    ):
        command = option(command)
    return command


def _in_columns(found: PrintedTable) -> str:
    if not found.lines:
        return f"{found.nothing}."
    rows = [
        found.columns,
        *([str(line[name] if line[name] is not None else "") for name in found.columns] for line in found.lines),
    ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(found.columns))]
    text = "\n".join(_GAP.join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return f"{text}\n\nProvisional: not all of this is sealed." if found.provisional else text


@report.command()
@_question_options
@click.option("--by-location", is_flag=True, help="A line for each location, where that is a choice.")
@printed(_in_columns)
async def show(
    deps: CommandDependencies, /, merchant: str, name: str, *, by_location: bool, **given: str
) -> PrintedTable:
    """Print REPORT of MERCHANT, as the office shows it."""
    known = await merchant_of(deps, merchant)
    question = _asked(name, given, by_location=by_location)
    table = await reports.answer(deps, known, question, now=deps.clock.now())
    columns = [one.name for one in reports.columns_with_something(table)]
    lines = [{name: _plain(line, name, table.columns) for name in columns} for line in table.lines]
    nothing, _ = reports.nothing_of(question.report, speak("en", folders=(reports.FOLDER / "locale",)))
    return PrintedTable(provisional=table.provisional, columns=columns, lines=lines, nothing=nothing)


@report.command("file")
@_question_options
@click.option("--by-location", is_flag=True, help="A line for each location, where that is a choice.")
@click.option(
    "--as", "wanted", type=click.Choice([one.value for one in ReportFormat]), default="csv", show_default=True
)
@click.option("--language", type=click.Choice(["en", "es", "fr", "de"]), default="en", show_default=True)
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def write_report(
    runtime: Runtime, /, merchant: str, name: str, *, by_location: bool, wanted: str, language: str, output: str,
    **given: str,
) -> None:  # fmt: skip
    """Write REPORT of MERCHANT as CSV, XLSX or PDF."""

    async def work(deps: CommandDependencies) -> ReportFile:
        known = await merchant_of(deps, merchant)
        question = _asked(name, given, by_location=by_location)
        voice = speak(written_in(language, known.english), folders=(reports.FOLDER / "locale",))
        return await reports.as_file(
            deps, known, question, await reports.answer(deps, known, question, now=deps.clock.now()),
            names=await reports.names_of(deps, known), wanted=ReportFormat(wanted),
            voice=voice, now=deps.clock.now(),
        )  # fmt: skip

    made = runtime.run(work)
    try:
        with target_file(output) as file:
            write_into(file, made.body)
    except BrokenPipeError:
        leave_quietly()


@report.command()
@_question_options
@click.option("--figure", required=True, help="The figure: the name of its column.")
@click.option("--where", multiple=True, help="What its line says, such as account=cash; once for each.")
@printed(_in_columns)
async def rows(
    deps: CommandDependencies, /, merchant: str, name: str, *, figure: str, where: tuple[str, ...], **given: str
) -> PrintedTable:
    """Print the rows of the journal that a figure of REPORT is made of, each with what it counts as."""
    known = await merchant_of(deps, merchant)
    told = {one.partition("=")[0]: one.partition("=")[2] or None for one in where}
    asked = FigureAsked(question=_asked(name, given, by_location=False), column=figure, where=told)
    found = await reports.figure_rows(deps, known, asked, limit=_ROWS_MAX)
    if found is None:
        raise click.UsageError("This report has no figure of that name.")
    columns = [
        "recorded_at",
        "booked_on",
        "subject_id",
        "seq",
        "kind",
        "debit",
        "credit",
        "currency",
        "amount",
        "signed",
    ]
    lines = [
        {
            **{name: row[name] for name in columns},
            "recorded_at": row["recorded_at"].isoformat(),
            "booked_on": row["booked_on"].isoformat(),
            "amount": plain(row["amount"], currency(row["currency"])),
            "signed": plain(row["signed"], currency(row["currency"])),
        }
        for row in found.rows
    ]
    return PrintedTable(provisional=False, columns=columns, lines=lines)


def _asked(name: str, given: dict[str, Any], *, by_location: bool) -> ReportQuestion:
    return read_question(ReportName(name), {**given, "by_location": "yes" if by_location else ""})


def _plain(line: ReportLine, name: str, columns: tuple[reports.ReportColumn, ...]) -> object:
    kind = next(one.kind for one in columns if one.name == name)
    value = line.cells.get(name)
    if isinstance(value, int) and (code := line.currency_of(kind)) is not None:
        return plain(value, currency(code))
    return value if value is None or isinstance(value, int) else str(value)
