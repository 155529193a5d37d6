"""The theme, the pictures and the promo codes of a merchant, saved by whoever edits them: pages and commands alike."""

import asyncio
from datetime import datetime
from uuid import UUID

from largesse.db import Connection
from largesse.domain import catalog, staff
from largesse.domain.catalog import (
    Crop,
    EncodedPicture,
    Picture,
    PictureUnknown,
    PromoCode,
    PromoDraft,
    Theme,
    ThemeChange,
    cut_out,
    encode,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.zones import region_of_zone
from largesse.services.catalog.dependencies import CatalogDependencies


async def change_theme(
    connection: Connection,
    merchant: Merchant,
    change: ThemeChange,
    *,
    seen: str | None = None,
    actor: str,
    now: datetime,
) -> Theme:
    """Change how a merchant's pages look. `seen` is the revision that the change was begun from.

    Raises:
        CatalogueChanged, InvalidTheme, PictureUnknown: as their names say.
    """
    before = await catalog.theme_of(connection, merchant.merchant_id)
    theme = await catalog.change_theme(
        connection, merchant.merchant_id, change, region=region_of_zone(merchant.time_zone), seen=seen, now=now
    )
    if theme != before:
        await _note(connection, merchant, Audited.THEME_SAVED, str(merchant.merchant_id), None, actor=actor, now=now)
    return theme


async def add_picture(
    deps: CatalogDependencies, merchant: Merchant, upload: bytes, *, alt: str, now: datetime
) -> Picture:
    """Keep the pixels of an upload, and nothing else of it. The same file again is the picture that it is already.

    Raises:
        PictureRefused: it is no picture that can be used, or `alt` is too long.
    """
    encoded = await asyncio.to_thread(encode, upload)
    picture_id = catalog.picture_id_of(merchant.merchant_id, upload)
    async with deps.database.transaction() as connection:
        return await catalog.add_picture(connection, merchant.merchant_id, picture_id, encoded, alt=alt, now=now)


async def crop_picture(
    deps: CatalogDependencies, merchant: Merchant, picture_id: UUID, crop: Crop, *, now: datetime
) -> Picture:
    """Keep a part of a picture as a picture of its own; the whole one stays.

    Raises:
        PictureUnknown: there is none.
        PictureShape: what would be left is too small or too narrow.
    """
    whole, encoded = await _cut(deps, merchant, picture_id, crop)
    part_id = catalog.crop_id_of(merchant.merchant_id, picture_id, crop)
    async with deps.database.transaction() as connection:
        return await catalog.add_picture(connection, merchant.merchant_id, part_id, encoded, alt=whole.alt, now=now)


async def remove_picture(
    connection: Connection, merchant: Merchant, picture_id: UUID, *, actor: str, now: datetime
) -> None:
    """Delete a picture that is shown nowhere.

    Raises:
        PictureUnknown, PictureInUse: as their names say.
    """
    await catalog.remove_picture(connection, merchant.merchant_id, picture_id)
    await _note(connection, merchant, Audited.PICTURE_REMOVED, str(picture_id), None, actor=actor, now=now)


async def add_promo(
    connection: Connection, merchant: Merchant, draft: PromoDraft, *, actor: str, now: datetime
) -> PromoCode:
    """Make a promo code.

    Raises:
        InvalidPromoCode, OfferingUnknown, PromoTaken: as their names say.
    """
    promo = await catalog.add_promo(connection, merchant.merchant_id, draft, money=merchant.money, now=now)
    await _note(connection, merchant, Audited.PROMO_SAVED, str(promo.promo_id), promo.code, actor=actor, now=now)
    return promo


async def change_promo(
    connection: Connection,
    merchant: Merchant,
    draft: PromoDraft,
    *,
    seen: str | None = None,
    actor: str,
    now: datetime,
) -> PromoCode:
    """Change the promo code of that name; its uses stay counted. `seen` is the revision that the change began from.

    Raises:
        CatalogueChanged, InvalidPromoCode, OfferingUnknown, PromoUnknown: as their names say.
    """
    before = await catalog.find_promo(connection, merchant.merchant_id, draft.code)
    promo = await catalog.change_promo(connection, merchant.merchant_id, draft, seen=seen)
    if catalog.revision_of(promo) != catalog.revision_of(before):
        await _note(connection, merchant, Audited.PROMO_SAVED, str(promo.promo_id), promo.code, actor=actor, now=now)
    return promo


async def stop_promo(connection: Connection, merchant: Merchant, code: str, *, actor: str, now: datetime) -> PromoCode:
    """Let a promo code hold no more; what was bought with it stays as it is.

    Raises:
        PromoUnknown: there is none of that name.
    """
    promo = await catalog.stop_promo(connection, merchant.merchant_id, code, now=now)
    await _note(connection, merchant, Audited.PROMO_STOPPED, str(promo.promo_id), promo.code, actor=actor, now=now)
    return promo


async def _cut(
    deps: CatalogDependencies, merchant: Merchant, picture_id: UUID, crop: Crop
) -> tuple[Picture, EncodedPicture]:
    async with deps.database.connection() as connection:
        known = await catalog.pictures_of(connection, merchant.merchant_id, [picture_id])
        if picture_id not in known:
            raise PictureUnknown
        whole = known[picture_id]
        content = await catalog.picture(connection, merchant.merchant_id, picture_id, whole.widths[-1], whole.fallback)
    return whole, await asyncio.to_thread(cut_out, content, whole.fallback, crop)


async def _note(
    connection: Connection,
    merchant: Merchant,
    action: Audited,
    subject: str,
    reason: str | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    await staff.record(connection, merchant.merchant_id, action, subject=subject, actor=actor, reason=reason, now=now)
