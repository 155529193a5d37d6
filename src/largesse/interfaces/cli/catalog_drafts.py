"""`largesse catalog draft` and `catalog offering order`: changes that wait to be published, and the shop's order."""

from collections.abc import Sequence
from typing import Any

import click

from largesse.db import Connection
from largesse.domain import catalog as catalogue
from largesse.domain.catalog import CatalogueDraft, DraftedKind, OfferingDraft, OfferingUnknown, ThemeChange
from largesse.domain.merchants import Merchant, find_merchant
from largesse.interfaces.cli.catalog import changed, detail_options, offering
from largesse.interfaces.cli.catalog_pages import catalog
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import actor, listed, merchant_option, printed, said
from largesse.services import catalog as services

__all__ = ["catalog"]

THEME = "theme"


def _line(one: CatalogueDraft) -> str:
    name = THEME if one.kind is DraftedKind.THEME else one.offering.slug
    new = "  (new)" if one.seen == catalogue.NEW else ""
    return f"{name:<28} {one.changed_at:%Y-%m-%d %H:%M} UTC  {one.changed_by}{new}"


@catalog.group()
def draft() -> None:
    """Change offerings and the theme so that buyers see it only once it is published."""


@draft.command("list")
@merchant_option
@printed(listed(_line, otherwise="Nothing is being changed."))
async def list_drafts(deps: CommandDependencies, /, merchant: str) -> Sequence[CatalogueDraft]:
    """List all drafts, the newest first."""
    async with deps.database.connection() as connection:
        seller = await find_merchant(connection, merchant)
        return await catalogue.list_drafts(connection, seller.merchant_id)


@draft.command("offering")
@click.argument("slug")
@merchant_option
@detail_options
@printed(_line)
async def draft_offering(deps: CommandDependencies, /, slug: str, merchant: str, **given: Any) -> CatalogueDraft:
    """Change SLUG as `catalog offering set` does, in a draft; what was drafted of it before stays in it."""
    async with deps.database.transaction() as connection:
        seller, now = await find_merchant(connection, merchant), deps.clock.now()
        stands = await catalogue.find_offering(connection, seller.merchant_id, slug)
        known = await catalogue.draft_with(connection, seller.merchant_id, stands.offering_id)
        before: OfferingDraft = known.offering if known else catalogue.draft_of(stands)
        return await services.draft_offering(
            connection,
            seller,
            stands.offering_id,
            changed(before, given, seller),
            seen=known.seen if known else None,
            revision=known.revision if known else catalogue.NEW,
            actor=actor(),
            now=now,
        )


@draft.command("theme")
@merchant_option
@click.option("--accent", help="Its colour, such as #2f5d50.")
@click.option("--about", help="What it is, at most 2,000 characters.")
@click.option("--how-to-redeem", help="How a certificate is used, at most 240 characters.")
@click.option("--address", help="Where it is.")
@click.option("--website", help="Its own page, https://….")
@printed(_line)
async def draft_theme(deps: CommandDependencies, /, merchant: str, **given: Any) -> CatalogueDraft:
    """Change the theme in a draft."""
    async with deps.database.transaction() as connection:
        seller, now = await find_merchant(connection, merchant), deps.clock.now()
        known = await catalogue.draft_with(connection, seller.merchant_id, seller.merchant_id)
        before = known.theme if known else await catalogue.theme_of(connection, seller.merchant_id)
        theme = catalogue.changed_theme(before, ThemeChange(**given), region=None)
        return await services.draft_theme(
            connection,
            seller,
            theme,
            seen=known.seen if known else None,
            revision=known.revision if known else catalogue.NEW,
            actor=actor(),
            now=now,
        )


@draft.command("publish")
@click.argument("name", metavar="SLUG|theme")
@merchant_option
@said(lambda _: "Published.")
async def publish(deps: CommandDependencies, /, name: str, merchant: str) -> None:
    """Let the draft of the offering SLUG, or of the theme, become what buyers see."""
    async with deps.database.transaction() as connection:
        seller, now = await find_merchant(connection, merchant), deps.clock.now()
        if name == THEME:
            await services.publish_theme(connection, seller, actor=actor(), now=now)
        else:
            one = await _draft_named(connection, seller, name)
            await services.publish_offering(connection, seller, one.draft_id, actor=actor(), now=now)


@draft.command("drop")
@click.argument("name", metavar="SLUG|theme")
@merchant_option
@said(lambda _: "Dropped.")
async def drop(deps: CommandDependencies, /, name: str, merchant: str) -> None:
    """Forget the draft of the offering SLUG, or of the theme; what buyers see stays as it is."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        draft_id = seller.merchant_id if name == THEME else (await _draft_named(connection, seller, name)).draft_id
        await catalogue.take_draft(connection, seller.merchant_id, draft_id)


@offering.command("order")
@click.argument("slugs", nargs=-1, required=True, metavar="SLUG…")
@merchant_option
@said(lambda _: "The shop shows them in this order.")
async def order_offerings(deps: CommandDependencies, /, slugs: tuple[str, ...], merchant: str) -> None:
    """Show the offerings in this order; those that are not named come after them, as they stood."""
    async with deps.database.transaction() as connection:
        seller = await find_merchant(connection, merchant)
        stands = await catalogue.list_offerings(connection, seller.merchant_id)
        ids = {one.slug: one.offering_id for one in stands}
        if unknown := [slug for slug in slugs if slug not in ids]:
            message = f"There is no offering {unknown[0]!r}. There are: {', '.join(ids)}."
            raise OfferingUnknown(message)
        wanted = dict.fromkeys([*(ids[slug] for slug in slugs), *ids.values()])
        await services.arrange_offerings(connection, seller, list(wanted), actor=actor(), now=deps.clock.now())


async def _draft_named(connection: Connection, seller: Merchant, slug: str) -> CatalogueDraft:
    for one in await catalogue.list_drafts(connection, seller.merchant_id):
        if one.kind is DraftedKind.OFFERING and one.offering.slug == slug:
            return one
    stands = await catalogue.find_offering(connection, seller.merchant_id, slug)
    known = await catalogue.draft_with(connection, seller.merchant_id, stands.offering_id)
    if known is None:
        raise catalogue.CatalogueDraftUnknown
    return known
