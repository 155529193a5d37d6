"""`largesse month`: check, close, open again and print the months of a merchant."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import click

from largesse.domain.months import MonthClose, find_report, list_closes
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import leave_quietly, target_file, write_into
from largesse.interfaces.cli.runtime import Runtime, listed, merchant_of, printed
from largesse.kernel.conventions import written_in
from largesse.services import months, reports, staff
from largesse.services.months import PRINTED, MonthFinding
from largesse.services.staff import Manager
from largesse.ui import LANGUAGES, speak

Command = TypeVar("Command", bound=Callable[..., Any])


def read_month(_ctx: click.Context, _option: click.Parameter, text: str) -> date:
    """Return the first day of the month that was typed."""
    try:
        return reports.read_month(text)
    except ValueError as error:
        raise click.BadParameter("write a month as year and month, such as 2026-11") from error


month_argument = click.argument("month", callback=read_month)
as_option = click.option(
    "--as", "acting_for", metavar="ADDRESS", required=True, help="The address of whom you act for: bound by their role."
)


def _finding(found: MonthFinding) -> str:
    return ": ".join(filter(None, (found.code, found.told, found.finding)))


def _close(closed: MonthClose) -> str:
    month = closed.month.strftime("%Y-%m")
    if closed.closed_at is None:
        return f"{month} version {closed.version}: asked for by {closed.requested_by}, waits for another person"
    who = (
        f"by one person, {closed.requested_by}" if closed.alone else f"by {closed.requested_by} and {closed.closed_by}"
    )
    seal = f", seal {closed.seal_number}" if closed.seal_number else ""
    again = f"; opened again by {closed.reopened_by}: {closed.reopened_for}" if closed.reopened_at else ""
    return f"{month} version {closed.version}: closed {who}{seal}{again}"


def _facts(closed: MonthClose) -> dict[str, object]:
    return {
        "month": closed.month.strftime("%Y-%m"),
        "version": closed.version,
        "state": closed.state.value,
        "requested_by": closed.requested_by,
        "requested_at": closed.requested_at,
        "waived": closed.waived,
        "closed_by": closed.closed_by,
        "closed_at": closed.closed_at,
        "by_one_person": closed.alone,
        "seal_number": closed.seal_number,
        "known_at": closed.known_at,
        "reopened_by": closed.reopened_by,
        "reopened_for": closed.reopened_for,
    }


def _all_facts(closes: Sequence[MonthClose]) -> list[dict[str, object]]:
    return [_facts(one) for one in closes]


@click.group()
def month() -> None:
    """Close the months of MERCHANT, a slug or a number. MONTH is written as 2026-11."""


@month.command()
@merchant_argument
@month_argument
@printed(listed(_finding, otherwise="Nothing stands in the way: the month may be closed."))
async def check(deps: CommandDependencies, /, merchant: str, month: date) -> Sequence[MonthFinding]:
    """Print what stands in the way of closing MONTH."""
    known = await merchant_of(deps, merchant)
    return await months.check_month(deps, known, month, now=deps.clock.now())


@month.command()
@merchant_argument
@month_argument
@as_option
@click.option("--waive", "waived", default="", help="Why devices that were not heard from are not waited for.")
@printed(_close, _facts)
async def request(
    deps: CommandDependencies, /, merchant: str, month: date, *, acting_for: str, waived: str
) -> MonthClose:
    """Ask for MONTH to be closed; another person agrees to it within seven days."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    return await months.request_month(deps, known, month, by=by, waived=waived, now=deps.clock.now())


@month.command()
@merchant_argument
@month_argument
@as_option
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of what is printed.")
@printed(_close, _facts)
async def approve(
    deps: CommandDependencies, /, merchant: str, month: date, *, acting_for: str, language: str
) -> MonthClose:
    """Agree that MONTH is closed: it is sealed, and its reports are printed and kept."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    voice = speak(written_in(language, known.english), folders=(reports.FOLDER / "locale", months.FOLDER / "locale"))
    return await months.approve_month(deps, known, month, by=by, voice=voice, now=deps.clock.now())


@month.command()
@merchant_argument
@month_argument
@as_option
@click.option("--reason", required=True, help="Why, for the audit log.")
@printed(_close, _facts)
async def reopen(
    deps: CommandDependencies, /, merchant: str, month: date, *, acting_for: str, reason: str
) -> MonthClose:
    """Open the books again for MONTH, the last one that is closed; closing it makes another version."""
    known = await merchant_of(deps, merchant)
    by = await _manager(deps, merchant, acting_for)
    return await months.reopen_month(deps, known, month, by=by, reason=reason, now=deps.clock.now())


@month.command("list")
@merchant_argument
@printed(listed(_close, otherwise="No month was closed yet."), _all_facts)
async def list_(deps: CommandDependencies, /, merchant: str) -> Sequence[MonthClose]:
    """Print every close of MERCHANT, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await list_closes(connection, known.merchant_id)


@month.command("print")
@merchant_argument
@month_argument
@click.option("--version", type=click.IntRange(min=1), required=True, help="The version of the month.")
@click.option(
    "--report", type=click.Choice([one.value for one in PRINTED]), default=PRINTED[0].value, show_default=True
)
@click.option("--to", "output", required=True, help="The file to write; - is standard output.")
@click.pass_obj
def print_again(runtime: Runtime, /, merchant: str, month: date, *, version: int, report: str, output: str) -> None:
    """Write a report of a version of MONTH, byte for byte as it was printed when it was closed."""

    async def work(deps: CommandDependencies) -> bytes:
        known = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            return await find_report(connection, known.merchant_id, month, version, report)

    body = runtime.run(work)
    try:
        with target_file(output) as file:
            write_into(file, body)
    except BrokenPipeError:
        leave_quietly()


async def _manager(deps: CommandDependencies, merchant: str, acting_for: str) -> Manager:
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        return await staff.as_member(connection, known, acting_for)
