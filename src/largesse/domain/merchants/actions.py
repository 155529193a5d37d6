"""What can be done with merchants: create, change, find."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.merchants import store
from largesse.domain.merchants.checks import faults_of
from largesse.domain.merchants.errors import InvalidMerchant, MerchantTaken, MerchantUnknown
from largesse.domain.merchants.model import NAME_LENGTH_MAX, Merchant, MerchantChange, MerchantDraft, MerchantKind
from largesse.kernel.conventions import English, SheetSize, english_of_zone, sheet_of_country
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import random_symbols
from largesse.kernel.zones import region_of_zone

_SANDBOX_DIGITS = "23456789"
"""What a sandbox's prefix begins with: no letter is read as one of these."""


async def create_merchant(connection: Connection, draft: MerchantDraft, *, now: datetime) -> Merchant:
    """Create a merchant and return it.

    Raises:
        InvalidMerchant: some of its details cannot stand; every one is named.
        MerchantTaken: another merchant has its slug or number, or a prefix that reads the same.
    """
    if faults := faults_of(draft):
        raise InvalidMerchant(fields=faults)
    merchant = Merchant(
        merchant_id=new_id(now),
        slug=draft.slug,
        number=draft.number,
        prefix=draft.prefix,
        name=draft.name.strip(),
        currency=draft.currency,
        time_zone=draft.time_zone,
        contact_email=draft.contact_email,
        is_demo=draft.is_demo,
        created_at=now,
        english=draft.english or english_of_zone(draft.time_zone),
        paper=draft.paper or sheet_of_country(region_of_zone(draft.time_zone)),
    )
    if not await store.insert(connection, merchant):
        await _refuse_taken(connection, draft, also=merchant.merchant_id)
    return merchant


async def create_sandbox(
    connection: Connection, like: Merchant | None, *, parent_id: UUID | None, currency: str, now: datetime
) -> Merchant:
    """Create a sandbox, with currency, time zone and conventions `like` a merchant's, and return it.

    Its numbers begin with a digit and five symbols, as no live merchant's can.
    """
    while True:
        symbols = random_symbols(18)
        merchant = Merchant(
            merchant_id=new_id(now),
            slug=f"sandbox-{symbols.lower()}",
            number=f"SB{symbols[:9]}",
            prefix=_SANDBOX_DIGITS[ord(symbols[-1]) % 8] + symbols[9:14],
            name=f"Sandbox of {like.name}"[:NAME_LENGTH_MAX] if like else "Sandbox",
            currency=like.currency if like else currency,
            time_zone=like.time_zone if like else "Etc/UTC",
            contact_email=like.contact_email if like else "sandbox@example.invalid",
            is_demo=True,
            created_at=now,
            kind=MerchantKind.SANDBOX,
            parent_id=parent_id,
            english=like.english if like else English.BRITISH,
            paper=like.paper if like else SheetSize.A4,
        )
        if await store.insert(connection, merchant):
            return merchant
        if parent_id is not None and (standing := await store.sandbox_of(connection, parent_id)):
            return standing


async def change_merchant(connection: Connection, merchant_id: UUID, change: MerchantChange) -> Merchant:
    """Change a merchant and return it as it is now.

    A new time zone holds for what is issued from now on; what was issued keeps the last moment it
    was given.

    Raises:
        InvalidMerchant: some of what was asked for cannot stand.
        MerchantTaken: another merchant has the slug.
        MerchantUnknown: there is none of that id.
    """
    if faults := faults_of(change):
        raise InvalidMerchant(fields=faults)
    if change.slug is not None:
        await _refuse_taken(connection, change, also=merchant_id)
    if change.mail_from_name is not None:
        change = msgspec.structs.replace(change, mail_from_name=change.mail_from_name.strip())
    changed = await store.update(connection, merchant_id, change)
    if changed is None:
        raise MerchantUnknown
    return changed


async def close_shop(connection: Connection, merchant_id: UUID, *, now: datetime) -> None:
    """Sell nothing on the web any more, until it is opened again.

    Raises:
        MerchantUnknown: there is none of that id.
    """
    if not await store.set_closed(connection, merchant_id, now):
        raise MerchantUnknown


async def open_shop(connection: Connection, merchant_id: UUID) -> None:
    """Sell on the web again.

    Raises:
        MerchantUnknown: there is none of that id.
    """
    if not await store.set_closed(connection, merchant_id, None):
        raise MerchantUnknown


async def find_merchant(connection: Connection, slug_or_number: str) -> Merchant:
    """Return the merchant of a slug or a number.

    Raises:
        MerchantUnknown: there is none.
    """
    # PostgreSQL keeps no text with a NUL in it, and refuses to look for one.
    found = None if "\0" in slug_or_number else await store.find(connection, slug_or_number)
    if found is None:
        raise MerchantUnknown
    return found


async def merchant_of_id(connection: Connection, merchant_id: UUID) -> Merchant:
    """Return the merchant of an id.

    Raises:
        MerchantUnknown: there is none.
    """
    found = await store.of_id(connection, merchant_id)
    if found is None:
        raise MerchantUnknown
    return found


async def _refuse_taken(connection: Connection, wanted: MerchantDraft | MerchantChange, *, also: UUID) -> None:
    clashes = await store.taken(connection, wanted, also=also)
    if clashes:
        names = " and ".join(clashes)
        message = (
            f"Another merchant already has that {names} (a prefix reads O as 0, and I and L as 1). Choose another."
        )
        raise MerchantTaken(message)
