"""`largesse ledger`: prove the books."""

import click

from largesse.doors.cli.output import as_json
from largesse.doors.cli.runtime import REFUSED, Runtime
from largesse.flows.house import House
from largesse.ledger import proofs


@click.group()
def ledger() -> None:
    """Prove that every balance is what the journal says, and print the trial balance."""


@ledger.command()
@click.option("--json", "machine", is_flag=True, help="Print a line of JSON for every difference.")
@click.pass_context
def verify(ctx: click.Context, *, machine: bool) -> None:
    """Recompute every balance from the journal; ends with status 1 when anything differs."""
    runtime: Runtime = ctx.obj

    async def work(house: House) -> int:
        count = 0
        async with house.database.dedicated() as connection:
            async for difference in proofs.verify(connection):
                count += 1
                click.echo(as_json(difference) if machine else f"DIFFERS  {difference}")
        return count

    count = runtime.run(work)
    if count:
        click.echo(f"{count} differences", err=True)
        ctx.exit(REFUSED)
    if not machine:
        click.echo("The ledger is clean: every balance is what its journal says.")
