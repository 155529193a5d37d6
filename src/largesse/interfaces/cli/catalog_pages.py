"""`largesse catalog picture|theme|promo`: what dresses a merchant's pages, and what lets buyers off."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from largesse.domain import catalog as catalogue
from largesse.domain.catalog import HungPicture, Picture, PromoCode, PromoDraft, Theme, ThemeChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli import catalog_facts as facts
from largesse.interfaces.cli.catalog import catalog, json_option, merchant_option
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import Runtime
from largesse.kernel.zones import region_of_zone

__all__ = ["catalog"]


@catalog.group()
def picture() -> None:
    """Upload pictures, list them, remove them."""


@picture.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@merchant_option
@click.option("--alt", default="", help="What somebody who cannot see it is told.")
@json_option
@click.pass_obj
def add_picture(runtime: Runtime, /, file: Path, merchant: str, *, alt: str, machine: bool) -> None:
    """Upload FILE, a JPEG, PNG, WebP or GIF, and print its id.

    It is re-encoded in a few widths; nothing but its pixels is kept.
    """
    upload = file.read_bytes()

    async def work(deps: CommandDependencies) -> Picture:
        encoded = catalogue.encode(upload)
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            picture_id = catalogue.picture_id_of(seller.merchant_id, upload)
            now = deps.clock.now()
            return await catalogue.add_picture(connection, seller.merchant_id, picture_id, encoded, alt=alt, now=now)

    found = runtime.run(work)
    click.echo(as_json(found) if machine else str(found.picture_id))


@picture.command("list")
@merchant_option
@json_option
@click.pass_obj
def list_pictures(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List all pictures, the newest first, with where each is shown."""

    async def work(deps: CommandDependencies) -> Sequence[HungPicture]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            return await catalogue.list_pictures(connection, seller.merchant_id)

    found = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    if not found:
        click.echo("There is no picture yet. Upload one with `largesse catalog picture add`.")
    for one in found:
        click.echo(facts.picture_line(one))


@picture.command("remove")
@click.argument("picture_id", type=click.UUID)
@merchant_option
@click.pass_obj
def remove_picture(runtime: Runtime, /, picture_id: UUID, merchant: str) -> None:
    """Delete the picture PICTURE_ID, which must be shown nowhere."""

    async def work(deps: CommandDependencies) -> None:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            await catalogue.remove_picture(connection, seller.merchant_id, picture_id)

    runtime.run(work)
    click.echo("Removed.")


@catalog.group()
def theme() -> None:
    """How a merchant's pages look and what they tell of it."""


@theme.command("set")
@merchant_option
@click.option("--accent", help="Its colour, such as #2f5d50.")
@click.option("--logo", "logo_id", type=click.UUID, help="The id that `catalog picture add` printed.")
@click.option("--no-logo", is_flag=True, help="Show the name alone.")
@click.option("--about", help="What it is, at most 2,000 characters.")
@click.option("--how-to-redeem", help="How a certificate is used, at most 240 characters.")
@click.option("--address", help="Where it is.")
@click.option("--phone", help="With country code, or as it is dialled where the merchant is.")
@click.option("--website", help="Its own page, https://….")
@json_option
@click.pass_obj
def set_theme(runtime: Runtime, /, merchant: str, *, machine: bool, **given: Any) -> None:
    """Change what is given."""
    if not any(value not in (None, False) for value in given.values()):
        raise click.UsageError("Say what to change, such as --accent.")
    change = ThemeChange(**given)

    async def work(deps: CommandDependencies) -> Theme:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            region = region_of_zone(seller.time_zone)
            now = deps.clock.now()
            return await catalogue.change_theme(connection, seller.merchant_id, change, region=region, now=now)

    _show_theme(runtime.run(work), machine=machine)


