"""`largesse export`: datasets as files, streamed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from largesse.domain.exports import FileFormat
from largesse.domain.merchants import find_merchant
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.files import leave_quietly, target_file, write_into
from largesse.interfaces.cli.runtime import Runtime
from largesse.services.exports import DatasetName, DateOf, ExportLayout, ExportRequest
from largesse.services.exports import export as export_dataset


@click.command()
@click.argument("dataset", type=click.Choice([name.value for name in DatasetName]))
@click.option("--merchant", "slug", required=True, help="The merchant's slug or number.")
@click.option("--since", help="From this day or time on, in the merchant's zone.")
@click.option("--until", help="Up to this day or time, which is not included.")
@click.option("--status", help="Only what stands so.")
@click.option("--refcode", help="Only orders of a partner's batch.")
@click.option(
    "--endpoint", type=click.UUID, help="Only its deliveries; for orders, fill custom1 and custom2 with its own."
)
@click.option("--partner", help="Only orders of this partner, by name or id.")
@click.option(
    "--layout",
    type=click.Choice([layout.value for layout in ExportLayout]),
    default="full",
    show_default=True,
    help="posted: exactly the 26 columns of the order post, issued orders only.",
)
@click.option(
    "--by",
    type=click.Choice([date.value for date in DateOf]),
    default="ordered",
    show_default=True,
    help="Which date of an order --since and --until are of.",
)
@click.option(
    "--format", "form", type=click.Choice([form.value for form in FileFormat]), default="csv", show_default=True
)
@click.option("-o", "--output", default="-", show_default=True, help="The file to write; - is standard output.")
@click.pass_obj
def export(runtime: Runtime, /, dataset: str, *, slug: str, form: str, output: str, **given: str | UUID | None) -> None:
    """Export DATASET as CSV, XLSX or JSON Lines. A file appears when it is whole; until then the old one stays."""
    request = _request(dataset, form, given)
    try:
        with target_file(output) as file, _bar() as bar:
            rows = runtime.run(lambda deps: _run(deps, slug, request, file, bar))
    except BrokenPipeError:
        leave_quietly()
    if sys.stderr.isatty():
        click.echo(f"{rows} rows", err=True)


def _request(dataset: str, form: str, given: dict[str, str | UUID | None]) -> ExportRequest:
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    endpoint = given["endpoint"]
    return ExportRequest(
        dataset=DatasetName(dataset),
        format=FileFormat(form),
        endpoint=endpoint if isinstance(endpoint, UUID) else None,
        since=texts.get("since"),
        until=texts.get("until"),
        status=texts.get("status"),
        refcode=texts.get("refcode"),
        partner=texts.get("partner"),
        layout=ExportLayout(texts["layout"]),
        by=DateOf(texts["by"]),
    )


async def _run(
    deps: CommandDependencies, slug: str, request: ExportRequest, file: BinaryIO, bar: Progress | None
) -> int:
    async with deps.database.connection() as connection:
        merchant = await find_merchant(connection, slug)

    async def sink(chunk: bytes) -> None:
        write_into(file, chunk)

    if bar is None:
        return await export_dataset(deps, merchant, request, sink=sink)
    task = bar.add_task(request.dataset.value, total=None)
    return await export_dataset(
        deps,
        merchant,
        request,
        sink=sink,
        progress=lambda rows: bar.update(task, completed=rows),
        total=lambda rows: bar.update(task, total=rows),
    )


@contextmanager
def _bar() -> Iterator[Progress | None]:
    """Lend a progress bar on standard error, where a person sees it; None elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar
