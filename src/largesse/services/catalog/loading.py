"""Load a whole catalogue from a seed file: all of it, or nothing. Loading the same file again changes nothing."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, law
from largesse.domain.catalog import (
    EncodedPicture,
    InvalidCatalogue,
    OfferingUnknown,
    PictureRefused,
    PromoUnknown,
    Seed,
    SeedOffering,
    SeedPicture,
    SeedPromo,
    encode,
    read_seed,
)
from largesse.domain.law import LawRefused, MerchantLaw
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import FieldError
from largesse.kernel.zones import region_of_zone
from largesse.services.catalog.dependencies import CatalogDependencies
from largesse.services.catalog.saving import law_judgement

ReadFile = Callable[[str], bytes | None]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a seed file's offerings and promo codes, and what of it is likely a mistake."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    warnings: tuple[FieldError, ...] = ()


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A picture on its way; `encoded` is None where it is kept already."""

    picture_id: UUID
    alt: str
    encoded: EncodedPicture | None


async def load_catalogue(
    deps: CatalogDependencies, merchant: Merchant, content: bytes, *, read_file: ReadFile, now: datetime
) -> Loaded:
    """Bring a merchant's catalogue to what a seed file says; what the file does not name is left alone.

    `read_file` gives the bytes of a picture by the name the file gives it, None where there is none. Offerings are
    known by their slug, promo codes by their code.

    Raises:
        InvalidCatalogue: some of it cannot stand; every fault is named, and nothing was saved.
        LawRefused: the law profile is against some of it, and the merchant has it refuse.
    """
    region = region_of_zone(merchant.time_zone)
    seed = read_seed(content, money=merchant.money, zone=merchant.zone, region=region)
    ready, faults = await _pictures(deps, merchant, seed.pictures, read_file)
    async with deps.database.transaction() as connection:
        faults += await _slug_faults(connection, merchant, seed)
        if seed.faults or faults:
            raise InvalidCatalogue(fields=[*seed.faults, *faults])
        for picture in ready.values():
            await _keep(connection, merchant, picture, now=now)
        if seed.theme is not None:
            logo_id = ready[seed.logo.file].picture_id if seed.logo else None
            theme = msgspec.structs.replace(seed.theme, logo_id=logo_id)
            await catalog.change_theme(connection, merchant.merchant_id, theme, region=region, now=now)
        warnings = _warnings(seed, merchant, await law.law_of(connection, merchant.merchant_id), now=now)
        outcomes = [await _put_offering(connection, merchant, one, ready, now=now) for one in seed.offerings]
        outcomes += [await _put_promo(connection, merchant, one, now=now) for one in seed.promo_codes]
    counted = {name: outcomes.count(name) for name in ("added", "changed", "unchanged")}
    return Loaded(**counted, warnings=tuple(warnings))


def _warnings(seed: Seed, merchant: Merchant, found: MerchantLaw | None, *, now: datetime) -> list[FieldError]:
    """Return what is likely wrong with offerings, and refuse what the law profile is to refuse, all at once."""
    warnings, refused = list[FieldError](), list[FieldError]()
    for one in seed.offerings:
        said = list(catalog.tax_warnings(one.draft))
        try:
            said += law_judgement(found, one.draft, merchant, now=now)
        except LawRefused as error:
            refused += _placed(one, error.fields)
        warnings += _placed(one, said)
    if refused:
        raise LawRefused(fields=refused)
    return warnings


def _placed(one: SeedOffering, faults: Iterable[FieldError]) -> Iterator[FieldError]:
    for fault in faults:
        yield FieldError(f"offerings.{one.draft.slug}.{fault.field}", fault.code, fault.message)


async def _pictures(
    deps: CatalogDependencies, merchant: Merchant, named: Sequence[SeedPicture], read_file: ReadFile
) -> tuple[dict[str, _Ready], list[FieldError]]:
    """Read and encode the pictures that are not kept yet."""
    ready, faults = dict[str, _Ready](), list[FieldError]()
    for picture in named:
        upload = await asyncio.to_thread(read_file, picture.file)
        if upload is None:
            faults.append(FieldError(picture.file, "picture.missing", "There is no such file beside the seed file."))
            continue
        try:
            ready[picture.file] = await _ready(deps, merchant, upload, picture.alt)
        except PictureRefused as error:
            faults.append(FieldError(picture.file, error.code, error.message))
    return ready, faults


async def _ready(deps: CatalogDependencies, merchant: Merchant, upload: bytes, alt: str) -> _Ready:
    picture_id = catalog.picture_id_of(merchant.merchant_id, upload)
    async with deps.database.connection() as connection:
        known = await catalog.pictures_of(connection, merchant.merchant_id, [picture_id])
    encoded = None if picture_id in known else await asyncio.to_thread(encode, upload)
    return _Ready(picture_id=picture_id, alt=alt, encoded=encoded)


async def _keep(connection: Connection, merchant: Merchant, picture: _Ready, *, now: datetime) -> None:
    if picture.encoded is not None:
        await catalog.add_picture(
            connection, merchant.merchant_id, picture.picture_id, picture.encoded, alt=picture.alt, now=now
        )


async def _slug_faults(connection: Connection, merchant: Merchant, seed: Seed) -> list[FieldError]:
    standing = await catalog.list_offerings(connection, merchant.merchant_id)
    known = {one.slug for one in standing} | {one.draft.slug for one in seed.offerings}
    return [
        FieldError(f"promo_codes.{promo.draft.code}.offerings", OfferingUnknown.code, f"There is no offering {slug!r}.")
        for promo in seed.promo_codes
        for slug in promo.slugs
        if slug not in known
    ]


async def _put_offering(
    connection: Connection, merchant: Merchant, one: SeedOffering, ready: dict[str, _Ready], *, now: datetime
) -> str:
    picture_id = ready[one.picture.file].picture_id if one.picture else None
    draft = msgspec.structs.replace(one.draft, picture_id=picture_id)
    try:
        before = await catalog.find_offering(connection, merchant.merchant_id, draft.slug)
    except OfferingUnknown:
        await catalog.add_offering(connection, merchant.merchant_id, draft, money=merchant.money, now=now)
        return "added"
    after = await catalog.change_offering(connection, merchant.merchant_id, draft.slug, lambda _: draft, now=now)
    return "unchanged" if after.version == before.version else "changed"


async def _put_promo(connection: Connection, merchant: Merchant, one: SeedPromo, *, now: datetime) -> str:
    found = [await catalog.find_offering(connection, merchant.merchant_id, slug) for slug in one.slugs]
    draft = msgspec.structs.replace(one.draft, offering_ids=tuple(offering.offering_id for offering in found))
    try:
        before = await catalog.find_promo(connection, merchant.merchant_id, draft.code)
    except PromoUnknown:
        await catalog.add_promo(connection, merchant.merchant_id, draft, money=merchant.money, now=now)
        return "added"
    after = await catalog.change_promo(connection, merchant.merchant_id, draft)
    return "unchanged" if after == before else "changed"
