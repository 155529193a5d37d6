"""`largesse setup`: the token of the first run; `largesse backup`: what the operator's backup tells us."""

import click

from largesse.domain import setup as notes
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, json_option, said
from largesse.services.setup import SETUP_PATH, offer_setup
from largesse.ui import qr_text


@click.command()
@json_option
@click.pass_obj
def setup(runtime: Runtime, /, *, machine: bool) -> None:
    """Print the one-time token that opens /setup, while there is no merchant yet; one before it counts no more."""

    async def work(deps: CommandDependencies) -> tuple[str, str]:
        async with deps.database.transaction() as connection:
            token = await offer_setup(connection, now=deps.clock.now())
        return f"{deps.base_url}{SETUP_PATH}", token

    address, token = runtime.run(work)
    if machine:
        click.echo(as_json({"address": address, "token": token}))
        return
    click.echo(setup_lines(address, token))


def setup_lines(address: str, token: str) -> str:
    """Return what is told of the first run: where it is, its token, and a code that holds both.

    In the code the token stands in the fragment, which browsers send to nobody.
    """
    return (
        f"{qr_text(f'{address}#{token}')}\n"
        f"Nobody sells here yet. Open {address} and type this token, or scan the code:\n\n    {token}\n\n"
        "It works once, for 24 hours, and is kept nowhere. `largesse setup` makes another one."
    )


@click.group()
def backup() -> None:
    """Let Largesse know of backups, which somebody else makes."""


@backup.command()
@said(lambda _: "Noted.")
async def made(deps: CommandDependencies, /) -> None:
    """Note that a backup was just made: the last line of the script that makes it."""
    async with deps.database.transaction() as connection:
        await notes.note(connection, notes.BACKUP, now=deps.clock.now())


@backup.command()
@said(lambda _: "Noted.")
async def failed(deps: CommandDependencies, /) -> None:
    """Note that a backup could not be made: Today says it until one is."""
    async with deps.database.transaction() as connection:
        await notes.note(connection, notes.BACKUP_FAILED, now=deps.clock.now())
