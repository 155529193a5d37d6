"""Put offerings on sale and change them, told what is likely a mistake and what the merchant's law profile says."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, law
from largesse.domain.catalog import Offering, OfferingDraft, OfferingKind, OfferingStatus
from largesse.domain.law import MerchantLaw
from largesse.domain.merchants import Merchant
from largesse.kernel.errors import FieldError

Change = Callable[[OfferingDraft], OfferingDraft]


class SavedOffering(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as it is saved, and what is likely wrong with it all the same."""

    offering: Offering
    warnings: tuple[FieldError, ...] = ()


async def add_offering(
    connection: Connection, merchant: Merchant, draft: OfferingDraft, *, now: datetime
) -> SavedOffering:
    """Put something on sale.

    Raises:
        InvalidOffering, OfferingTaken, PictureUnknown: as their names say.
        LawRefused: the law profile is against it, and the merchant has it refuse.
    """
    saved = await catalog.add_offering(connection, merchant.merchant_id, draft, money=merchant.money, now=now)
    return await _judged(connection, merchant, saved, now=now)


async def change_offering(
    connection: Connection, merchant: Merchant, slug_or_id: str, change: Change, *, now: datetime
) -> SavedOffering:
    """Change an offering, for what is bought from now on.

    Raises:
        OfferingUnknown, InvalidOffering, OfferingTaken, PictureUnknown: as their names say.
        LawRefused: the law profile is against what it would be, and the merchant has it refuse.
    """
    saved = await catalog.change_offering(connection, merchant.merchant_id, slug_or_id, change, now=now)
    return await _judged(connection, merchant, saved, now=now)


async def set_status(
    connection: Connection, merchant: Merchant, slug_or_id: str, status: OfferingStatus, *, now: datetime
) -> SavedOffering:
    """Show an offering, or hide it.

    Raises:
        OfferingUnknown: there is none.
        LawRefused: it would be shown, the law profile is against it, and the merchant has it refuse.
    """
    saved = await catalog.set_status(connection, merchant.merchant_id, slug_or_id, status, now=now)
    return await _judged(connection, merchant, saved, now=now)


def law_warnings(
    found: MerchantLaw | None, draft: OfferingDraft, merchant: Merchant, *, now: datetime
) -> list[FieldError]:
    """Return what the merchant's law profile says against an offering. One that is hidden sells nothing."""
    if found is None or draft.status is OfferingStatus.HIDDEN:
        return []
    return law.validity_warnings(
        found.profile,
        draft.validity,
        today=now.astimezone(merchant.zone).date(),
        is_package=draft.kind is OfferingKind.PACKAGE,
    )


def law_judgement(
    found: MerchantLaw | None, draft: OfferingDraft, merchant: Merchant, *, now: datetime
) -> list[FieldError]:
    """Return what the law profile says against an offering that is to be saved.

    Raises:
        LawRefused: a rule is broken, and the merchant has it refuse.
    """
    warnings = law_warnings(found, draft, merchant, now=now)
    if found is not None:
        law.refuse(found, warnings)
    return warnings


async def _judged(connection: Connection, merchant: Merchant, saved: Offering, *, now: datetime) -> SavedOffering:
    found = await law.law_of(connection, merchant.merchant_id)
    warnings = (*catalog.tax_warnings(saved), *law_judgement(found, saved, merchant, now=now))
    return SavedOffering(offering=saved, warnings=warnings)
