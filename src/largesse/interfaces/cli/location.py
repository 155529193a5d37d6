"""`largesse location`: where a merchant sells and redeems."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.locations import Location, LocationChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.acting_on import Chosen, acting_on
from largesse.interfaces.cli.arguments import address_options, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.kernel.where import BooksSale, TaxRate
from largesse.services.merchants import add_location, edit_location, end_location, prefer_location, reopen_location

Command = Callable[..., Any]


class ShownLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A location, with its legal entity's name."""

    location: Location
    entity: str
    merchant: Merchant


def _rate(_ctx: click.Context, _option: click.Parameter, given: tuple[str, str] | None) -> TaxRate | None:
    if given is None:
        return None
    rate, faults = locations.read_rate(*given)
    if rate is None:
        raise click.BadParameter(" ".join(fault.message for fault in faults))
    return rate


def _detail_options(command: Command) -> Command:
    for option in (
        click.option("--takes-money/--takes-no-money", default=None, help="Whether it is paid there; it is usually."),
        click.option("--no-default-rate", is_flag=True, help="Take the default rate away."),
        click.option(
            "--default-rate",
            type=(str, str),
            callback=_rate,
            metavar="NAME PERCENT",
            help="The tax rate that counts where a redemption names none, such as `standard 19`.",
        ),
        click.option(
            "--books-sale",
            type=click.Choice([one.value for one in BooksSale]),
            help="Whether redeeming is the sale (largesse, usually), or the merchant's own till rings it up.",
        ),
        click.option(
            "--cut-off-hour",
            type=int,
            help="The hour, 0 to 23, at which its business day begins; usually 4.",
        ),
        click.option("--time-zone", help="IANA name; '' is the merchant's, as usually."),
        address_options,
        click.option("--entity", help="The legal entity that it belongs to, by name or id."),
    ):
        command = option(command)
    return command


def _show(shown: ShownLocation, *, machine: bool) -> None:
    one, rate = shown.location, shown.location.default_rate
    if machine:
        click.echo(as_json(one))
        return
    known = {name: value for name, value in msgspec.structs.asdict(one).items() if value != ""}
    told = {
        "entity_id": f"{one.entity_id} ({shown.entity})",
        "time_zone": one.time_zone or f"{shown.merchant.time_zone}, as the merchant's",
        "cut_off_hour": f"{one.cut_off_hour:02}:00",
        "default_rate": f"{rate.name}, {(rate.rate * 100).normalize():f} %" if rate else "none",
    }
    click.echo(fields(known | told))


_on_location = acting_on("LOCATION", locations.find_location, _show)


@click.group()
def location() -> None:
    """Create locations of a merchant, list them, change them, close them.

    MERCHANT is a slug or a number; LOCATION is a location's code, in any case, or its id.
    """


@location.command()
@merchant_argument
@click.argument("code")
@click.option("--name", required=True, help="As people call it.")
@_detail_options
@json_option
@click.pass_obj
def add(runtime: Runtime, /, merchant: str, code: str, entity: str | None, *, machine: bool, **given: Any) -> None:
    """Create the location CODE of MERCHANT: at most 8 capital letters, digits and dashes."""
    details = _change(code=code, **given)

    async def work(deps: CommandDependencies, connection: Connection) -> ShownLocation:
        seller = await find_merchant(connection, merchant)
        owner = (
            await locations.default_entity(connection, seller.merchant_id)
            if entity is None
            else await locations.find_entity(connection, seller.merchant_id, entity)
        )
        made = await add_location(connection, owner, details, by=ByWhom(actor=actor()), now=deps.clock.now())
        return await _shown(connection, seller, made)

    _show(runtime.run_in_transaction(work), machine=machine)


@location.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the locations of MERCHANT, the default first."""

    async def work(_: CommandDependencies, connection: Connection) -> list[Location]:
        return await locations.locations(connection, (await find_merchant(connection, merchant)).merchant_id)

    found = runtime.run_in_transaction(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo(f"{one.code:<8}  {one.books_sale.value:<8}  {one.cut_off_hour:02}:00  {one.name}{_note(one)}")


@location.command()
@_on_location
async def show(on: Chosen[Location], /) -> ShownLocation:
    """Show the location LOCATION."""
    return await _shown(on.connection, on.merchant, on.one)


@location.command("set")
@click.option("--code", help="Another code.")
@click.option("--name", help="Another name.")
@_detail_options
@_on_location
async def set_(on: Chosen[Location], /, *, entity: str | None, **given: Any) -> ShownLocation:
    """Change the location LOCATION, for what happens there from now on; '' takes a detail away."""
    change = _change(**given)
    if entity is None and change == LocationChange():
        raise click.UsageError("Say what to change, such as --name.")
    if entity is not None:
        owner = await locations.find_entity(on.connection, on.one.merchant_id, entity)
        change = msgspec.structs.replace(change, entity_id=owner.entity_id)
    changed = await edit_location(on.connection, on.one, change, by=ByWhom(actor=actor()), now=on.now)
    return await _shown(on.connection, on.merchant, changed)


@location.command()
@_on_location
async def close(on: Chosen[Location], /) -> ShownLocation:
    """Close the location LOCATION; what is booked there stays."""
    return await _shown(
        on.connection, on.merchant, await end_location(on.connection, on.one, by=ByWhom(actor=actor()), now=on.now)
    )


@location.command()
@_on_location
async def reopen(on: Chosen[Location], /) -> ShownLocation:
    """Open the location LOCATION again."""
    return await _shown(
        on.connection, on.merchant, await reopen_location(on.connection, on.one, by=ByWhom(actor=actor()), now=on.now)
    )


@location.command()
@_on_location
async def default(on: Chosen[Location], /) -> ShownLocation:
    """Make LOCATION the one where everything happens that names none, such as what the web shop sells."""
    changed = await prefer_location(on.connection, on.one, by=ByWhom(actor=actor()), now=on.now)
    return await _shown(on.connection, on.merchant, changed)


def _change(**given: Any) -> LocationChange:
    books_sale = given.pop("books_sale")
    return LocationChange(books_sale=BooksSale(books_sale) if books_sale else None, **given)


async def _shown(connection: Connection, seller: Merchant, one: Location) -> ShownLocation:
    owner = await locations.find_entity(connection, one.merchant_id, str(one.entity_id))
    return ShownLocation(location=one, entity=owner.name, merchant=seller)


def _note(one: Location) -> str:
    return " (default)" if one.is_default else " (closed)" if one.archived_at else ""
