"""`largesse merchant`: who sells."""

import click
import msgspec

from largesse.domain.merchants import (
    Asking,
    Merchant,
    MerchantChange,
    MerchantDraft,
    change_merchant,
    find_merchant,
    list_merchants,
)
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, merchant_of
from largesse.services.merchants import open_merchant

_asking = click.Choice([asking.value for asking in Asking])


@click.group()
def merchant() -> None:
    """Create merchants, list them, change them."""


@merchant.command()
@click.argument("slug")
@click.option("--name", required=True, help="As customers read it.")
@click.option("--number", required=True, help="The client id that order posts carry, at most 11 characters.")
@click.option("--prefix", required=True, help="1 to 4 capital letters that its certificate numbers begin with.")
@click.option("--contact-email", required=True, help="Where notices go.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217 code.")
@click.option("--time-zone", default="America/New_York", show_default=True, help="IANA name; its days end there.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.pass_obj
def add(runtime: Runtime, /, *, machine: bool, **given: str) -> None:
    """Create the merchant SLUG, the address of its page."""
    draft = msgspec.convert(given, MerchantDraft)

    async def work(deps: CommandDependencies) -> Merchant:
        async with deps.database.transaction() as connection:
            return await open_merchant(connection, draft, now=deps.clock.now())

    _show(runtime.run(work), machine=machine)


@merchant.command("list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(runtime: Runtime, /, *, machine: bool) -> None:
    """List all merchants."""

    async def work(deps: CommandDependencies) -> list[Merchant]:
        async with deps.database.connection() as connection:
            return await list_merchants(connection)

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    if not found:
        click.echo("There is no merchant yet. Create the first with `largesse merchant add`.")
    for one in found:
        click.echo(f"{one.slug:<24} {one.number:<11} {one.prefix:<4} {one.currency} {one.name}{_note(one)}")


@merchant.command()
@click.argument("slug_or_number")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(runtime: Runtime, /, slug_or_number: str, *, machine: bool) -> None:
    """Show the merchant SLUG_OR_NUMBER."""

    async def work(deps: CommandDependencies) -> Merchant:
        return await merchant_of(deps, slug_or_number)

    _show(runtime.run(work), machine=machine)


@merchant.command("set")
@click.argument("slug_or_number")
@click.option("--slug")
@click.option("--name")
@click.option("--time-zone", help="For what is issued from now on.")
@click.option("--contact-email")
@click.option("--ask-phone", type=_asking, help="Whether buyers are asked for their telephone.")
@click.option("--ask-address", type=_asking, help="Whether buyers are asked for their billing address.")
@click.option("--language", help="Of the merchant's own words, such as titles: en, de, es or fr.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
@click.pass_obj
def set_(runtime: Runtime, /, slug_or_number: str, *, machine: bool, **given: str | None) -> None:
    """Change the merchant SLUG_OR_NUMBER. Its number, prefix and currency never change."""
    change = msgspec.convert(given, MerchantChange)
    if not any(given.values()):
        raise click.UsageError("Say what to change, such as --name.")

    async def work(deps: CommandDependencies) -> Merchant:
        async with deps.database.transaction() as connection:
            known = await find_merchant(connection, slug_or_number)
            return await change_merchant(connection, known.merchant_id, change)

    _show(runtime.run(work), machine=machine)


def _show(one: Merchant, *, machine: bool) -> None:
    click.echo(as_json(one) if machine else fields(msgspec.structs.asdict(one)))


def _note(one: Merchant) -> str:
    return " (demonstration)" if one.is_demo else ""
