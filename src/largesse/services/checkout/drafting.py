"""Keep what a buyer has put together: a reload, another day or another tab loses nothing."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import drafts, orders
from largesse.domain.drafts import Content, Draft
from largesse.domain.merchants import Merchant
from largesse.domain.orders import CheckoutStatus
from largesse.services.checkout.dependencies import CheckoutDependencies

Change: TypeAlias = Callable[[Content], Content]


async def open_draft(deps: CheckoutDependencies, merchant: Merchant, token: str | None) -> Content:
    """Return what the browser with `token` has put together: nothing yet, or nothing any more once it is paid for."""
    return await find_draft(deps, merchant, token) or Content()


async def find_draft(deps: CheckoutDependencies, merchant: Merchant, token: str | None) -> Content | None:
    """Return the same, None where the browser has no draft at all."""
    if not token:
        return None
    async with deps.database.connection() as connection:
        draft = await drafts.find_draft(connection, merchant.merchant_id, token)
        return (await living(connection, draft)).content if draft else None


async def placed_email(deps: CheckoutDependencies, merchant: Merchant, token: str | None) -> str:
    """Return the buyer's address with which a draft was placed last, "" where it never was."""
    if not token:
        return ""
    async with deps.database.connection() as connection:
        draft = await drafts.find_draft(connection, merchant.merchant_id, token)
        if draft is None or draft.checkout_id is None:
            return ""
        return (await orders.find_checkout(connection, draft.merchant_id, draft.checkout_id)).billing.email


async def change_draft(
    deps: CheckoutDependencies, merchant: Merchant, token: str, change: Change, *, now: datetime
) -> Content:
    """Let `change` make another content of a draft, keep it, and return it.

    Raises:
        DraftFull: it is more than one draft may hold.
    """
    async with deps.database.transaction() as connection:
        known = await drafts.lock_draft(connection, merchant.merchant_id, token)
        if known is None:
            if change(Content()) == Content():
                return Content()
            empty = drafts.new_draft(merchant.merchant_id, token, Content(), now=now)
            known = await drafts.open_draft(connection, empty)
        draft = await living(connection, known)
        content = change(draft.content)
        if content != known.content:
            await drafts.put_draft(connection, msgspec.structs.replace(draft, content=content, touched_at=now))
        return content


async def living(connection: Connection, draft: Draft) -> Draft:
    """Return a draft as it goes on: once it is paid for, only the buyer's details are left of it."""
    if draft.checkout_id is None:
        return draft
    checkout = await orders.find_checkout(connection, draft.merchant_id, draft.checkout_id)
    if checkout.status is not CheckoutStatus.PAID:
        return draft
    content = Content(buyer=msgspec.structs.replace(draft.content.buyer, promo=""))
    return msgspec.structs.replace(draft, content=content, checkout_id=None)


async def purge(deps: CheckoutDependencies, *, now: datetime) -> int:
    """Delete drafts whose time is over; return how many. Safe to run twice, and on several workers."""
    async with deps.database.connection() as connection:
        merchants = await drafts.merchants_with_old(connection, now=now)
    return await in_turns(merchants, partial(_purge_some, deps, now=now), now=now)


async def _purge_some(deps: CheckoutDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.transaction() as connection:
        some = await drafts.purge_drafts(connection, merchant_id, now=now)
    return Turn(some, more=some > 0)
