"""`largesse catalog picture|theme|promo`: what dresses a merchant's pages, and what lets buyers off."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click
import msgspec

from largesse.db import Connection
from largesse.domain import catalog as catalogue
from largesse.domain.catalog import Crop, HungPicture, Picture, PromoCode, PromoDraft, Theme, ThemeChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli import catalog_facts as facts
from largesse.interfaces.cli.catalog import catalog
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.output import as_json, fields
from largesse.interfaces.cli.runtime import (
    Runtime,
    actor,
    json_option,
    listed,
    merchant_of,
    merchant_option,
    printed,
    said,
)
from largesse.services import catalog as services

__all__ = ["catalog"]


Command = TypeVar("Command", bound=Callable[..., Any])
Promos = tuple[list[PromoCode], dict[UUID, str]]
"""Promo codes, with the slugs of offerings by their ids."""


def _theme_lines(found: Theme) -> str:
    shown = {name: value for name, value in msgspec.structs.asdict(found).items() if value}
    return fields(shown | ({"translations": ", ".join(sorted(found.translations))} if found.translations else {}))


def _promo_lines(promos: Promos) -> str:
    found, names = promos
    slugs = [[names.get(one, str(one)) for one in promo.offering_ids] for promo in found]
    return "\n".join(map(facts.promo_line, found, slugs))


def _promos_lines(promos: Promos) -> str:
    return _promo_lines(promos) or "There is no promo code yet. Make one with `largesse catalog promo add`."


def _promos_alone(promos: Promos) -> list[PromoCode]:
    return promos[0]


def _promo_alone(promos: Promos) -> PromoCode:
    return promos[0][0]


def _id_alone(found: Picture) -> str:
    return str(found.picture_id)


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
        seller = await merchant_of(deps, merchant)
        return await services.add_picture(deps, seller, upload, alt=alt, now=deps.clock.now())

    found = runtime.run(work)
    click.echo(as_json(found) if machine else str(found.picture_id))


@picture.command("list")
@merchant_option
@printed(
    listed(facts.picture_line, otherwise="There is no picture yet. Upload one with `largesse catalog picture add`.")
)
async def list_pictures(deps: CommandDependencies, /, merchant: str) -> Sequence[HungPicture]:
    """List all pictures, the newest first, with where each is shown."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return await catalogue.list_pictures(connection, seller.merchant_id)


@picture.command("remove")
@click.argument("picture_id", type=click.UUID)
@merchant_option
@said(lambda _: "Removed.")
async def remove_picture(deps: CommandDependencies, /, picture_id: UUID, merchant: str) -> None:
    """Delete the picture PICTURE_ID, which must be shown nowhere."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        await services.remove_picture(connection, seller, picture_id, actor=actor(), now=deps.clock.now())


@picture.command("crop")
@click.argument("picture_id", type=click.UUID)
@merchant_option
@click.option(
    "--box",
    type=(click.IntRange(0, 100), click.IntRange(0, 100), click.IntRange(0, 100), click.IntRange(0, 100)),
    required=True,
    metavar="LEFT TOP RIGHT BOTTOM",
    help="Its sides in per cent of the whole picture, such as `10 0 90 100`.",
)
@printed(_id_alone)
async def crop_picture(
    deps: CommandDependencies, /, picture_id: UUID, merchant: str, box: tuple[int, int, int, int]
) -> Picture:
    """Keep a part of the picture PICTURE_ID as a picture of its own, and print its id; the whole one stays."""
    seller = await merchant_of(deps, merchant)
    left, top, right, bottom = box
    crop = Crop(left=left, top=top, right=right, bottom=bottom)
    return await services.crop_picture(deps, seller, picture_id, crop, now=deps.clock.now())


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
            return await services.change_theme(connection, seller, change, actor=actor(), now=deps.clock.now())

    done = runtime.run(work)
    click.echo(as_json(done) if machine else _theme_lines(done))


@theme.command("show")
@merchant_option
@printed(_theme_lines)
async def show_theme(deps: CommandDependencies, /, merchant: str) -> Theme:
    """Show the theme."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return await catalogue.theme_of(connection, seller.merchant_id)


@catalog.group()
def promo() -> None:
    """Make promo codes, list them, stop them."""


_PROMO_OPTIONS = (
    click.option("--percent", help="Per cent of each gift, such as 10."),
    click.option("--amount", help="A sum off the checkout, once."),
    click.option("--from", "start", help="Good from this day or moment."),
    click.option("--until", "end", help="Good through this day, or until this moment."),
    click.option("--uses", type=int, help="How many checkouts may use it."),
    click.option("--uses-per-buyer", type=int, help="How many checkouts of one buyer may."),
    click.option("--minimum", help="The least sum of the gifts it holds for."),
    click.option("--offering", "slugs", multiple=True, help="Only for this offering; repeat it for others."),
)


def _promo_options(command: Command) -> Command:
    for option in reversed(_PROMO_OPTIONS):
        command = option(command)
    return command


@promo.command("add")
@click.argument("code")
@merchant_option
@_promo_options
@printed(_promo_lines, _promo_alone)
async def add_promo(deps: CommandDependencies, /, code: str, merchant: str, **given: Any) -> Promos:
    """Make the promo code CODE; capitals and small letters are the same."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        draft, names = await _drafted(connection, seller, code, given)
        return [await services.add_promo(connection, seller, draft, actor=actor(), now=deps.clock.now())], names


@promo.command("set")
@click.argument("code")
@merchant_option
@_promo_options
@printed(_promo_lines, _promo_alone)
async def set_promo(deps: CommandDependencies, /, code: str, merchant: str, **given: Any) -> Promos:
    """Let CODE be what the options say, and nothing else; its uses stay counted."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        draft, names = await _drafted(connection, seller, code, given)
        return [await services.change_promo(connection, seller, draft, actor=actor(), now=deps.clock.now())], names


async def _drafted(
    connection: Connection, seller: Merchant, code: str, given: dict[str, Any]
) -> tuple[PromoDraft, dict[UUID, str]]:
    found = [await catalogue.find_offering(connection, seller.merchant_id, slug) for slug in given["slugs"]]
    names = {one.offering_id: one.slug for one in found}
    return msgspec.structs.replace(_promo_draft(code, given, seller), offering_ids=tuple(names)), names


@promo.command("list")
@merchant_option
@printed(_promos_lines, _promos_alone)
async def list_promos(deps: CommandDependencies, /, merchant: str) -> Promos:
    """List all promo codes, with how often they were used."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        found = await catalogue.list_promos(connection, seller.merchant_id)
        return found, await _names(connection, seller)


@promo.command("stop")
@click.argument("code")
@merchant_option
@printed(_promo_lines, _promo_alone)
async def stop_promo(deps: CommandDependencies, /, code: str, merchant: str) -> Promos:
    """Let CODE hold no more; what was bought with it stays as it is."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        stopped = await services.stop_promo(connection, seller, code, actor=actor(), now=deps.clock.now())
        return [stopped], await _names(connection, seller)


async def _names(connection: Connection, seller: Merchant) -> dict[UUID, str]:
    return {one.offering_id: one.slug for one in await catalogue.list_offerings(connection, seller.merchant_id)}


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
