"""`largesse export`: datasets as files, streamed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NoReturn, cast
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from largesse.domain.exports import FileFormat
from largesse.domain.merchants import find_merchant
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime
from largesse.kernel.errors import LargesseError
from largesse.services.exports import DatasetName, DateOf, ExportLayout, ExportRequest
from largesse.services.exports import export as export_dataset

PIPE_CLOSED = 141
"""What a shell reports for a program that ended because its reader went away (128 + SIGPIPE)."""


class FileNotWritable(LargesseError):
    """The file to write cannot be written."""

    code = "export.file"


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
        with _target(output) as file, _bar() as bar:
            rows = runtime.run(lambda deps: _run(deps, slug, request, file, bar))
    except BrokenPipeError:
        _leave_quietly()
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
        try:
            file.write(chunk)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _unwritable(str(file.name), error) from error

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
def _target(output: str) -> Iterator[BinaryIO]:
    """Lend the file to write; it takes its name only when everything is in it and on the disk.

    A device or a pipe (`/dev/null`, `/dev/stdout`) is written to as it is: a file in its place would end it.
    """
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    if path.exists() and not path.is_file():
        with _straight_into(path) as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(output, error) from error
    try:
        os.close(handle)
        with Path(name).open("wb") as file:
            yield file
            _settle(file, path)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _straight_into(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb", buffering=0) as file:
            yield cast("BinaryIO", file)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _settle(file: BinaryIO, path: Path) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, file.name)
        Path(file.name).replace(path)
    except OSError as error:
        raise _unwritable(str(path), error) from error


def _unwritable(name: str, error: OSError) -> FileNotWritable:
    return FileNotWritable(f"{name} cannot be written: {error.strerror}. Choose another file with -o.")


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


def _leave_quietly() -> NoReturn:
    """End without a word: the reader has what it wanted. Python must not flush into the closed pipe again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(PIPE_CLOSED)
