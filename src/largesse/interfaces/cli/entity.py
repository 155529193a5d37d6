"""`largesse entity`: who a merchant is before the law, as imprints, receipts and invoices name it."""

from collections.abc import Callable
from typing import Any

import click
import msgspec

from largesse.db import Connection
from largesse.domain import locations
from largesse.domain.locations import EntityChange, LegalEntity
from largesse.domain.merchants import find_merchant
from largesse.domain.staff import ByWhom
from largesse.interfaces.cli.acting_on import Chosen, acting_on
from largesse.interfaces.cli.arguments import address_options, merchant_argument
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime, actor, json_option
from largesse.services.merchants import add_entity, edit_entity, end_entity, prefer_entity

Command = Callable[..., Any]


def _detail_options(command: Command) -> Command:
    for option in (
        click.option("--phone", help="With country code, or as dialled where it is; '' for none."),
        click.option("--tax-id", help="Of its own country, where that is another number than the VAT id."),
        click.option("--vat-id", help="For value added tax, with the country's letters: DE136695976."),
        click.option("--register", help="Where and under which number it is registered."),
        address_options,
        click.option("--legal-form", help="As its law writes it: GmbH, Ltd, LLC."),
    ):
        command = option(command)
    return command


def _show(one: LegalEntity, *, machine: bool) -> None:
    known = {name: value for name, value in msgspec.structs.asdict(one).items() if value != ""}
    click.echo(as_json(one) if machine else fields(known))


_on_entity = acting_on("ENTITY", locations.find_entity, _show)


@click.group()
def entity() -> None:
    """Create legal entities of a merchant, list them, change them.

    MERCHANT is a slug or a number; ENTITY is a legal entity's name, in any case, or its id.
    """


@entity.command()
@merchant_argument
@click.argument("name")
@_detail_options
@click.option("--currency", help="ISO 4217 code that its books are summed up in; the merchant's unless said otherwise.")
@json_option
@click.pass_obj
def add(runtime: Runtime, /, merchant: str, name: str, currency: str | None, *, machine: bool, **given: Any) -> None:
    """Create the legal entity NAME of MERCHANT."""
    details = EntityChange(name=name, **given)

    async def work(deps: CommandDependencies, connection: Connection) -> LegalEntity:
        seller = await find_merchant(connection, merchant)
        by, now = ByWhom(actor=actor()), deps.clock.now()
        return await add_entity(connection, seller, details, currency=currency, by=by, now=now)

    _show(runtime.run_in_transaction(work), machine=machine)


@entity.command("list")
@merchant_argument
@json_option
@click.pass_obj
def list_(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List the legal entities of MERCHANT, the default first."""

    async def work(_: CommandDependencies, connection: Connection) -> list[LegalEntity]:
        return await locations.entities(connection, (await find_merchant(connection, merchant)).merchant_id)

    found = runtime.run_in_transaction(work)
    if machine:
        click.echo(as_json(found))
        return
    for one in found:
        click.echo(f"{one.entity_id}  {one.currency}  {one.country or '--'}  {one.name}{_note(one)}")


@entity.command()
@_on_entity
async def show(on: Chosen[LegalEntity], /) -> LegalEntity:
    """Show the legal entity ENTITY."""
    return on.one


@entity.command("set")
@click.option("--name")
@_detail_options
@_on_entity
async def set_(on: Chosen[LegalEntity], /, **given: Any) -> LegalEntity:
    """Change the legal entity ENTITY; '' takes a detail away. Its currency never changes."""
    if all(value is None for value in given.values()):
        raise click.UsageError("Say what to change, such as --vat-id.")
    by, change = ByWhom(actor=actor()), EntityChange(**given)
    return await edit_entity(on.connection, on.merchant, on.one, change, by=by, now=on.now)


@entity.command()
@_on_entity
async def archive(on: Chosen[LegalEntity], /) -> LegalEntity:
    """End the use of the legal entity ENTITY; what is booked for it stays."""
    return await end_entity(on.connection, on.one, by=ByWhom(actor=actor()), now=on.now)


@entity.command()
@_on_entity
async def restore(on: Chosen[LegalEntity], /) -> LegalEntity:
    """Use the legal entity ENTITY again."""
    return await locations.restore_entity(on.connection, on.one)


@entity.command("default")
@_on_entity
async def default(on: Chosen[LegalEntity], /) -> LegalEntity:
    """Make ENTITY the one that sells where nothing else is said; the shop's foot names it."""
    return await prefer_entity(on.connection, on.one, by=ByWhom(actor=actor()), now=on.now)


def _note(one: LegalEntity) -> str:
    return " (default)" if one.is_default else " (archived)" if one.archived_at else ""
