"""What every command stands on: an installation to work with, and one way to tell what went wrong."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, TypeVar

import click

from largesse.db import Connection
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json
from largesse.kernel.errors import InvalidInput, LargesseError

T = TypeVar("T")
Work = Callable[..., Awaitable[T]]

DependenciesFactory = Callable[[], AbstractAsyncContextManager[CommandDependencies]]

json_option = click.option("--json", "machine", is_flag=True, help="Print JSON.")
merchant_option = click.option("--merchant", required=True, help="The merchant's slug or number.")

REFUSED = 1
ACTOR_LENGTH_MAX = 120


@dataclass(frozen=True)
class Runtime:
    """Run a command's work in an installation that is opened for it and closed behind it."""

    open_application: DependenciesFactory

    def run(self, work: Callable[[CommandDependencies], Awaitable[T]]) -> T:
        """Return what `work` returns; tell a refusal on stderr and leave with status 1."""
        try:
            return asyncio.run(self._work(work))
        except LargesseError as error:
            report(error)
            sys.exit(REFUSED)

    def run_in_transaction(self, work: Callable[[CommandDependencies, Connection], Awaitable[T]]) -> T:
        """Return what `work` returns, done in one transaction; tell a refusal as `run` does."""

        async def work_in_it(deps: CommandDependencies) -> T:
            async with deps.database.transaction() as connection:
                return await work(deps, connection)

        return self.run(work_in_it)

    async def _work(self, work: Callable[[CommandDependencies], Awaitable[T]]) -> T:
        async with self.open_application() as deps:
            return await work(deps)


async def merchant_of(deps: CommandDependencies, slug_or_number: str) -> Merchant:
    """Return the merchant that a command names.

    Raises:
        MerchantUnknown: there is none.
    """
    async with deps.database.connection() as connection:
        return await find_merchant(connection, slug_or_number)


def said(lines: Callable[[T], str]) -> Callable[[Work[T]], Callable[..., None]]:
    """Make a command of work in an installation: it prints `lines` of what that returns."""
    return partial(_command, lines, None)


def printed(
    lines: Callable[[T], str], facts: Callable[[T], object] = lambda found: found
) -> Callable[[Work[T]], Callable[..., None]]:
    """Make a command of work in an installation: it prints `lines` of what that returns, or with --json its `facts`."""
    return partial(_command, lines, facts)


def listed(line: Callable[[T], str], *, otherwise: str = "") -> Callable[[Sequence[T]], str]:
    """Return how many things are printed: each on a line, or `otherwise` where there is none."""
    return lambda found: "\n".join(map(line, found)) or otherwise


def _command(lines: Callable[[T], str], facts: Callable[[T], object] | None, work: Work[T]) -> Callable[..., None]:
    @click.pass_obj
    @wraps(work)
    def command(runtime: Runtime, /, *, machine: bool = False, **given: Any) -> None:
        found = runtime.run(partial(work, **given))
        if text := as_json(facts(found)) if machine and facts else lines(found):
            click.echo(text)

    return json_option(command) if facts else command


def report(error: LargesseError) -> None:
    """Write an error for people on stderr: the sentence, the code, and every field that is wrong, each said once."""
    click.echo(f"error: {error.message} [{error.code}]", err=True)
    if isinstance(error, InvalidInput):
        for fault in error.fields:
            if fault.message in error.message:
                continue
            click.echo(f"  {fault.field}: {fault.message} [{fault.code}]", err=True)


def actor() -> str:
    """Return who sits at this command line, as journals and logs name them: `cli:<user of the system>`."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        name = "unknown"
    return f"cli:{name}"[:ACTOR_LENGTH_MAX]
