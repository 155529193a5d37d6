"""`largesse clock`: whether the duties may believe this machine's clock."""

import click

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import fields
from largesse.interfaces.cli.runtime import printed
from largesse.services.certificates import ClockReading, accept_clock, read_clocks


def _facts(reading: ClockReading) -> dict[str, object]:
    state = "stopped: the clocks differ" if reading.differ else "running" if reading.steady else "waiting ten minutes"
    return {
        "this_machine": reading.now.isoformat(),
        "database": reading.database.isoformat(),
        "newest_row": reading.newest_row.isoformat() if reading.newest_row else None,
        "steady_since": reading.steady_since.isoformat(),
        "duties": state,
    }


def _lines(reading: ClockReading) -> str:
    return fields(_facts(reading))


@click.group()
def clock() -> None:
    """Compare this machine's clock with the database's and with the newest rows."""


@clock.command()
@printed(_lines, _facts)
async def show(deps: CommandDependencies, /) -> ClockReading:
    """Show what the clocks say, and whether duties run."""
    return await read_clocks(deps, now=deps.clock.now())


@clock.command()
@printed(_lines, _facts)
async def accept(deps: CommandDependencies, /) -> ClockReading:
    """Confirm that this machine's clock is right: rows that are newer were written by one that was wrong."""
    return await accept_clock(deps, now=deps.clock.now())
