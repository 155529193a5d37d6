"""Draw the cards that sales of an offering hand out from the pools of that offering, each once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import cards, catalog, staff
from largesse.domain.cards import BatchInvalid, BatchKind, BatchNotReady, BatchState, BatchUnknown, CardBatch, PoolEmpty
from largesse.domain.merchants import Merchant
from largesse.domain.orders import Order
from largesse.domain.staff import Audited
from largesse.kernel.errors import FieldError
from largesse.ledger import Status
from largesse.services.capabilities import UsesLedger
from largesse.services.cards.dependencies import CardDependencies

_AT_ONCE = 20

_log = structlog.get_logger()


async def draw_for(
    connection: Connection, deps: UsesLedger, merchant: Merchant, sold: Sequence[Order]
) -> Mapping[UUID, UUID]:
    """Return the card that each order gets whose offering has pools, by the order's id; in the caller's transaction.

    The pools stay locked until that ends, so no card is given out twice; the oldest is emptied first. What was sold or
    voided by itself meanwhile is passed over.

    Raises:
        PoolEmpty: the pools of an offering have not as many left.
    """
    wanted = defaultdict[UUID, list[UUID]](list)
    for one in sold:
        if one.offering_id is not None and one.fills_id is None and one.bonus_of is None:
            wanted[one.offering_id].append(one.order_id)
    if not wanted:
        return {}
    key = connection, merchant.merchant_id, sorted(wanted)
    if not await cards.pools_of_offerings(*key):
        return {}
    found, pools = dict[UUID, UUID](), defaultdict[UUID | None, list[CardBatch]](list)
    for pool in await cards.pools_of_offerings(*key, lock=True):
        pools[pool.offering_id].append(pool)
    for offering_id, orders in wanted.items():
        left = list(orders)
        for pool in pools[offering_id]:
            if pool.state is BatchState.READY:
                _, drawn = await next_cards(connection, deps, pool, len(left))
                found |= dict(zip(left, drawn, strict=False))
                left = left[len(drawn) :]
        if left and pools[offering_id]:
            raise PoolEmpty
    return found


async def refuse_empty(connection: Connection, merchant_id: UUID, offering_id: UUID) -> None:
    """Refuse what will be paid for later where the offering's pools have nothing left now.

    Raises:
        PoolEmpty: they have not.
    """
    pools = await cards.pools_of_offerings(connection, merchant_id, [offering_id])
    if pools and not any(one.state is BatchState.READY and one.drawn < one.count for one in pools):
        raise PoolEmpty


async def next_cards(
    connection: Connection, deps: UsesLedger, pool: CardBatch, count: int
) -> tuple[CardBatch, list[UUID]]:
    """Return a locked pool as it stands afterwards, and its next cards on which nothing is: at most so many."""
    found, drawn = list[UUID](), pool.drawn
    while len(found) < count and drawn < pool.count:
        some = await cards.cards_from(connection, pool, after=drawn, limit=_AT_ONCE)
        standing = await deps.ledger.lock(connection, pool.merchant_id, [one for _, one in some])
        for position, certificate_id in some:
            if len(found) < count:
                drawn = position
                if standing[certificate_id].status is Status.INACTIVE:
                    found.append(certificate_id)
    after = replace(pool, drawn=drawn)
    if drawn > pool.drawn:
        await cards.put_batch(connection, after)
        if after.is_low:
            _log.warning("pool_low", merchant_id=str(pool.merchant_id), pool=pool.name, left=pool.count - drawn)
    return after, found


async def assign_pool(
    deps: CardDependencies, merchant: Merchant, batch_id: UUID, offering: str, *, actor: str, now: datetime
) -> CardBatch:
    """Let sales of an offering, by its slug or id, draw from a pool, or of none where that is empty; audited.

    Raises:
        BatchUnknown: there is no such pool.
        OfferingUnknown: there is no such offering.
        BatchInvalid: they are of two currencies.
        BatchNotReady: the pool was voided.
    """
    async with deps.transaction() as connection:
        batch = await cards.lock_batch(connection, merchant.merchant_id, batch_id)
        if batch is None or batch.kind is not BatchKind.POOL:
            raise BatchUnknown
        offering_id, said = None, "none"
        if offering:
            if batch.state in {BatchState.VOIDING, BatchState.VOID}:
                raise BatchNotReady
            known = await catalog.find_offering(connection, merchant.merchant_id, offering)
            if known.currency != batch.currency:
                message = f"The codes are in {batch.currency}, the offering is in {known.currency}."
                raise BatchInvalid(fields=[FieldError("offering", "cards.offering.currency", message)])
            offering_id, said = known.offering_id, known.slug
        if offering_id != batch.offering_id:
            await cards.assign_pool(connection, merchant.merchant_id, batch_id, offering_id)
            await staff.record(
                connection,
                merchant.merchant_id,
                Audited.POOL_ASSIGNED,
                subject=str(batch_id),
                actor=actor,
                reason=said,
                now=now,
            )
    return replace(batch, offering_id=offering_id)
