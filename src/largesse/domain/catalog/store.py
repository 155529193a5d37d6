"""The tables of the catalogue."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.catalog import rows
from largesse.domain.catalog.drafts import CatalogueDraft, DraftedKind
from largesse.domain.catalog.model import Offering, OfferingDraft
from largesse.domain.catalog.pictures import EncodedPicture, HungPicture, Picture, PictureFormat
from largesse.domain.catalog.promos import PromoCode, PromoDraft, fold_buyer, fold_code
from largesse.domain.catalog.theme import Theme

_queries = load(__package__)


async def insert_offering(
    connection: Connection, merchant_id: UUID, offering_id: UUID, draft: OfferingDraft, *, currency: str, now: datetime
) -> bool:
    """Write a new offering; False when its slug is taken."""
    values = rows.offering_values(draft)
    first = [values.pop(name) for name in ("slug", "kind", "status", "title", "description", "terms", "translations")]
    written = await connection.fetchval(
        _queries.insert_offering, merchant_id, offering_id, *first, currency, *values.values(), now
    )
    return written is not None


async def update_offering(
    connection: Connection, merchant_id: UUID, offering_id: UUID, draft: OfferingDraft, *, now: datetime
) -> None:
    """Change an offering that is locked."""
    values = rows.offering_values(draft).values()
    await connection.execute(_queries.update_offering, merchant_id, offering_id, *values, now)


async def slug_taken(connection: Connection, merchant_id: UUID, slug: str, *, also: UUID) -> bool:
    """Return whether another offering than `also` has a slug."""
    return bool(await connection.fetchval(_queries.slug_taken, merchant_id, slug, also))


async def find_offering(
    connection: Connection, merchant_id: UUID, slug_or_id: str, *, lock: bool = False
) -> Offering | None:
    """Return an offering; `lock` keeps it to this transaction."""
    query = _queries.lock_offering if lock else _queries.find_offering
    row = await connection.fetchrow(query, merchant_id, slug_or_id)
    return rows.offering_of(row) if row else None


async def offerings_of(connection: Connection, keys: Collection[tuple[UUID, UUID]]) -> list[Offering]:
    """Return some offerings of several merchants, by merchant and id."""
    found = await connection.fetch(_queries.offerings_of, [key[0] for key in keys], [key[1] for key in keys])
    return [rows.offering_of(row) for row in found]


async def list_offerings(connection: Connection, merchant_id: UUID) -> list[Offering]:
    """Return all offerings of a merchant, hidden ones too, in the order in which they are shown."""
    return [rows.offering_of(row) for row in await connection.fetch(_queries.list_offerings, merchant_id)]


async def find_offerings(connection: Connection, merchant_id: UUID, *, now: datetime) -> list[Offering]:
    """Return what a buyer sees at `now`, in order: what is sold out too (ask each for its `availability`)."""
    return [rows.offering_of(row) for row in await connection.fetch(_queries.open_offerings, merchant_id, now)]


async def take_stock(connection: Connection, merchant_id: UUID, offering_id: UUID, quantity: int) -> bool:
    """Take some of one offering's stock; False when it is not limited, or not that much is left."""
    return await connection.fetchval(_queries.take_stock, merchant_id, offering_id, quantity) is not None