@theme.command("show")
@merchant_option
@json_option
@click.pass_obj
def show_theme(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """Show the theme."""

    async def work(deps: CommandDependencies) -> Theme:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            return await catalogue.theme_of(connection, seller.merchant_id)

    _show_theme(runtime.run(work), machine=machine)


@catalog.group()
def promo() -> None:
    """Make promo codes, list them, stop them."""


@promo.command("add")
@click.argument("code")
@merchant_option
@click.option("--percent", help="Per cent of each gift, such as 10.")
@click.option("--amount", help="A sum off the checkout, once.")
@click.option("--from", "start", help="Good from this day or moment.")
@click.option("--until", "end", help="Good through this day, or until this moment.")
@click.option("--uses", type=int, help="How many checkouts may use it.")
@click.option("--uses-per-buyer", type=int, help="How many checkouts of one buyer may.")
@click.option("--minimum", help="The least sum of the gifts it holds for.")
@click.option("--offering", "slugs", multiple=True, help="Only for this offering; repeat it for others.")
@json_option
@click.pass_obj
def add_promo(runtime: Runtime, /, code: str, merchant: str, *, machine: bool, **given: Any) -> None:
    """Make the promo code CODE; capitals and small letters are the same."""

    async def work(deps: CommandDependencies) -> tuple[PromoCode, dict[UUID, str]]:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            ids = [
                (await catalogue.find_offering(connection, seller.merchant_id, slug)).offering_id
                for slug in given["slugs"]
            ]
            draft = msgspec.structs.replace(_promo_draft(code, given, seller), offering_ids=tuple(ids))
            now = deps.clock.now()
            made = await catalogue.add_promo(connection, seller.merchant_id, draft, money=seller.money, now=now)
            return made, dict(zip(ids, given["slugs"], strict=True))

    made, names = runtime.run(work)
    _show_promo(made, names, machine=machine)


@promo.command("list")
@merchant_option
@json_option
@click.pass_obj
def list_promos(runtime: Runtime, /, merchant: str, *, machine: bool) -> None:
    """List all promo codes, with how often they were used."""

    async def work(deps: CommandDependencies) -> tuple[list[PromoCode], dict[UUID, str]]:
        async with deps.database.connection() as connection:
            seller = await find_merchant(connection, merchant)
            names = {
                one.offering_id: one.slug for one in await catalogue.list_offerings(connection, seller.merchant_id)
            }
            return await catalogue.list_promos(connection, seller.merchant_id), names

    found, names = runtime.run(work)
    if machine:
        click.echo(as_json(found))
        return
    if not found:
        click.echo("There is no promo code yet. Make one with `largesse catalog promo add`.")
    for one in found:
        _show_promo(one, names, machine=False)


@promo.command("stop")
@click.argument("code")
@merchant_option
@json_option
@click.pass_obj
def stop_promo(runtime: Runtime, /, code: str, merchant: str, *, machine: bool) -> None:
    """Let CODE hold no more; what was bought with it stays as it is."""

    async def work(deps: CommandDependencies) -> tuple[PromoCode, dict[UUID, str]]:
        async with deps.database.transaction() as connection:
            seller = await find_merchant(connection, merchant)
            names = {
                one.offering_id: one.slug for one in await catalogue.list_offerings(connection, seller.merchant_id)
            }
            return await catalogue.stop_promo(connection, seller.merchant_id, code, now=deps.clock.now()), names

    found, names = runtime.run(work)
    _show_promo(found, names, machine=machine)


def _promo_draft(code: str, given: dict[str, Any], seller: Merchant) -> PromoDraft:
    money, zone = seller.money, seller.zone
    return PromoDraft(
        code=code,
        percent=facts.percent(given["percent"]) if given["percent"] else None,
        amount=facts.amount(given["amount"], money) if given["amount"] else None,
        starts_at=facts.moment(given["start"], zone) if given["start"] else None,
        ends_at=facts.moment(given["end"], zone, closing=True) if given["end"] else None,
        uses_max=given["uses"],
        uses_per_buyer_max=given["uses_per_buyer"],
        amount_min=facts.amount(given["minimum"], money) or 0 if given["minimum"] else 0,
    )


def _show_promo(one: PromoCode, names: dict[UUID, str], *, machine: bool) -> None:
    slugs = [names.get(offering_id, str(offering_id)) for offering_id in one.offering_ids]
    click.echo(as_json(one) if machine else facts.promo_line(one, slugs))


def _show_theme(found: Theme, *, machine: bool) -> None:
    if machine:
        click.echo(as_json(found))
        return
    shown = {name: value for name, value in msgspec.structs.asdict(found).items() if value}
    shown |= {"translations": ", ".join(sorted(found.translations))} if found.translations else {}
    click.echo(fields(shown))
