"""The command line of Largesse: its processes stand here, the operator's commands in `largesse.interfaces.cli`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any

import click
import msgspec

from largesse.app.memory import seldom
from largesse.app.settings import Environment, Settings, from_environment
from largesse.kernel.errors import LargesseError
from largesse.kernel.time_limits import stretch

if TYPE_CHECKING:
    from largesse.app.application import Application


class _CommandLine(click.Group):
    """Show an error's sentence and code instead of a traceback, and load the operator's commands when asked for."""

    def main(self, *args: Any, **more: Any) -> Any:
        seldom()
        return super().main(*args, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_operators_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        from largesse.interfaces.cli.runtime import Runtime

        ctx.obj = Runtime(open_application=_open_application)
        return _operators_commands().get(cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse what no name, number or memo can hold, before a command finds out in the middle of its work."""
        if any(not is_text(word) for word in args):
            raise click.UsageError("The arguments must be UTF-8. Check the terminal's encoding, or rename the file.")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except LargesseError as error:
            from largesse.interfaces.cli.runtime import report

            report(error)
            ctx.exit(1)


def is_text(word: str) -> bool:
    """Return whether Python could read an argument as UTF-8; bytes that it could not stand in it as lone surrogates."""
    return word.isascii() or not any("\ud800" <= character <= "\udfff" for character in word)


def _operators_commands() -> dict[str, click.Command]:
    from largesse.interfaces.cli import COMMANDS

    return {command.name: command for command in COMMANDS if command.name is not None}


@asynccontextmanager
async def _open_application() -> "AsyncIterator[Application]":
    """Open the installation for one command, running its database where nobody does."""
    from largesse.app import embedded, wiring
    from largesse.db import migrate

    settings = _read()
    must_migrate = embedded.must_run(settings)
    with embedded.database_url(settings, say=_tell) as url:
        if must_migrate:
            await migrate.upgrade(url)
        async with wiring.open_application(msgspec.structs.replace(settings, database_url=url)) as application:
            yield application


@click.group(cls=_CommandLine)
def main() -> None:
    """Sell, issue, deliver, redeem, reconcile and export gift certificates."""


@main.command()
@click.option("--demo", is_flag=True, help="Fill in a demo merchant, plainly marked, and show its credentials.")
@click.option("--host", help="Listen on this address; LARGESSE_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Listen on this port; PORT, else 8000. 0 takes a free one.")
@click.option("--outside", is_flag=True, help="Let a demo listen on other addresses than this machine's own.")
def serve(*, demo: bool, host: str | None, port: int | None, outside: bool) -> None:
    """Run everything on this machine, until Ctrl-C."""
    settings = _settings(demo=demo, host=host, port=port, outside=outside)
    from largesse.app import embedded
    from largesse.app.supervisor import Supervisor

    database = embedded.server(settings, say=_say)
    supervisor = Supervisor(settings, database=database, prepare=_fill_demo, ready=_welcome, say=_say)
    with embedded.lock(settings):
        asyncio.run(supervisor.run())


@main.command()
def web() -> None:
    """Run one web process; any number of them serve one database."""
    from largesse.app import parent_watch
    from largesse.app import web as process

    settings = _read()
    parent_watch.stop_with_parent()
    process.run(settings)


@main.command()
def worker() -> None:
    """Run one worker: the relay and the periodic duties; any number of them share the work."""
    from largesse.app import parent_watch
    from largesse.app import worker as process

    settings = _read()
    parent_watch.stop_with_parent()
    process.run(settings)


@main.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the shape that this version expects."""
    from largesse.app import embedded
    from largesse.db import migrate, revisions

    settings = _read()
    with embedded.database_url(settings, say=_tell) as url:
        asyncio.run(migrate.upgrade(settings.migrate_url or url))
    click.echo(f"The database is at revision {revisions.head()}.")


@main.group()
def db() -> None:
    """Arrange the database on several machines."""


@db.command()
@click.option("--check", is_flag=True, help="Only say what would be done, and what stands in its way.")
@click.option("--shards", type=click.IntRange(1, 1024), default=32, show_default=True, help="Into how many parts.")
def distribute(*, check: bool, shards: int) -> None:
    """Spread merchants over the nodes of a Citus cluster: every table of theirs by merchant, all or nothing.

    The service is closed meanwhile. Run again after an upgrade, it takes along the tables that are new.
    """
    from largesse.app import embedded
    from largesse.db import distribution

    settings = _read()
    with embedded.database_url(settings, say=_tell) as url:
        address = settings.migrate_url or url
        if not check:
            for number, step in enumerate(asyncio.run(distribution.distribute(address, shards=shards)).steps, 1):
                click.echo(f"{number}. {step.why}")
            click.echo("Done. `largesse ledger verify` proves that nothing was lost.")
            return
        plan = distribution.plan_of(asyncio.run(distribution.read(address)), shards=shards)
    for number, step in enumerate(plan.steps, 1):
        click.echo(f"{number}. {step.why}\n     {step.sql};")
    if not plan.steps:
        click.echo("Everything is where it belongs.")
    if plan.obstacles:
        click.echo("\nThis stands in the way:")
        for obstacle in plan.obstacles:
            click.echo(f"  - {obstacle}")
        sys.exit(1)


@main.command()
def version() -> None:
    """Print the version of Largesse and of Python."""
    click.echo(f"largesse {installed_version('largesse')}, Python {sys.version.split()[0]}")


async def _fill_demo(settings: Settings) -> None:
    if settings.is_demo:
        from largesse.app import demo

        await demo.fill(settings)


async def _welcome(settings: Settings) -> None:
    from largesse.app import welcome

    welcome.greet(settings, say=_say)
    if token := await welcome.token_of_setup(settings):
        from largesse.interfaces.cli.setup import setup_lines
        from largesse.services.setup import SETUP_PATH

        _say(setup_lines(f"{settings.base_url}{SETUP_PATH}", token))  # to the terminal alone, never to a log


def _settings(*, demo: bool, host: str | None, port: int | None, outside: bool) -> Settings:
    given = {
        "LARGESSE_ENV": Environment.DEMO.value if demo else None,
        "LARGESSE_HOST": host,
        "PORT": None if port is None else str(port),
        "LARGESSE_DEMO_OUTSIDE": "yes" if outside else None,
    }
    return _read(os.environ | {name: value for name, value in given.items() if value is not None})


def _read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; from here on, this process has as much time as they say."""
    settings = from_environment(environ)
    stretch(settings.time_limits)
    return settings


def _say(sentence: str) -> None:
    with suppress(OSError):  # a full disk below a log stops nobody
        click.echo(sentence)


def _tell(sentence: str) -> None:
    # On stderr: the output of a command may be piped on.
    click.echo(sentence, err=True)
