"""`largesse device`: what people work with at a location. Codes and keys are shown once and kept nowhere."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import click
import msgspec

from largesse.db import Connection
from largesse.domain import devices, locations
from largesse.domain.devices import Device, DeviceChange, DeviceKind
from largesse.domain.merchants import find_merchant
from largesse.interfaces.cli.arguments import merchant_argument, read_secret
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services.merchants import confirm_device, invite_again, invite_device, move_device, revoke_device

Command = Callable[..., Any]
Act = Callable[[CommandDependencies, Connection, Device], Awaitable[tuple[Device, dict[str, str]]]]

_device_argument = click.argument("name_or_id", metavar="DEVICE")


def _detail_options(command: Command) -> Command:
    for option in (
        click.option(
            "--offline-hours",
            "offline_hours_max",
            type=int,
            help="How old its book of certificates may be when it works without a line; 0, as usually: it does not.",
        ),
        click.option(
            "--kind",
            type=click.Choice([one.value for one in DeviceKind]),
            help="Whether it stands in one place (till, usually) or is carried about (handheld).",
        ),
    ):
        command = option(command)
    return command


@click.group()
def device() -> None:
    """Enrol devices of a merchant's locations, list them, move them, revoke them.

    MERCHANT is a slug or a number; DEVICE is a device's name, in any case, or its id. `add` shows a code, which is
    typed on the device within ten minutes; `confirm` lets it work.
    """


@device.command()
@merchant_argument
@click.argument("name")
@click.option("--location", default=None, help="Its location, by code or id; the default one unless said otherwise.")
@_detail_options
@json_option
@click.pass_obj
def add(runtime: Runtime, /, merchant: str, name: str, location: str | None, *, machine: bool, **given: Any) -> None:
    """Create the device NAME, and show the code to type on it once."""
    details = _change(name=name, **given)

    async def work(deps: CommandDependencies, connection: Connection) -> tuple[Device, str]:
        seller = await find_merchant(connection, merchant)
        chosen = (
            await locations.default_location(connection, seller.merchant_id)
            if location is None
            else await locations.find_location(connection, seller.merchant_id, location)
        )
        return await invite_device(connection, chosen, details, actor=actor(), now=deps.clock.now())

    made, code = runtime.run_in_transaction(work)
    _show(made, {"code": code}, machine=machine)


@device.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the devices of MERCHANT; those that were revoked come last."""

    async def work(_: CommandDependencies, connection: Connection) -> tuple[list[Device], dict[UUID, str]]:
        seller = await find_merchant(connection, merchant)
        codes = {one.location_id: one.code for one in await locations.locations(connection, seller.merchant_id)}
        return await devices.devices(connection, seller.merchant_id), codes

    found, codes = runtime.run_in_transaction(work)
    if machine:
        click.echo(as_json([_facts(one) for one in found]))
        return
    if not found:
        click.echo("There is no device yet. Create the first with `largesse device add`.")
    for one in found:
        seen = f"{one.seen_at:%Y-%m-%d %H:%M}" if one.seen_at else "never seen"
        click.echo(f"{codes[one.location_id]:<8}  {one.state.value:<8}  {one.kind.value:<8}  {seen:<16}  {one.name}")


@device.command()
@merchant_argument
@_device_argument
@json_option
@click.pass_obj
def show(runtime: Runtime, /, merchant: str, name_or_id: str, *, machine: bool) -> None:
    """Show the device DEVICE."""

    async def act(_: CommandDependencies, __: Connection, one: Device) -> tuple[Device, dict[str, str]]:
        return one, {}

    _act(runtime, merchant, name_or_id, act, machine=machine)


@device.command("set")
@merchant_argument
@_device_argument
@click.option("--name", help="Another name.")
@click.option("--location", help="Move it there, by code or id; it keeps its key.")
@_detail_options
@json_option
@click.pass_obj
def set_(
    runtime: Runtime, /, merchant: str, name_or_id: str, location: str | None, *, machine: bool, **given: Any
) -> None:
    """Change the device DEVICE, or move it."""
    change = _change(**given)
    if location is None and change == DeviceChange():
        raise click.UsageError("Say what to change, such as --name.")

    async def act(deps: CommandDependencies, connection: Connection, one: Device) -> tuple[Device, dict[str, str]]:
        if location is not None:
            target = await locations.find_location(connection, one.merchant_id, location)
            one = await move_device(connection, one, target, actor=actor(), now=deps.clock.now())
        return await devices.change_device(connection, one, change), {}

    _act(runtime, merchant, name_or_id, act, machine=machine)


