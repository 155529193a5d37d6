"""`largesse clock`: whether the duties may believe this machine's clock."""

import click

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime
from largesse.services.certificates import ClockReading, accept_clock, read_clocks

_JSON = click.option("--json", "machine", is_flag=True, help="Print JSON.")


@click.group()
def clock() -> None:
    """Compare this machine's clock with the database's and with the newest rows."""


@clock.command()
@_JSON
@click.pass_obj
def show(runtime: Runtime, /, *, machine: bool) -> None:
    """Show what the clocks say, and whether duties run."""

    async def work(deps: CommandDependencies) -> ClockReading:
        return await read_clocks(deps, now=deps.clock.now())

    _print(runtime.run(work), machine=machine)


@clock.command()
@_JSON
@click.pass_obj
def accept(runtime: Runtime, /, *, machine: bool) -> None:
    """Confirm that this machine's clock is right: rows that are newer were written by one that was wrong."""

    async def work(deps: CommandDependencies) -> ClockReading:
        return await accept_clock(deps, now=deps.clock.now())

    _print(runtime.run(work), machine=machine)


def _print(reading: ClockReading, *, machine: bool) -> None:
    state = "stopped: the clocks differ" if reading.differ else "running" if reading.steady else "waiting ten minutes"
    facts = {
        "this_machine": reading.now.isoformat(),
        "database": reading.database.isoformat(),
        "newest_row": reading.newest_row.isoformat() if reading.newest_row else None,
        "steady_since": reading.steady_since.isoformat(),
        "duties": state,
    }
    click.echo(as_json(facts) if machine else fields(facts))
