"""`largesse device`, continued: what goes into the drawer of a device and out of it, and the close of its day."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import click

from largesse.domain import closings, devices
from largesse.domain.closings import Closing
from largesse.domain.devices import Device
from largesse.domain.merchants import Merchant
from largesse.domain.receipts import Roll
from largesse.interfaces.cli.arguments import Operation, merchant_argument, minor, operation_options
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.device import device
from largesse.interfaces.cli.files import target_file
from largesse.interfaces.cli.output import as_json
from largesse.interfaces.cli.runtime import Runtime, json_option, merchant_of
from largesse.kernel.conventions import written_in
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.services.certificates import Request
from largesse.services.counter_sales import (
    FOLDER,
    DayCount,
    DrawerCount,
    DrawerMove,
    Moved,
    close_day,
    closing_face,
    hand_over,
    move_cash,
    told_closing,
)
from largesse.ui import LANGUAGES, speak

__all__ = ["device"]

_DONE_BEFORE = " (done before; nothing was changed)"
_device_argument = click.argument("name_or_id", metavar="DEVICE")
Act = Callable[[CommandDependencies, Merchant, Device, Request], Awaitable[Any]]


def _on_drawer(runtime: Runtime, merchant: str, name_or_id: str, operation: Operation, act: Act) -> Any:
    async def work(deps: CommandDependencies) -> Any:
        known = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            found = await devices.find_device(connection, known.merchant_id, name_or_id)
        return await act(deps, known, found, operation.request(known.merchant_id, now=deps.clock.now()))

    return runtime.run(work)


async def _move(
    deps: CommandDependencies, known: Merchant, found: Device, request: Request, *, move: DrawerMove, amount: str
) -> Moved:
    total = minor(amount, known.currency)
    return await move_cash(deps, known, found, move, amount=total, request=request, now=deps.clock.now())


def _moving(name: str, move: DrawerMove, about: str) -> None:
    @device.command(name, help=about)
    @merchant_argument
    @_device_argument
    @click.argument("amount")
    @operation_options
    @click.pass_obj
    def command(runtime: Runtime, /, merchant: str, name_or_id: str, amount: str, *, operation: Operation) -> None:
        act = partial(_move, move=move, amount=amount)
        done: Moved = _on_drawer(runtime, merchant, name_or_id, operation, act)
        if operation.machine:
            click.echo(as_json(done))
            return
        again = _DONE_BEFORE if done.replayed else ""
        click.echo(f"{name}: {plain(done.amount, currency(done.currency))} {done.currency}{again}")


for _name, _each, _about in (
    ("float", DrawerMove.FLOAT, "Put AMOUNT of change from the safe into the drawer of DEVICE."),
    ("to-safe", DrawerMove.TO_SAFE, "Bring AMOUNT from the drawer of DEVICE to the safe."),
    ("pay-in", DrawerMove.PAY_IN, "Put AMOUNT into the drawer of DEVICE; --memo says what it is."),
    ("pay-out", DrawerMove.PAY_OUT, "Take AMOUNT from the drawer of DEVICE, as for postage; --memo says for what."),
    ("deposit", DrawerMove.DEPOSIT, "Bring AMOUNT from the drawer of DEVICE to the bank."),
):
    _moving(_name, _each, _about)


@device.command("hand-over")
@merchant_argument
@_device_argument
@click.argument("counted")
@operation_options
@click.pass_obj
def hand_over_(runtime: Runtime, /, merchant: str, name_or_id: str, counted: str, *, operation: Operation) -> None:
    """Hand the drawer of DEVICE over with COUNTED in it; a difference is booked, and --memo says why."""

    async def act(deps: CommandDependencies, known: Merchant, found: Device, request: Request) -> DrawerCount:
        total = minor(counted, known.currency)
        return await hand_over(deps, known, found, counted=total, request=request, now=deps.clock.now())

    done: DrawerCount = _on_drawer(runtime, merchant, name_or_id, operation, act)
    if operation.machine:
        click.echo(as_json(done))
        return
    money = currency(done.currency)
    again = _DONE_BEFORE if done.replayed else ""
    click.echo(f"{plain(done.counted, money)} counted, {plain(done.expected, money)} expected{again}")


@device.command("close")
@merchant_argument
@_device_argument
@click.option("--counted", help="What lies in the drawer; not where your own till books the sale.")
@click.option("--terminal", help="The total of the card terminal's batch.")
@click.option("--reason", default="", help="Why they differ from what should be there.")
@operation_options
@click.pass_obj
def close_(
    runtime: Runtime,
    /,
    merchant: str,
    name_or_id: str,
    *,
    counted: str | None,
    terminal: str | None,
    reason: str,
    operation: Operation,
) -> None:
    """Close the day of DEVICE from here, which is not its counter: the close says so. Closed days are never changed."""

    async def act(deps: CommandDependencies, known: Merchant, found: Device, request: Request) -> Closing:
        code = known.currency
        count = DayCount(
            cash=None if counted is None else minor(counted, code),
            terminal=None if terminal is None else minor(terminal, code),
            reason=reason,
        )
        return await close_day(deps, known, found, count, from_office=True, request=request, now=deps.clock.now())

    done: Closing = _on_drawer(runtime, merchant, name_or_id, operation, act)
    click.echo(as_json(done) if operation.machine else _line(done))


@device.command("closings")
@merchant_argument
@_device_argument
@click.option("--before", type=int, help="Only those with a number before this one.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@click.pass_obj
def closings_(
    runtime: Runtime, /, merchant: str, name_or_id: str, *, before: int | None, limit: int, machine: bool
) -> None:
    """List the closes of DEVICE, the newest first."""

    async def work(deps: CommandDependencies) -> list[Closing]:
        known = await merchant_of(deps, merchant)
        async with deps.database.connection() as connection:
            found = await devices.find_device(connection, known.merchant_id, name_or_id)
            key = known.merchant_id, found.device_id
            return await closings.closings_of_device(connection, *key, before=before, limit=limit)

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo(_line(one))


@device.command("closing")
@merchant_argument
@_device_argument
@click.argument("number", type=click.IntRange(1, 9_999_999))
@click.option("--to", "output", required=True, help="The PDF to write; - is standard output.")
@click.option(
    "--paper", type=click.Choice([one.value for one in Roll]), help="Else the sheet that the merchant prints on."
)
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.pass_obj
def closing_(
    runtime: Runtime, /, merchant: str, name_or_id: str, number: int, *, output: str, paper: str | None, language: str
) -> None:
    """Write the close NUMBER of DEVICE as PDF: for a sheet, or for a roll of paper 58 or 80 mm wide."""

    async def work(deps: CommandDependencies) -> bytes:
        known = await merchant_of(deps, merchant)
        voice = speak(written_in(language, known.english), folders=(FOLDER / "locale",))
        wanted = Roll(paper or known.paper.value)
        async with deps.database.connection() as connection:
            found = await devices.find_device(connection, known.merchant_id, name_or_id)
            told = await told_closing(connection, found, number, voice)
        return await deps.receipt_printer.receipt(closing_face(told, known, found, voice), wanted)

    content = runtime.run(work)
    with target_file(output) as target:
        target.write(content)


def _line(one: Closing) -> str:
    money = currency(one.currency)
    said = f"{one.number:>5}  {one.booked_on.isoformat()}  expected {plain(one.expected, money)}"
    if one.counted is not None:
        said += f"  counted {plain(one.counted, money)}"
    if one.terminal_counted is not None:
        said += f"  terminal {plain(one.terminal_counted, money)} of {plain(one.terminal_expected, money)}"
    where = "  from the office" if one.from_office else ""
    return f"{said} {one.currency}{where}{f'  {one.reason}' if one.reason else ''}"