@device.command()
@merchant_argument
@_device_argument
@json_option
@click.pass_obj
def code(runtime: Runtime, /, merchant: str, name_or_id: str, *, machine: bool) -> None:
    """Show another code for the device DEVICE, once; the key it has goes on counting until that is used."""

    async def act(deps: CommandDependencies, connection: Connection, one: Device) -> tuple[Device, dict[str, str]]:
        invited, text = await invite_again(connection, one, actor=actor(), now=deps.clock.now())
        return invited, {"code": text}

    _act(runtime, merchant, name_or_id, act, machine=machine)


@device.command()
@merchant_argument
@click.argument("code", required=False)
@click.option("--agent", default="largesse device enrol", help="What the device calls itself, for whoever confirms it.")
@json_option
@click.pass_obj
def enrol(runtime: Runtime, /, merchant: str, code: str | None, agent: str, *, machine: bool) -> None:
    """Spend CODE for the key of its device, and show that once: for programs that are no browser. `-` reads stdin."""
    text = read_secret(code, prompt="Code")

    async def work(deps: CommandDependencies, connection: Connection) -> tuple[Device, str]:
        seller = await find_merchant(connection, merchant)
        return await devices.enrol_device(connection, seller.merchant_id, text, agent=agent, now=deps.clock.now())

    enrolled, key = runtime.run_in_transaction(work)
    _show(enrolled, {"key": key}, machine=machine)


@device.command()
@merchant_argument
@_device_argument
@json_option
@click.pass_obj
def confirm(runtime: Runtime, /, merchant: str, name_or_id: str, *, machine: bool) -> None:
    """Let the device DEVICE work, which was enrolled: look at it first, whether it is the one that was meant."""

    async def act(deps: CommandDependencies, connection: Connection, one: Device) -> tuple[Device, dict[str, str]]:
        return await confirm_device(connection, one, actor=actor(), now=deps.clock.now()), {}

    _act(runtime, merchant, name_or_id, act, machine=machine)


@device.command()
@merchant_argument
@_device_argument
@json_option
@click.pass_obj
def revoke(runtime: Runtime, /, merchant: str, name_or_id: str, *, machine: bool) -> None:
    """End the device DEVICE for good; its key counts no more."""

    async def act(deps: CommandDependencies, connection: Connection, one: Device) -> tuple[Device, dict[str, str]]:
        return await revoke_device(connection, one, actor=actor(), now=deps.clock.now()), {}

    _act(runtime, merchant, name_or_id, act, machine=machine)


def _change(*, kind: str | None, name: str | None, offline_hours_max: int | None) -> DeviceChange:
    return DeviceChange(name=name, kind=DeviceKind(kind) if kind else None, offline_hours_max=offline_hours_max)


def _act(runtime: Runtime, merchant: str, name_or_id: str, act: Act, *, machine: bool) -> None:
    async def work(deps: CommandDependencies, connection: Connection) -> tuple[Device, dict[str, str]]:
        seller = await find_merchant(connection, merchant)
        return await act(deps, connection, await devices.find_device(connection, seller.merchant_id, name_or_id))

    one, secret = runtime.run_in_transaction(work)
    _show(one, secret, machine=machine)


def _facts(one: Device) -> dict[str, object]:
    return {"state": one.state.value, **msgspec.structs.asdict(one)}


def _show(one: Device, secret: dict[str, str], *, machine: bool) -> None:
    if machine:
        click.echo(as_json({**_facts(one), **secret}))
        return
    click.echo(fields({name: value for name, value in {**_facts(one), **secret}.items() if value != ""}))
    if secret:
        click.echo("Keep it now: it is shown this once and stored nowhere.", err=True)
