"""What a counter sold lately: each sale and reload with its order, found again after its page is closed."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from largesse.domain import orders
from largesse.domain.orders import Order, OrderStatus
from largesse.ledger import Kind, acts_at, rows_of_operations
from largesse.services.counter import Desk
from largesse.services.counter_sales.dependencies import CounterSaleDependencies

_SELLING: Final = (Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD)
_SALES_MAX: Final = 20
_RECENT_FOR: Final = timedelta(hours=24)


class RecentSale(msgspec.Struct, frozen=True, kw_only=True):
    """A sale or reload that was booked at a counter. `until` is to when whoever made it may undo it."""

    order: Order
    at: datetime
    until: datetime

    @property
    def undone(self) -> bool:
        """Return whether it was undone, or refunded."""
        return self.order.status is not OrderStatus.ISSUED

    def may_undo(self, now: datetime) -> bool:
        """Return whether the minutes in which it is undone without an approval are not over."""
        return not self.undone and now <= self.until


async def recent_sales(deps: CounterSaleDependencies, desk: Desk, *, now: datetime) -> list[RecentSale]:
    """Return what was sold here lately, the newest first: on this device or, without one, by who asks."""
    merchant_id = desk.merchant.merchant_id
    async with deps.database.connection() as connection:
        ids = await acts_at(
            connection,
            merchant_id,
            location_id=desk.where.location_id,
            device_id=desk.device_id,
            actor=desk.actor,
            kinds=_SELLING,
            since=now - _RECENT_FOR,
            limit=_SALES_MAX,
        )
        found = await rows_of_operations(connection, merchant_id, ids)
        firsts = {rows[0].order_number: rows[0] for rows in (found[one] for one in ids if one in found)}
        numbers = [number for number in firsts if number is not None]
        sold = await orders.find_by_numbers(connection, merchant_id, numbers)
    return [
        RecentSale(order=sold[number], at=row.recorded_at, until=row.recorded_at + desk.merchant.undo_within)
        for number, row in firsts.items()
        if number is not None and number in sold and sold[number].checkout_id is not None
    ]
