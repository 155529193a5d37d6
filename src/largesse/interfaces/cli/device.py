"""`largesse device`: what people work with at a location. Codes and keys are shown once and kept nowhere."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import click
import msgspec

from largesse.db import Connection
from largesse.domain import devices, locations
from largesse.domain.devices import Device, DeviceChange, DeviceKind
from largesse.domain.merchants import find_merchant
from largesse.interfaces.cli.acting_on import Chosen, acting_on
from largesse.interfaces.cli.arguments import merchant_argument, read_secret
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services.merchants import (
    change_device,
    confirm_device,
    invite_again,
    invite_device,
    move_device,
    revoke_device,
)

Command = Callable[..., Any]


class ShownDevice(NamedTuple):
    """A device, with a code or key of it that is shown once."""

    device: Device
    secret: Mapping[str, str] = {}


def _detail_options(command: Command) -> Command:
    for option in (
        click.option(
            "--offline-hours",
            "offline_hours_max",
            type=int,
            help="How old its book of certificates may be when it works without a line; 0, as usually: it does not.",
        ),
        click.option(
            "--lock-minutes",
            type=int,
            help="After how many minutes without a touch it asks for the PIN: 1 to 15; 0: before each act.",
        ),
        click.option(
            "--kind",
            type=click.Choice([one.value for one in DeviceKind]),
            help="Whether it stands in one place (till, usually) or is carried about (handheld).",
        ),
    ):
        command = option(command)
    return command


def _facts(one: Device) -> dict[str, object]:
    facts = msgspec.structs.asdict(one)
    has_key_pair = facts.pop("public_key") is not None
    return {"state": one.state.value, **facts, "has_key_pair": has_key_pair}


def _show(shown: ShownDevice, /, *, machine: bool) -> None:
    facts = {**_facts(shown.device), **shown.secret}
    if machine:
        click.echo(as_json(facts))
        return
    click.echo(fields({name: value for name, value in facts.items() if value != ""}))
    if shown.secret:
        click.echo("Keep it now: it is shown this once and stored nowhere.", err=True)


_on_device = acting_on("DEVICE", devices.find_device, _show)


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
    _show(ShownDevice(made, {"code": code}), machine=machine)


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
@_on_device
async def show(on: Chosen[Device], /) -> ShownDevice:
    """Show the device DEVICE."""
    return ShownDevice(on.one)


@device.command("set")
@click.option("--name", help="Another name.")
@click.option("--location", help="Move it there, by code or id; it keeps its key.")
@_detail_options
@_on_device
async def set_(on: Chosen[Device], /, *, location: str | None, **given: Any) -> ShownDevice:
    """Change the device DEVICE, or move it."""
    change, one = _change(**given), on.one
    if location is None and change == DeviceChange():
        raise click.UsageError("Say what to change, such as --name.")
    if location is not None:
        target = await locations.find_location(on.connection, one.merchant_id, location)
        one = await move_device(on.connection, one, target, actor=actor(), now=on.now)
    return ShownDevice(await change_device(on.connection, one, change, actor=actor(), now=on.now))


@device.command()
@_on_device
async def code(on: Chosen[Device], /) -> ShownDevice:
    """Show another code for the device DEVICE, once; the key it has goes on counting until that is used."""
    invited, text = await invite_again(on.connection, on.one, actor=actor(), now=on.now)
    return ShownDevice(invited, {"code": text})


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
    _show(ShownDevice(enrolled, {"key": key}), machine=machine)


@device.command()
@_on_device
async def confirm(on: Chosen[Device], /) -> ShownDevice:
    """Let the device DEVICE work, which was enrolled: look at it first, whether it is the one that was meant."""
    return ShownDevice(await confirm_device(on.connection, on.one, actor=actor(), now=on.now))


@device.command()
@_on_device
async def revoke(on: Chosen[Device], /) -> ShownDevice:
    """End the device DEVICE for good; its key counts no more."""
    return ShownDevice(await revoke_device(on.connection, on.one, actor=actor(), now=on.now))


def _change(
    *, kind: str | None, name: str | None, offline_hours_max: int | None, lock_minutes: int | None
) -> DeviceChange:
    return DeviceChange(
        name=name,
        kind=DeviceKind(kind) if kind else None,
        offline_hours_max=offline_hours_max,
        lock_minutes=lock_minutes,
    )
