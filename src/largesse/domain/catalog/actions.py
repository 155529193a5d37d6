"""What can be done with offerings and promo codes, and how a checkout takes its part of both."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.catalog import checks, store
from largesse.domain.catalog.drafts import check_seen
from largesse.domain.catalog.errors import (
    CatalogueChanged,
    InvalidOffering,
    InvalidPromoCode,
    OfferingTaken,
    OfferingUnknown,
    PictureUnknown,
    PromoTaken,
    PromoUnknown,
    SoldOut,
)
from largesse.domain.catalog.model import Offering, OfferingDraft, OfferingStatus
from largesse.domain.catalog.promos import Line, PromoCode, PromoDraft, check_promo, fold_buyer
from largesse.kernel.currency import Currency
from largesse.kernel.ids import new_id

Change = Callable[[OfferingDraft], OfferingDraft]
_APART: Final = 10  # places of a seed file may stand between those of the office


async def add_offering(
    connection: Connection,
    merchant_id: UUID,
    draft: OfferingDraft,
    *,
    money: Currency,
    offering_id: UUID | None = None,
    now: datetime,
) -> Offering:
    """Put something on sale; its amounts are in `money`, the merchant's currency, its id is `offering_id` or a new one.

    Raises:
        InvalidOffering: some of its details cannot stand; every one is named.
        OfferingTaken: another offering has its slug.
        PictureUnknown: the merchant has no such picture.
    """
    if faults := checks.offering_faults(draft, money):
        raise InvalidOffering(fields=faults)
    await _check_picture(connection, merchant_id, draft.picture_id)
    offering_id = offering_id or new_id(now)
    if not await store.insert_offering(connection, merchant_id, offering_id, draft, currency=money.code, now=now):
        raise OfferingTaken
    return await find_offering(connection, merchant_id, str(offering_id))


async def change_offering(
    connection: Connection,
    merchant_id: UUID,
    slug_or_id: str,
    change: Change,
    *,
    seen: str | None = None,
    now: datetime,
) -> Offering:
    """Let `change` make another draft of an offering, and return the offering as it is then.

    Orders keep what they were placed with: a change holds for what is bought from now on. `seen` is the revision that
    the change was begun from.

    Raises:
        CatalogueChanged: it is no longer what was seen.
        OfferingUnknown, InvalidOffering, OfferingTaken, PictureUnknown: as their names say.
    """
    known = await store.find_offering(connection, merchant_id, slug_or_id, lock=True)
    if known is None:
        raise OfferingUnknown
    before = draft_of(known)
    draft = change(before)
    if draft == before:
        return known
    check_seen(before, seen)
    if faults := checks.offering_faults(draft, known.money):
        raise InvalidOffering(fields=faults)
    if await store.slug_taken(connection, merchant_id, draft.slug, also=known.offering_id):
        raise OfferingTaken
    await _check_picture(connection, merchant_id, draft.picture_id)
    await store.update_offering(connection, merchant_id, known.offering_id, draft, now=now)
    return await find_offering(connection, merchant_id, str(known.offering_id))


async def set_status(
    connection: Connection, merchant_id: UUID, slug_or_id: str, status: OfferingStatus, *, now: datetime
) -> Offering:
    """Show an offering, or hide it.

    Raises:
        OfferingUnknown: there is none.
    """
    return await change_offering(
        connection, merchant_id, slug_or_id, lambda draft: msgspec.structs.replace(draft, status=status), now=now
    )


async def arrange(connection: Connection, merchant_id: UUID, offering_ids: Sequence[UUID]) -> bool:
    """Show a merchant's offerings in that order from now on, and return whether that is another one than before.

    Raises:
        CatalogueChanged: these are not all there are, or some are there no more.
    """
    if sorted(offering_ids) != await store.lock_offerings(connection, merchant_id):
        raise CatalogueChanged
    places = [_APART * place for place in range(1, len(offering_ids) + 1)]
    return bool(await store.arrange_offerings(connection, merchant_id, offering_ids, places))


def draft_of(offering: Offering) -> OfferingDraft:
    """Return what somebody would have asked for to get `offering`."""
    return OfferingDraft(**{name: getattr(offering, name) for name in OfferingDraft.__struct_fields__})


async def find_offering(connection: Connection, merchant_id: UUID, slug_or_id: str) -> Offering:
    """Return an offering, also one that is hidden.

    Raises:
        OfferingUnknown: there is none.
    """
    found = await store.find_offering(connection, merchant_id, slug_or_id)
    if found is None:
        raise OfferingUnknown
    return found


async def offerings_of(connection: Connection, merchant_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Offering]:
    """Return some offerings by their ids; those that do not exist are missing."""
    found = await offerings_of_many(connection, {(merchant_id, one) for one in ids})
    return {one.offering_id: one for one in found.values()}


async def offerings_of_many(
    connection: Connection, keys: Collection[tuple[UUID, UUID]]
) -> Mapping[tuple[UUID, UUID], Offering]:
    """Return some offerings of several merchants by merchant and id; those that do not exist are missing."""
    found = await store.offerings_of(connection, keys) if keys else []
    return {(one.merchant_id, one.offering_id): one for one in found}


async def add_promo(
    connection: Connection, merchant_id: UUID, draft: PromoDraft, *, money: Currency, now: datetime
) -> PromoCode:
    """Make a promo code; its amounts are in `money`, the merchant's currency.

    Raises:
        InvalidPromoCode: some of its details cannot stand; every one is named.
        OfferingUnknown: it is for an offering that does not exist.
        PromoTaken: there is one of that name.
    """
    await _check_promo_draft(connection, merchant_id, draft, money)
    if not await store.insert_promo(connection, merchant_id, new_id(now), draft, currency=money.code, now=now):
        raise PromoTaken
    return await find_promo(connection, merchant_id, draft.code)


async def change_promo(
    connection: Connection, merchant_id: UUID, draft: PromoDraft, *, seen: str | None = None
) -> PromoCode:
    """Change the promo code of that name; its uses stay counted, and one that was stopped stays stopped.

    `seen` is the revision that the change was begun from.

    Raises:
        CatalogueChanged: it is no longer what was seen.
        InvalidPromoCode, OfferingUnknown: as `add_promo`.
        PromoUnknown: there is none of that name.
    """
    known = await store.find_promo(connection, merchant_id, draft.code, lock=True)
    if known is None:
        raise PromoUnknown
    if all(getattr(known, name) == getattr(draft, name) for name in PromoDraft.__struct_fields__):
        return known
    check_seen(known, seen)
    await _check_promo_draft(connection, merchant_id, draft, known.money)
    await store.update_promo(connection, known, draft)
    return await find_promo(connection, merchant_id, draft.code)


async def find_promo(connection: Connection, merchant_id: UUID, code: str) -> PromoCode:
    """Return the promo code of that name, however its letters are written.

    Raises:
        PromoUnknown: there is none.
    """
    found = await store.find_promo(connection, merchant_id, code)
    if found is None:
        raise PromoUnknown
    return found


async def stop_promo(connection: Connection, merchant_id: UUID, code: str, *, now: datetime) -> PromoCode:
    """Let a promo code hold no more; what was bought with it stays as it is.

    Raises:
        PromoUnknown: there is none of that name.
    """
    if not await store.stop_promo(connection, merchant_id, code, now=now):
        raise PromoUnknown
    return await find_promo(connection, merchant_id, code)


async def try_promo(
    connection: Connection, merchant_id: UUID, code: str, lines: Sequence[Line], *, buyer: str = "", now: datetime
) -> tuple[int, ...]:
    """Return what a code would let off each line, without using it: for showing totals.

    Raises:
        PromoUnknown: there is no such code.
        PromoRefused: it does not hold for these gifts, or for this buyer where the address is known.
    """
    promo = await find_promo(connection, merchant_id, code)
    used = await store.uses_of_buyer(connection, promo, fold_buyer(buyer)) if buyer else 0
    return check_promo(promo, lines, now=now, used_by_buyer=used)


async def reserve(
    connection: Connection,
    merchant_id: UUID,
    checkout_id: UUID,
    lines: Sequence[Line],
    *,
    promo_code: str | None = None,
    buyer: str,
    now: datetime,
) -> tuple[int, ...]:
    """Take the stock for a checkout's gifts, use its promo code, and return what that lets off each of `lines`.

    Call it once per checkout, in the transaction that places it. The rows are locked in one order (offerings by id,
    then the code), so that checkouts wait for each other and never in a circle; who had to wait decides on what is
    left then. `buyer` is the e-mail address that the limit per buyer is counted by.

    Raises:
        OfferingUnknown, SoldOut: an offering does not exist, or not that many are left of it.
        PromoUnknown, PromoRefused: the code does not exist or does not hold (any more).
    """
    wanted = Counter(line.offering_id for line in lines)
    limits = await store.stock_limits(connection, merchant_id, list(wanted))
    if len(limits) < len(wanted):
        raise OfferingUnknown
    for offering_id, quantity in sorted(wanted.items()):
        if limits[offering_id]:
            await _take(connection, merchant_id, checkout_id, offering_id, quantity, now=now)
    if promo_code is None:
        return (0,) * len(lines)
    promo = await store.find_promo(connection, merchant_id, promo_code, lock=True)
    if promo is None:
        raise PromoUnknown
    folded = fold_buyer(buyer)
    used = await store.uses_of_buyer(connection, promo, folded)
    discounts = check_promo(promo, lines, now=now, used_by_buyer=used)
    await store.insert_use(connection, promo, checkout_id, buyer=folded, discount=sum(discounts), now=now)
    return discounts


async def prepare_swap(
    connection: Connection, merchant_id: UUID, checkout_id: UUID, lines: Sequence[Line], *, promo_code: str | None
) -> None:
    """Lock what a checkout took and what is to be taken in its stead, in the one order of `reserve`.

    Call it before `release` and `reserve` where one transaction does both: two buyers who change to what the other one
    gives back would wait for each other for ever.
    """
    wanted = sorted({line.offering_id for line in lines})
    await store.lock_swapped(connection, merchant_id, checkout_id, wanted, promo_code)


async def release(connection: Connection, merchant_id: UUID, checkout_id: UUID) -> None:
    """Give back what `reserve` took, because the checkout was given up. Safe to call again."""
    await store.return_stock(connection, merchant_id, checkout_id)
    await store.release_use(connection, merchant_id, checkout_id)


async def hold_again(
    connection: Connection,
    merchant_id: UUID,
    checkout_id: UUID,
    gifts: Collection[UUID],
    *,
    promo_code: str | None = None,
    buyer: str,
    discount: int = 0,
    now: datetime,
) -> None:
    """Take anew what was released of a checkout that is paid all the same: the stock of `gifts`, its promo code.

    The code counts even where it is used up by now, for what it lets off was agreed.

    Raises:
        SoldOut: others have bought what was left.
    """
    wanted = Counter(gifts)
    limits = await store.stock_limits(connection, merchant_id, list(wanted))
    for offering_id, quantity in sorted(wanted.items()):
        if limits.get(offering_id):
            await _take(connection, merchant_id, checkout_id, offering_id, quantity, now=now)
    promo = await store.find_promo(connection, merchant_id, promo_code, lock=True) if promo_code else None
    if promo is not None:
        await store.insert_use(connection, promo, checkout_id, buyer=fold_buyer(buyer), discount=discount, now=now)


async def _take(
    connection: Connection, merchant_id: UUID, checkout_id: UUID, offering_id: UUID, quantity: int, *, now: datetime
) -> None:
    if await store.take_stock(connection, merchant_id, offering_id, quantity):
        await store.insert_reservation(connection, merchant_id, checkout_id, offering_id, quantity, now=now)
        return
    limits = await store.stock_limits(connection, merchant_id, [offering_id])
    if limits.get(offering_id):  # who had to wait may find that it is not limited any more
        raise SoldOut


async def _check_picture(connection: Connection, merchant_id: UUID, picture_id: UUID | None) -> None:
    if picture_id is not None and not await store.hold_picture(connection, merchant_id, picture_id):
        raise PictureUnknown


async def _check_promo_draft(connection: Connection, merchant_id: UUID, draft: PromoDraft, money: Currency) -> None:
    if faults := checks.promo_faults(draft, money):
        raise InvalidPromoCode(fields=faults)
    known = await offerings_of(connection, merchant_id, draft.offering_ids)
    if len(known) < len(set(draft.offering_ids)):
        raise OfferingUnknown
