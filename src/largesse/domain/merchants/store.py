"""The merchants table."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.merchants.model import Merchant, MerchantChange, MerchantDraft
from largesse.kernel.numbers import fold_prefix

_queries = load(__package__)


async def insert(connection: Connection, merchant: Merchant) -> bool:
    """Write a new merchant; False when its slug, number or prefix is taken."""
    written = await connection.fetchval(
        _queries.insert_merchant,
        merchant.merchant_id,
        merchant.slug,
        merchant.number,
        merchant.prefix,
        fold_prefix(merchant.prefix),
        merchant.name,
        merchant.currency,
        merchant.time_zone,
        merchant.contact_email,
        merchant.is_demo,
        merchant.created_at,
        merchant.kind.value,
        merchant.parent_id,
        merchant.english.value,
        merchant.paper.value,
    )
    return written is not None


async def update(connection: Connection, merchant_id: UUID, change: MerchantChange) -> Merchant | None:
    """Change a merchant and return it as it is now; None when there is none of that id."""
    row = await connection.fetchrow(
        _queries.update_merchant,
        merchant_id,
        change.slug,
        change.name,
        change.time_zone,
        change.contact_email,
        change.ask_phone.value if change.ask_phone else None,
        change.ask_address.value if change.ask_address else None,
        change.language,
        change.mail_from_name,
        change.reply_to,
        change.redemptions_per_hour,
        change.expired_gratuity.value if change.expired_gratuity else None,
        change.undo_minutes,
        change.reminders.value if change.reminders else None,
        change.english.value if change.english else None,
        change.paper.value if change.paper else None,
    )
    return _merchant(row) if row else None


async def set_closed(connection: Connection, merchant_id: UUID, at: datetime | None) -> bool:
    """Close a merchant's shop, or open it again (None); False where there is no such merchant."""
    return await connection.fetchrow(_queries.set_closed, merchant_id, at) is not None


async def taken(connection: Connection, draft: MerchantDraft | MerchantChange, *, also: UUID) -> tuple[str, ...]:
    """Return which of slug, number and prefix another merchant than `also` has."""
    number, prefix = (draft.number, fold_prefix(draft.prefix)) if isinstance(draft, MerchantDraft) else (None, None)
    row = await connection.fetchrow(_queries.who_has, draft.slug, number, prefix, also)
    return tuple(name for name in ("slug", "number", "prefix") if row and row[name])


async def find(connection: Connection, slug_or_number: str) -> Merchant | None:
    """Return the merchant of a slug or a number."""
    row = await connection.fetchrow(_queries.find_merchant, slug_or_number)
    return _merchant(row) if row else None


async def of_id(connection: Connection, merchant_id: UUID) -> Merchant | None:
    """Return the merchant of an id."""
    row = await connection.fetchrow(_queries.merchant_of_id, merchant_id)
    return _merchant(row) if row else None


async def sandboxes(connection: Connection) -> list[Merchant]:
    """Return all sandboxes."""
    return [_merchant(row) for row in await connection.fetch(_queries.sandboxes)]


async def anonymous_sandboxes(connection: Connection) -> int:
    """Return how many sandboxes belong to no merchant."""
    return int(await connection.fetchval(_queries.anonymous_sandboxes))


async def sandbox_of(connection: Connection, merchant_id: UUID) -> Merchant | None:
    """Return a merchant's sandbox, where it has one."""
    row = await connection.fetchrow(_queries.sandbox_of, merchant_id)
    return _merchant(row) if row else None


async def has_others(connection: Connection, merchant_id: UUID) -> bool:
    """Return whether there is any other merchant than that one."""
    return bool(await connection.fetchval(_queries.has_others, merchant_id))


async def merchant_of_prefix(connection: Connection, folded_prefix: str) -> Merchant | None:
    """Return the merchant whose certificate numbers begin with `folded_prefix`."""
    row = await connection.fetchrow(_queries.merchant_of_prefix, folded_prefix)
    return _merchant(row) if row else None


async def merchant_ids(connection: Connection) -> list[UUID]:
    """Return the ids of all merchants."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchant_ids)]


async def list_merchants(connection: Connection) -> list[Merchant]:
    """Return all merchants, by slug."""
    return [_merchant(row) for row in await connection.fetch(_queries.list_merchants)]


def _merchant(row: Row) -> Merchant:
    return msgspec.convert(dict(row), Merchant)
