"""Changes of the catalogue that are kept until they are published: of offerings, and of the theme.

A draft may be unfinished; what it says is judged when it is published, by the same service that saves at once.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog
from largesse.domain.catalog import (
    NEW,
    CatalogueDraft,
    CatalogueDraftUnknown,
    DraftedKind,
    InvalidTheme,
    Offering,
    OfferingDraft,
    Theme,
    ThemeChange,
    revision_of,
)
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import FieldError
from largesse.kernel.tokens import SigningKeys, TokenKind, TokenRefused
from largesse.services.catalog.dressing import change_theme
from largesse.services.catalog.saving import SavedOffering, add_offering, change_offering
from largesse.ui import InvalidAccent, parse_accent

PREVIEW_GOOD_FOR: Final = timedelta(hours=1)


class ShopPreview(msgspec.Struct, frozen=True):
    """What leads to a merchant's shop as it would be with every draft published, and until when."""

    until: datetime


SHOP_PREVIEW: Final = TokenKind("shop-preview", ShopPreview)
"""The token of such an address; it counts for the merchant whose id it is bound to."""


class DraftedShop(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant's theme and what it has on sale, as they would be with every draft published."""

    theme: Theme
    offerings: tuple[Offering, ...]


async def draft_offering(
    connection: Connection,
    merchant: Merchant,
    offering_id: UUID,
    content: OfferingDraft,
    *,
    seen: str | None = None,
    revision: str = NEW,
    actor: str,
    now: datetime,
) -> CatalogueDraft:
    """Keep what an offering, also one that does not stand yet, is to become.

    `seen` is the revision of the offering that it was begun from (None: of what stands now), `revision` that of the
    draft.

    Raises:
        CatalogueChanged: somebody else has changed the draft meanwhile.
    """
    if seen is None:
        stands = await catalog.offerings_of(connection, merchant.merchant_id, [offering_id])
        seen = revision_of(stands[offering_id]) if offering_id in stands else NEW
    draft = CatalogueDraft(
        merchant_id=merchant.merchant_id,
        draft_id=offering_id,
        kind=DraftedKind.OFFERING,
        content=msgspec.json.encode(content).decode(),
        seen=seen,
        changed_by=actor,
        changed_at=now,
    )
    return await catalog.keep_draft(connection, draft, revision=revision)


async def draft_theme(
    connection: Connection,
    merchant: Merchant,
    theme: Theme,
    *,
    seen: str | None = None,
    revision: str = NEW,
    actor: str,
    now: datetime,
) -> CatalogueDraft:
    """Keep what the theme is to become; `seen` and `revision` as of offerings.

    Raises:
        CatalogueChanged: somebody else has changed the draft meanwhile.
        InvalidTheme: its colour is none, and nothing could be shown in it.
    """
    try:
        parse_accent(theme.accent)
    except InvalidAccent as error:
        raise InvalidTheme(fields=[FieldError("accent", error.code, error.message)]) from error
    if seen is None:
        seen = revision_of(await catalog.theme_of(connection, merchant.merchant_id))
    draft = CatalogueDraft(
        merchant_id=merchant.merchant_id,
        draft_id=merchant.merchant_id,
        kind=DraftedKind.THEME,
        content=msgspec.json.encode(theme).decode(),
        seen=seen,
        changed_by=actor,
        changed_at=now,
    )
    return await catalog.keep_draft(connection, draft, revision=revision)


async def publish_offering(
    connection: Connection, merchant: Merchant, offering_id: UUID, *, actor: str, now: datetime
) -> SavedOffering:
    """Let a draft become what is on sale, in the caller's transaction, and be no draft any more.

    Raises:
        CatalogueChanged: what it was begun from has changed meanwhile.
        CatalogueDraftUnknown: there is no draft.
        InvalidOffering, LawRefused, OfferingTaken, PictureUnknown: as `add_offering` and `change_offering`.
    """
    draft = await catalog.take_draft(connection, merchant.merchant_id, offering_id)
    if draft.kind is not DraftedKind.OFFERING:
        raise CatalogueDraftUnknown
    wanted = draft.offering
    if draft.seen == NEW:
        last = await catalog.list_offerings(connection, merchant.merchant_id)
        wanted = msgspec.structs.replace(wanted, sort=max((one.sort for one in last), default=0) + 10)
        return await add_offering(connection, merchant, wanted, offering_id=offering_id, actor=actor, now=now)
    return await change_offering(
        connection,
        merchant,
        str(offering_id),
        lambda before: msgspec.structs.replace(wanted, sort=before.sort, status=before.status),
        seen=draft.seen,
        actor=actor,
        now=now,
    )


async def publish_theme(connection: Connection, merchant: Merchant, *, actor: str, now: datetime) -> Theme:
    """Let the draft of the theme become the theme.

    Raises:
        CatalogueChanged: what it was begun from has changed meanwhile.
        CatalogueDraftUnknown: there is no draft.
        InvalidTheme, PictureUnknown: as `change_theme`.
    """
    draft = await catalog.take_draft(connection, merchant.merchant_id, merchant.merchant_id)
    change = as_change(draft.theme)
    return await change_theme(connection, merchant, change, seen=draft.seen, actor=actor, now=now)


def as_change(theme: Theme) -> ThemeChange:
    """Return the change that makes any theme this one."""
    return ThemeChange(**msgspec.structs.asdict(theme), no_logo=theme.logo_id is None)


def preview_token(keys: SigningKeys, merchant: Merchant, *, now: datetime) -> str:
    """Return what leads to the shop of a merchant as it would be with every draft published."""
    return SHOP_PREVIEW.sign(keys, ShopPreview(now + PREVIEW_GOOD_FOR), bound_to=merchant.merchant_id.bytes)


def may_preview(keys: SigningKeys, merchant: Merchant, token: str, *, now: datetime) -> bool:
    """Return whether a token leads to the drafts of a merchant's shop, and still does."""
    try:
        return now < SHOP_PREVIEW.read(keys, token, bound_to=merchant.merchant_id.bytes).until
    except TokenRefused:
        return False


async def drafted_shop(connection: Connection, merchant: Merchant, *, now: datetime) -> DraftedShop:
    """Return how a merchant's shop would look to a buyer with every draft published."""
    theme = await catalog.theme_of(connection, merchant.merchant_id)
    offerings = {
        one.offering_id: one for one in await catalog.find_offerings(connection, merchant.merchant_id, now=now)
    }
    for draft in await catalog.list_drafts(connection, merchant.merchant_id):
        if draft.kind is DraftedKind.THEME:
            theme = draft.theme
        elif draft.seen == NEW or draft.draft_id in offerings:
            offerings[draft.draft_id] = as_offering(
                merchant, draft.draft_id, draft.offering, offerings.get(draft.draft_id), now=now
            )
    shown = [one for one in offerings.values() if one.title and (one.price or one.presets or one.amount_min)]
    shown.sort(key=lambda one: (one.sort, one.title.lower(), one.offering_id))
    return DraftedShop(theme=theme, offerings=tuple(shown))


async def logo_of(connection: Connection, merchant: Merchant, theme: Theme) -> bytes | None:
    """Return the logo of a theme, published or not, as certificates carry it; None where there is none."""
    if theme.logo_id is None:
        return None
    known = await catalog.pictures_of(connection, merchant.merchant_id, [theme.logo_id])
    for one in known.values():
        for width in reversed(one.widths):
            content = await catalog.picture(connection, merchant.merchant_id, one.picture_id, width, one.fallback)
            if catalog.logo_type(content) is not None:
                return content
    return None


def as_offering(
    merchant: Merchant, offering_id: UUID, draft: OfferingDraft, stands: Offering | None, *, now: datetime
) -> Offering:
    """Return what a draft would be on sale, in the place and with the stock taken of what stands."""
    values = {name: getattr(draft, name) for name in OfferingDraft.__struct_fields__}
    if stands is not None:
        values |= {"sort": stands.sort, "status": stands.status}
    else:
        values |= {"sort": _LAST}
    return Offering(
        **values,
        merchant_id=merchant.merchant_id,
        offering_id=offering_id,
        currency=stands.currency if stands else merchant.currency,
        taken=stands.taken if stands else 0,
        created_at=stands.created_at if stands else now,
        changed_at=now,
    )


_LAST = 10**6
