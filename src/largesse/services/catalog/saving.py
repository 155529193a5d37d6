"""Put offerings on sale and change them, told what is likely a mistake and what the merchant's law profile says."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import catalog, law, staff
from largesse.domain.catalog import Offering, OfferingDraft, OfferingKind, OfferingStatus
from largesse.domain.law import MerchantLaw
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError

Change = Callable[[OfferingDraft], OfferingDraft]


class SavedOffering(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as it is saved, and what is likely wrong with it all the same."""

    offering: Offering
    warnings: tuple[FieldError, ...] = ()


async def add_offering(
    connection: Connection,
    merchant: Merchant,
    draft: OfferingDraft,
    *,
    offering_id: UUID | None = None,
    actor: str,
    now: datetime,
) -> SavedOffering:
    """Put something on sale, under the id that its draft had where it had one.

    Raises:
        InvalidOffering, OfferingTaken, PictureUnknown: as their names say.
        LawRefused: the law profile is against it, and the merchant has it refuse.
    """
    saved = await catalog.add_offering(
        connection, merchant.merchant_id, draft, money=merchant.money, offering_id=offering_id, now=now
    )
    await _note(connection, saved, Audited.OFFERING_SAVED, actor=actor, now=now)
    return await _judged(connection, merchant, saved, now=now)


async def change_offering(
    connection: Connection,
    merchant: Merchant,
    slug_or_id: str,
    change: Change,
    *,
    seen: str | None = None,
    actor: str,
    now: datetime,
) -> SavedOffering:
    """Change an offering, for what is bought from now on. `seen` is the revision that the change was begun from.

    Raises:
        CatalogueChanged: it is no longer what was seen.
        OfferingUnknown, InvalidOffering, OfferingTaken, PictureUnknown: as their names say.
        LawRefused: the law profile is against what it would be, and the merchant has it refuse.
    """
    before = await catalog.find_offering(connection, merchant.merchant_id, slug_or_id)
    saved = await catalog.change_offering(connection, merchant.merchant_id, slug_or_id, change, seen=seen, now=now)
    if saved.version != before.version:
        await _note(connection, saved, Audited.OFFERING_SAVED, actor=actor, now=now)
    return await _judged(connection, merchant, saved, now=now)


async def set_status(
    connection: Connection, merchant: Merchant, slug_or_id: str, status: OfferingStatus, *, actor: str, now: datetime
) -> SavedOffering:
    """Show an offering, or hide it.

    Raises:
        OfferingUnknown: there is none.
        LawRefused: it would be shown, the law profile is against it, and the merchant has it refuse.
    """
    saved = await catalog.set_status(connection, merchant.merchant_id, slug_or_id, status, now=now)
    action = Audited.OFFERING_HIDDEN if status is OfferingStatus.HIDDEN else Audited.OFFERING_SHOWN
    await _note(connection, saved, action, actor=actor, now=now)
    return await _judged(connection, merchant, saved, now=now)


async def arrange_offerings(
    connection: Connection, merchant: Merchant, offering_ids: Sequence[UUID], *, actor: str, now: datetime
) -> None:
    """Show the offerings in that order from now on.

    Raises:
        CatalogueChanged: these are not all there are, or some are there no more.
    """
    if await catalog.arrange(connection, merchant.merchant_id, offering_ids):
        subject = str(merchant.merchant_id)
        await staff.record(
            connection,
            merchant.merchant_id,
            Audited.CATALOGUE_ARRANGED,
            subject=subject,
            actor=actor,
            reason=None,
            now=now,
        )


def law_warnings(
    found: MerchantLaw | None, draft: OfferingDraft, merchant: Merchant, *, language: str = "en", now: datetime
) -> list[FieldError]:
    """Return what the merchant's law profile says against an offering, in a language. A hidden one sells nothing."""
    if found is None or draft.status is OfferingStatus.HIDDEN:
        return []
    return law.validity_warnings(
        found.profile,
        draft.validity,
        today=now.astimezone(merchant.zone).date(),
        is_package=draft.kind is OfferingKind.PACKAGE,
        language=language,
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


async def _note(connection: Connection, saved: Offering, action: Audited, *, actor: str, now: datetime) -> None:
    await staff.record(
        connection,
        saved.merchant_id,
        action,
        subject=str(saved.offering_id),
        actor=actor,
        reason=saved.slug,
        now=now,
    )
