"""`largesse keys`: what numbers and secrets are sealed under."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import REFUSED, Runtime, json_option
from largesse.services import keys as key_services
from largesse.services.keys import check_numbers


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """Describe a key; `lost` is one that something is sealed under and the keyring does not have."""

    key_id: str
    use: str
    since: datetime | None
    sealed: dict[str, int]


@click.group()
def keys() -> None:
    """List the keys that secrets are sealed under, rotate them, retire old ones, check that all of them open."""


@keys.command("list")
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, *, machine: bool) -> None:
    """List the live keys and what is sealed under each. Keys themselves are never shown."""

    async def work(deps: CommandDependencies) -> list[_Line]:
        used = await key_services.usage(deps)
        live = [
            _Line(key_id=key.key_id, use=key.use.value, since=key.since, sealed=used.pop(key.key_id, {}))
            for key in deps.keyring.live_keys()
        ]
        return live + [_Line(key_id=key_id, use="lost", since=None, sealed=held) for key_id, held in used.items()]

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for key in found:
        counts = ", ".join(f"{count} {name}" for name, count in key.sealed.items())
        click.echo(f"{key.key_id}  {key.use:<8}  {counts or 'nothing sealed'}")


@keys.command()
@click.pass_obj
def rotate(runtime: Runtime, /) -> None:
    """Make a new key the current one and seal everything under it, while the installation stays open.

    If it is interrupted, run it again: it goes on where it stopped.
    """
    click.echo("Making a new key known to every process, then sealing everything under it …", err=True)

    async def work(deps: CommandDependencies) -> str:
        with _progress(await _waiting(deps)) as progress:
            return await key_services.rotate(deps, now=deps.clock.now(), progress=progress)

    key_id = runtime.run(work)
    click.echo(f"{key_id} is the current key. Retire the old one with `largesse keys retire` ten minutes from now.")


@keys.command()
@click.pass_obj
def reseal(runtime: Runtime, /) -> None:
    """Seal everything that is still under other keys under the current one."""

    async def work(deps: CommandDependencies) -> int:
        with _progress(await _waiting(deps)) as progress:
            return await key_services.reseal(deps, progress=progress)

    click.echo(f"{runtime.run(work)} secrets were sealed under the current key.")


@keys.command()
@click.argument("key_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def retire(runtime: Runtime, /, key_id: str, *, yes: bool) -> None:
    """Remove the key KEY_ID for good, once nothing needs it.

    Backups of the database from before the rotation can only be read with it: keep a copy with them.
    """
    if not yes:
        click.confirm(f"{key_id} is removed for good, and older backups need it. Go on?", abort=True, err=True)

    async def work(deps: CommandDependencies) -> None:
        await key_services.retire(deps, key_id, now=deps.clock.now())

    runtime.run(work)
    click.echo(f"{key_id} is gone.")


@keys.command()
@click.pass_context
def check(ctx: click.Context) -> None:
    """Open every certificate number with the keys at hand; ends with status 1 when one does not open."""
    runtime: Runtime = ctx.obj

    async def work(deps: CommandDependencies) -> tuple[int, int]:
        used = await key_services.usage(deps)
        total = sum(count for sealed in used.values() for count in sealed.values())
        with _progress(total) as progress:
            return await check_numbers(deps, told=click.echo, progress=progress)

    checked, wrong = runtime.run(work)
    click.echo(f"{checked} numbers checked, {wrong} cannot be opened")
    if wrong:
        ctx.exit(REFUSED)


async def _waiting(deps: CommandDependencies) -> int:
    used = await key_services.usage(deps)
    return sum(count for sealed in used.values() for count in sealed.values())


@contextmanager
def _progress(total: int) -> Iterator[key_services.Progress]:
    """Show how far it is, when somebody looks on."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("sealing", total=total or None)
        counts: dict[str, int] = {}

        def tell(name: str, done: int) -> None:
            counts[name] = done
            bar.update(task, description=name, completed=sum(counts.values()))

        yield tell
