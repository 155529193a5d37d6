"""Commands about one thing of a merchant's, such as a location: found, acted on and shown in one transaction."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import click
import msgspec

from largesse.db import Connection
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli.arguments import merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import Runtime, json_option

One = TypeVar("One")
Result = TypeVar("Result")
Result_contra = TypeVar("Result_contra", contravariant=True)


Find = Callable[[Connection, UUID, str], Awaitable[One]]
"""Return what a merchant has under a name or an id."""


class Chosen(msgspec.Struct, Generic[One], frozen=True, kw_only=True):
    """What an action is given: the one thing that was named, whose it is, and what it is done with."""

    deps: CommandDependencies
    connection: Connection
    merchant: Merchant
    one: One
    now: datetime


class Show(Protocol[Result_contra]):
    """How a command shows what came of it."""

    def __call__(self, result: Result_contra, /, *, machine: bool) -> None:
        """Print it, for people or as JSON."""


def acting_on(
    metavar: str, find: Find[One], show: Show[Result]
) -> Callable[[Callable[..., Awaitable[Result]]], Callable[..., None]]:
    """Make commands of actions on what `find` finds of a merchant by name or id."""
    return partial(_command, metavar, find, show)


def _command(
    metavar: str, find: Find[One], show: Show[Result], action: Callable[..., Awaitable[Result]]
) -> Callable[..., None]:
    @merchant_argument
    @click.argument("name_or_id", metavar=metavar)
    @json_option
    @click.pass_obj
    @wraps(action)
    def command(runtime: Runtime, /, *, merchant: str, name_or_id: str, machine: bool, **given: Any) -> None:
        act = partial(_act, find, partial(action, **given), (merchant, name_or_id))
        show(runtime.run_in_transaction(act), machine=machine)

    return command


async def _act(
    find: Find[One],
    action: Callable[[Chosen[One]], Awaitable[Result]],
    named: tuple[str, str],
    deps: CommandDependencies,
    connection: Connection,
) -> Result:
    merchant = await find_merchant(connection, named[0])
    one = await find(connection, merchant.merchant_id, named[1])
    return await action(Chosen(deps=deps, connection=connection, merchant=merchant, one=one, now=deps.clock.now()))
