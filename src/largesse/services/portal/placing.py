"""Place what was ordered in the portal: chunk by chunk, each whole or not at all, so often as it is called, once.

A chunk and how far the batch is are written in one transaction that holds the batch, so two workers and a crash
between them issue nothing twice. Where a line is refused, those before it stand and the batch stops there; a chunk that
is refused as a whole stops it, too, for asking again would be answered the same.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
import structlog

from largesse.db import Connection
from largesse.db.turns import Turn, in_turns
from largesse.domain import merchants, partners, portal
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderNumberTaken
from largesse.domain.partners import Agreement, GiftWanted, OrderWanted, Partner
from largesse.domain.portal import BatchDelivery, BatchLapsed, BatchLine, PortalBatch, PortalBatchState
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError, Unavailable
from largesse.kernel.ids import derived_id
from largesse.kernel.money import Money
from largesse.ledger import fingerprint
from largesse.services.gifts import schedule_on_account
from largesse.services.partners import PlacedOnAccount, Placement, place
from largesse.services.portal.dependencies import PortalDependencies
from largesse.services.portal.mailing import mail_orderer
from largesse.services.portal.ordering import AT_ONCE
from largesse.services.staff import StaffMailPurpose

CHUNK: Final = 500
FROM_MAX: Final = 30

_log = structlog.get_logger()


class _LineRefused(Exception):
    """Roll a chunk back of which one line is refused."""

    def __init__(self, place: int, error: LargesseError) -> None:
        super().__init__(error.code)
        self.place = place
        self.error = error


async def place_due(deps: PortalDependencies, *, now: datetime) -> int:
    """Place what is ordered and not placed yet, and return how many certificates that were."""
    async with deps.database.connection() as connection:
        waiting = await portal.merchants_placing(connection)
    return await in_turns(waiting, partial(_place_of_merchant, deps, now=now), now=now)


async def _place_of_merchant(deps: PortalDependencies, merchant_id: UUID, *, now: datetime) -> Turn:
    async with deps.database.connection() as connection:
        ids = await portal.batches_placing(connection, merchant_id)
    done, more = 0, False
    for batch_id in ids:
        try:
            placed, still = await place_some(deps, merchant_id, batch_id, now=now)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one batch that cannot go on must not keep the others
            _log.error("batch_not_placed", batch_id=str(batch_id), exc_info=error)
            continue
        done, more = done + placed, more or still
    return Turn(done, more)


async def place_all(deps: PortalDependencies, merchant_id: UUID, batch_id: UUID, *, now: datetime) -> None:
    """Place the whole of a batch."""
    more = True
    while more:
        _, more = await place_some(deps, merchant_id, batch_id, now=now)


async def place_some(
    deps: PortalDependencies, merchant_id: UUID, batch_id: UUID, *, now: datetime, limit: int = CHUNK
) -> tuple[int, bool]:
    """Place the next lines of a batch, and return how many, and whether there are more to be placed just now."""
    try:
        return await _place_chunk(deps, merchant_id, batch_id, limit=limit, stop=None, now=now)
    except OrderNumberTaken:  # rare, and the next draw has other numbers
        return 0, True
    except _LineRefused as refused:
        # What stands before the refused line is placed, and the batch stops in the same transaction.
        try:
            return await _place_chunk(deps, merchant_id, batch_id, limit=limit, stop=refused, now=now)
        except _LineRefused:  # the agreement has changed once more: look again
            return 0, True
    except Unavailable:
        raise
    except LargesseError as error:
        await _stop(deps, merchant_id, batch_id, error, now=now)
        return 0, False


async def _stop(
    deps: PortalDependencies, merchant_id: UUID, batch_id: UUID, error: LargesseError, *, now: datetime
) -> None:
    async with deps.transaction() as connection:
        batch = await portal.lock_batch(connection, merchant_id, batch_id)
        if batch is not None and batch.state is PortalBatchState.PLACING:
            stopped = msgspec.structs.replace(batch, state=PortalBatchState.STOPPED, trouble=error.code)
            await portal.put_batch(connection, stopped)
            partner = await partners.find_partner(connection, merchant_id, str(batch.partner_id))
            await _tell(connection, stopped, partner, now=now)


async def _tell(connection: Connection, batch: PortalBatch, partner: Partner, *, now: datetime) -> None:
    """Mail who ordered what came of so much that nobody waited before the page for it."""
    over = batch.state in {PortalBatchState.DONE, PortalBatchState.STOPPED}
    if over and batch.lines > AT_ONCE:
        await mail_orderer(connection, batch, partner, StaffMailPurpose.PARTNER_PLACED, now=now)


async def _place_chunk(
    deps: PortalDependencies, merchant_id: UUID, batch_id: UUID, *, limit: int, stop: _LineRefused | None, now: datetime
) -> tuple[int, bool]:
    async with deps.transaction() as connection:
        batch = await portal.lock_batch(connection, merchant_id, batch_id)
        if batch is None or batch.state is not PortalBatchState.PLACING:
            return 0, False
        merchant = await merchants.merchant_of_id(connection, merchant_id)
        partner = await partners.find_partner(connection, merchant_id, str(batch.partner_id))
        agreement = await partners.agreement_of(connection, merchant_id, batch.partner_id)
        lines = await portal.batch_lines(connection, batch, after=batch.done, limit=limit)
        if stop is not None:
            lines = [one for one in lines if one.place < stop.place]
        today = day_of(now, in_zone=merchant.zone)
        for one in lines:
            if one.good_through < today:
                raise _LineRefused(one.place, BatchLapsed())
        made = [_placement(deps, merchant, partner, batch, line=one, agreement=agreement, now=now) for one in lines]
        outcomes = await deps.orders_on_account.place_within(connection, made) if made else []
        placed = list[PlacedOnAccount]()
        for line, outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, LargesseError):
                raise _LineRefused(line.place, outcome)
            placed.append(outcome)
        fresh = [one.order for one in placed if not one.replayed]
        await schedule_on_account(connection, merchant, fresh, now=now)
        became = [(line.place, one.order.order_id) for line, one in zip(lines, placed, strict=True)]
        await portal.put_batch_orders(connection, batch, became)
        done = batch.done + len(lines)
        state = PortalBatchState.DONE if done == batch.lines else PortalBatchState.PLACING
        if stop is not None and state is PortalBatchState.PLACING:
            state = PortalBatchState.STOPPED
        moved = msgspec.structs.replace(
            batch,
            done=done,
            state=state,
            trouble=stop.error.code if stop is not None and state is PortalBatchState.STOPPED else "",
            finished_at=now if state is PortalBatchState.DONE else None,
        )
        await portal.put_batch(connection, moved)
        await _tell(connection, moved, partner, now=now)
    return len(lines), state is PortalBatchState.PLACING


def _placement(
    deps: PortalDependencies,
    merchant: Merchant,
    partner: Partner,
    batch: PortalBatch,
    *,
    line: BatchLine,
    agreement: Agreement,
    now: datetime,
) -> Placement:
    gift = None
    if batch.delivery is BatchDelivery.EMAIL:
        sender = partner.name if len(partner.name) <= FROM_MAX else ""
        name, message = line.recipient_name, line.message
        gift = GiftWanted(name=name, email=line.recipient_email, message=message, sender=sender)
    wanted = OrderWanted(
        refcode=batch.refcode,
        third_party_identifier=line.identifier,
        amount=Money(line.amount, currency(batch.currency)),
        good_through=line.good_through,
        gift=gift,
    )
    return place(
        wanted,
        merchant=merchant,
        buyer=partner,
        tax=agreement.tax,
        price_reduction_ppm=agreement.price_reduction_ppm,
        actor=batch.actor,
        operation_id=derived_id("portal order", batch.batch_id, str(line.place)),
        fingerprint=fingerprint(msgspec.json.encode((batch.fingerprint, line.place))),
        keyring=deps.keyring,
        spender_id=batch.membership_id,
        now=now,
    )
