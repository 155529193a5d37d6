"""What a merchant's pages are dressed in: its theme and its pictures."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.catalog import checks, store
from largesse.domain.catalog.certificate_face import LOGO_BYTES_MAX
from largesse.domain.catalog.drafts import check_seen
from largesse.domain.catalog.errors import InvalidTheme, PictureInUse, PictureUnknown
from largesse.domain.catalog.pictures import (
    ALT_MAX,
    RECIPE,
    Crop,
    EncodedPicture,
    Picture,
    PictureFormat,
    PictureRefused,
)
from largesse.domain.catalog.theme import Theme, ThemeChange
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import derived_id


async def theme_of(connection: Connection, merchant_id: UUID) -> Theme:
    """Return a merchant's theme; the installation's own look where it has not chosen any."""
    return await store.find_theme(connection, merchant_id) or Theme()


async def change_theme(
    connection: Connection,
    merchant_id: UUID,
    change: ThemeChange,
    *,
    region: str | None = None,
    seen: str | None = None,
    now: datetime,
) -> Theme:
    """Change a merchant's theme and return it; `region` (ISO 3166) is for phones without country code.

    `seen` is the revision that the change was begun from.

    Raises:
        CatalogueChanged: it is no longer what was seen.
        InvalidTheme: some of it cannot stand; every fault is named.
        PictureUnknown: the logo is no picture of this merchant.
    """
    if faults := checks.theme_faults(change, region=region):
        raise InvalidTheme(fields=faults)
    if change.logo_id is not None and not await store.hold_picture(connection, merchant_id, change.logo_id):
        raise PictureUnknown
    stands = await store.lock_theme(connection, merchant_id, now=now) or Theme()
    theme = changed_theme(stands, change, region=region)
    if theme == stands:
        return theme
    check_seen(stands, seen)
    await store.put_theme(connection, merchant_id, theme, now=now)
    return theme


def changed_theme(theme: Theme, change: ThemeChange, *, region: str | None) -> Theme:
    """Return a theme with the changes, as it would be kept; whether they can stand, says `change_theme`."""
    given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
    if given.pop("no_logo"):
        given["logo_id"] = None
    if change.accent is not None:
        given["accent"] = change.accent.strip().lower()
    if change.phone is not None:
        given["phone"] = checks.read_phone(change.phone, region=region) or ""
    return msgspec.structs.replace(theme, **given)


def picture_id_of(merchant_id: UUID, upload: bytes) -> UUID:
    """Return the id that the picture of an upload has: the same bytes give the same, so that it is kept once."""
    return derived_id("picture", RECIPE, merchant_id, hashlib.sha256(upload).hexdigest())


def crop_id_of(merchant_id: UUID, picture_id: UUID, crop: Crop) -> UUID:
    """Return the id that a part of a picture has as a picture of its own."""
    return derived_id("picture-crop", RECIPE, merchant_id, picture_id, *msgspec.structs.astuple(crop))


async def add_picture(
    connection: Connection, merchant_id: UUID, picture_id: UUID, encoded: EncodedPicture, *, alt: str, now: datetime
) -> Picture:
    """Keep a picture that `pictures.encode` made of an upload; `picture_id` is that of the upload.

    Raises:
        PictureRefused: `alt` is too long.
    """
    if len(alt) > ALT_MAX or free_text.holds_unseen(alt):
        advice = f"Describe the picture on one line of at most {ALT_MAX} characters."
        raise PictureRefused(advice, fields=[FieldError("alt", "text.too_long", advice)])
    return await store.insert_picture(connection, merchant_id, picture_id, encoded, alt=alt.strip(), now=now)


async def pictures_of(connection: Connection, merchant_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Picture]:
    """Return some pictures by their ids, without their bytes; those that do not exist are missing."""
    return {one.picture_id: one for one in await store.pictures(connection, merchant_id, ids)}


async def remove_picture(connection: Connection, merchant_id: UUID, picture_id: UUID) -> None:
    """Delete a picture that is shown nowhere.

    Raises:
        PictureUnknown: there is none.
        PictureInUse: it is an offering's, also a hidden one's, or the logo.
    """
    if not await store.lock_picture(connection, merchant_id, picture_id):
        raise PictureUnknown
    hung = await store.list_pictures(connection, merchant_id)
    places = next(one.places for one in hung if one.picture.picture_id == picture_id)
    if places:
        raise PictureInUse(f"This picture is still shown: {', '.join(places)}. Take it away there first.")
    await store.delete_picture(connection, merchant_id, picture_id)


async def picture(
    connection: Connection, merchant_id: UUID, picture_id: UUID, width: int, kind: PictureFormat
) -> bytes:
    """Return a picture's bytes in one of its widths, as WebP or in its fallback format. They never change.

    Raises:
        PictureUnknown: there is no such picture, or not in that width and format.
    """
    content = await store.rendition(connection, merchant_id, picture_id, width, kind)
    if content is None:
        raise PictureUnknown
    return content


async def printable_logo(connection: Connection, merchant_id: UUID) -> bytes | None:
    """Return a merchant's logo as a certificate carries it (`CertificateFace.logo`), None when there is none."""
    return await store.printable_logo(connection, merchant_id, bytes_max=LOGO_BYTES_MAX)