async def stock_limits(connection: Connection, merchant_id: UUID, offering_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Return, for those offerings that exist, whether their stock is limited."""
    rows = await connection.fetch(_queries.stock_limits, merchant_id, list(offering_ids))
    return {row["offering_id"]: row["limited"] for row in rows}


async def insert_reservation(
    connection: Connection, merchant_id: UUID, checkout_id: UUID, offering_id: UUID, quantity: int, *, now: datetime
) -> None:
    """Write down what a checkout took of an offering."""
    await connection.execute(_queries.insert_reservation, merchant_id, checkout_id, offering_id, quantity, now)


async def lock_swapped(
    connection: Connection, merchant_id: UUID, checkout_id: UUID, offering_ids: Sequence[UUID], code: str | None
) -> None:
    """Lock what a checkout took, with the offerings and the promo code that are to be taken instead."""
    await connection.fetch(_queries.lock_stock, merchant_id, checkout_id, offering_ids)
    await connection.fetch(_queries.lock_promos, merchant_id, checkout_id, fold_code(code) if code else None)


async def return_stock(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> None:
    """Give back all that a checkout took, once."""
    for row in await connection.fetch(_queries.reservations, merchant_id, checkout_id):
        await connection.execute(_queries.return_stock, merchant_id, row["offering_id"], row["quantity"])
    await connection.execute(_queries.delete_reservations, merchant_id, checkout_id)


async def insert_promo(
    connection: Connection, merchant_id: UUID, promo_id: UUID, draft: PromoDraft, *, currency: str, now: datetime
) -> bool:
    """Write a new promo code; False when there is one of that name."""
    written = await connection.fetchval(
        _queries.insert_promo,
        merchant_id,
        promo_id,
        draft.code.strip(),
        fold_code(draft.code),
        currency,
        *_promo_values(draft),
        now,
    )
    return written is not None


async def update_promo(connection: Connection, promo: PromoCode, draft: PromoDraft) -> None:
    """Change a promo code that is locked; what was used of it stays."""
    await connection.execute(
        _queries.update_promo, promo.merchant_id, promo.promo_id, draft.code.strip(), *_promo_values(draft)
    )


async def find_promo(connection: Connection, merchant_id: UUID, code: str, *, lock: bool = False) -> PromoCode | None:
    """Return a promo code; `lock` keeps it to this transaction."""
    query = _queries.lock_promo if lock else _queries.find_promo
    row = await connection.fetchrow(query, merchant_id, fold_code(code))
    return rows.promo_of(row) if row else None


async def list_promos(connection: Connection, merchant_id: UUID) -> list[PromoCode]:
    """Return all promo codes of a merchant, by name."""
    return [rows.promo_of(row) for row in await connection.fetch(_queries.list_promos, merchant_id)]


async def stop_promo(connection: Connection, merchant_id: UUID, code: str, *, now: datetime) -> bool:
    """Let a promo code hold no more; False when there is none of that name."""
    return await connection.fetchval(_queries.stop_promo, merchant_id, fold_code(code), now) is not None


async def uses_of_buyer(connection: Connection, promo: PromoCode, buyer: str) -> int:
    """Return how often a buyer, already folded, used a promo code."""
    return int(await connection.fetchval(_queries.uses_of_buyer, promo.merchant_id, promo.promo_id, buyer))


async def insert_use(
    connection: Connection, promo: PromoCode, checkout_id: UUID, *, buyer: str, discount: int, now: datetime
) -> None:
    """Count a use of a promo code that is locked."""
    await connection.execute(_queries.insert_use, promo.merchant_id, promo.promo_id, checkout_id, buyer, discount, now)
    await connection.execute(_queries.count_use, promo.merchant_id, promo.promo_id)


async def release_use(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> None:
    """Take back a checkout's use of a promo code, once."""
    await connection.execute(_queries.release_use, merchant_id, checkout_id)


async def insert_picture(
    connection: Connection, merchant_id: UUID, picture_id: UUID, encoded: EncodedPicture, *, alt: str, now: datetime
) -> Picture:
    """Keep a picture and all its bytes; one that stands already only gets its `alt`."""
    size = (encoded.width, encoded.height, encoded.fallback.value, list(encoded.widths))
    row = await connection.fetchrow(_queries.insert_picture, merchant_id, picture_id, alt, *size, now)
    assert row is not None, "it was just written"
    widths, formats, contents = (
        [one.width for one in encoded.renditions],
        [one.format.value for one in encoded.renditions],
        [one.content for one in encoded.renditions],
    )
    await connection.execute(_queries.insert_renditions, merchant_id, picture_id, widths, formats, contents)
    return rows.picture_of(row)


async def pictures(connection: Connection, merchant_id: UUID, ids: Sequence[UUID]) -> list[Picture]:
    """Return some pictures, without their bytes."""
    return [rows.picture_of(row) for row in await connection.fetch(_queries.pictures, merchant_id, list(ids))]


async def list_pictures(connection: Connection, merchant_id: UUID) -> list[HungPicture]:
    """Return all pictures of a merchant, the newest first, with where each is shown."""
    return [rows.hung_picture_of(row) for row in await connection.fetch(_queries.list_pictures, merchant_id)]


async def hold_picture(connection: Connection, merchant_id: UUID, picture_id: UUID) -> bool:
    """Return whether there is a picture; it cannot be removed before this transaction ends."""
    return bool(await connection.fetchval(_queries.hold_picture, merchant_id, picture_id))


async def lock_picture(connection: Connection, merchant_id: UUID, picture_id: UUID) -> bool:
    """Return whether there is a picture; nobody else can begin to show it before this transaction ends."""
    return bool(await connection.fetchval(_queries.lock_picture, merchant_id, picture_id))


async def delete_picture(connection: Connection, merchant_id: UUID, picture_id: UUID) -> None:
    """Delete a picture and its bytes. Hold it locked, and shown nowhere."""
    await connection.execute(_queries.delete_picture, merchant_id, picture_id)


async def rendition(
    connection: Connection, merchant_id: UUID, picture_id: UUID, width: int, kind: PictureFormat
) -> bytes | None:
    """Return a picture's bytes in one width and format."""
    content: bytes | None = await connection.fetchval(_queries.rendition, merchant_id, picture_id, width, kind.value)
    return content


async def printable_logo(connection: Connection, merchant_id: UUID, *, bytes_max: int) -> bytes | None:
    """Return the widest PNG or JPEG of a merchant's logo of at most `bytes_max`."""
    content: bytes | None = await connection.fetchval(_queries.printable_logo, merchant_id, bytes_max)
    return content


async def find_theme(connection: Connection, merchant_id: UUID) -> Theme | None:
    """Return a merchant's theme."""
    row = await connection.fetchrow(_queries.find_theme, merchant_id)
    return rows.theme_of(row) if row else None


async def put_theme(connection: Connection, merchant_id: UUID, theme: Theme, *, now: datetime) -> None:
    """Write a merchant's theme."""
    words = (theme.about, theme.how_to_redeem, theme.address, theme.phone, theme.website)
    translations = rows.as_json(theme.translations)
    await connection.execute(_queries.put_theme, merchant_id, theme.accent, theme.logo_id, *words, translations, now)


async def lock_theme(connection: Connection, merchant_id: UUID, *, now: datetime) -> Theme | None:
    """Return a merchant's theme, kept to this transaction; one that has chosen none begins with the usual one."""
    await connection.execute(_queries.begin_theme, merchant_id, Theme().accent, now)
    row = await connection.fetchrow(_queries.lock_theme, merchant_id)
    return rows.theme_of(row) if row else None


async def lock_offerings(connection: Connection, merchant_id: UUID) -> list[UUID]:
    """Return the ids of all offerings of a merchant, each kept to this transaction."""
    return [row["offering_id"] for row in await connection.fetch(_queries.lock_offerings, merchant_id)]


async def arrange_offerings(
    connection: Connection, merchant_id: UUID, offering_ids: Sequence[UUID], places: Sequence[int]
) -> int:
    """Give offerings their places, and return how many have another one than before. Hold them locked."""
    tag = await connection.execute(_queries.arrange_offerings, merchant_id, list(offering_ids), list(places))
    return int(tag.rpartition(" ")[2])


async def draft_with(connection: Connection, merchant_id: UUID, draft_id: UUID) -> CatalogueDraft | None:
    """Return the draft of something, None where nothing of it is being changed."""
    row = await connection.fetchrow(_queries.find_draft, merchant_id, draft_id)
    return _draft_of(row) if row else None


async def lock_draft(connection: Connection, merchant_id: UUID, draft_id: UUID) -> CatalogueDraft | None:
    """Return the draft of something, kept to this transaction."""
    row = await connection.fetchrow(_queries.lock_draft, merchant_id, draft_id)
    return _draft_of(row) if row else None


async def list_drafts(connection: Connection, merchant_id: UUID) -> list[CatalogueDraft]:
    """Return all that is being changed of a merchant's catalogue, the newest first."""
    return [_draft_of(row) for row in await connection.fetch(_queries.list_drafts, merchant_id)]


async def put_draft(connection: Connection, draft: CatalogueDraft) -> None:
    """Write a draft, in the place of the one that is locked."""
    await connection.execute(
        _queries.put_draft,
        draft.merchant_id,
        draft.draft_id,
        draft.kind.value,
        draft.content,
        draft.seen,
        draft.changed_by,
        draft.changed_at,
    )


async def delete_draft(connection: Connection, merchant_id: UUID, draft_id: UUID) -> None:
    """Delete a draft that is locked."""
    await connection.execute(_queries.delete_draft, merchant_id, draft_id)


def _draft_of(row: Mapping[str, Any]) -> CatalogueDraft:
    return CatalogueDraft(**{**row, "kind": DraftedKind(row["kind"])})


def _promo_values(draft: PromoDraft) -> tuple[object, ...]:
    return (
        draft.percent,
        draft.amount,
        draft.starts_at,
        draft.ends_at,
        draft.uses_max,
        draft.uses_per_buyer_max,
        draft.amount_min,
        list(draft.offering_ids),
    )


async def held_by(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> Mapping[UUID, int]:
    """Return how many a checkout holds of each offering and promo code, by id.

    A buyer who changes a checkout that waits for payment is not in their own way.
    """
    found = await connection.fetch(_queries.held_of_checkout, merchant_id, checkout_id)
    return {row["offering_id"] or row["promo_id"]: row["quantity"] for row in found}


async def erase_person(connection: Connection, merchant_id: UUID, email: str) -> int:
    """Take a buyer out of the uses of promo codes, and return how many uses."""
    tag = await connection.execute(_queries.erase_uses, merchant_id, fold_buyer(email))
    return int(tag.rpartition(" ")[2])
