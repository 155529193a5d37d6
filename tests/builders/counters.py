"""A counter as tests need it: a location with a device that works, and what is on sale there."""

from typing import Any, NamedTuple

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices
from largesse.domain.devices import Device, DeviceChange
from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.kernel.ids import derived_id
from largesse.ledger import Entry
from largesse.services.certificates import Request, Spot, spot_of
from largesse.services.counter_sales import Sale, SaleTender, Sold, sell
from tests.builders.application import NOW
from tests.builders.catalog import a_draft, on_sale
from tests.builders.certificates import a_merchant, a_request
from tests.builders.locations import a_location


class Counter(NamedTuple):
    """A merchant with a location and a device of it."""

    merchant: Merchant
    location: Location
    device: Device


async def a_device(database: Database, location: Location, *, name: str = "Bar left") -> Device:
    """A device of a location, which somebody has confirmed."""
    async with database.transaction() as connection:
        given = location.merchant_id, location.location_id, DeviceChange(name=name)
        _, code = await devices.invite_device(connection, *given, now=NOW)
        enrolled, _ = await devices.enrol_device(connection, location.merchant_id, code, agent="", now=NOW)
        return await devices.confirm_device(connection, enrolled, now=NOW)


async def a_counter(database: Database, merchant: Merchant | None = None, **given: Any) -> Counter:
    """A counter at the bar, where any amount from 10.00 to 1,000.00 is on sale, untaxed unless said otherwise."""
    known = merchant or await a_merchant(database)
    if merchant is None:
        await on_sale(database, known, a_draft(**{"tax": given.pop("tax")} if "tax" in given else {}))
    location = await a_location(database, known, code=given.pop("code", "BAR"), **given)
    return Counter(known, location, await a_device(database, location, name=location.code))


async def spot_at(application: Application, counter: Counter) -> Spot:
    """Where something happens on the device of a counter."""
    return await spot_of(application, counter.merchant.merchant_id, device=str(counter.device.device_id), now=NOW)


async def sold_at(application: Application, counter: Counter, *, request: Request | None = None, **given: Any) -> Sold:
    """Sell 50.00 at a counter for cash, unless said otherwise."""
    values: dict[str, Any] = {"tender": SaleTender.CASH, "offering": "any-amount", "amount": 5_000} | given
    now = values.pop("now", NOW)
    return await sell(
        application,
        counter.merchant,
        Sale(**values),
        spot=await spot_at(application, counter),
        request=request or a_request(),
        now=now,
    )


async def rows_of_sale(application: Application, sold: Sold) -> list[Entry]:
    """The journal rows that a sale wrote."""
    assert sold.order.certificate_id is not None
    operation = derived_id("issue", sold.order.order_id)
    key = sold.order.merchant_id, sold.order.certificate_id
    async with application.database.connection() as connection:
        found = await application.ledger.statement(connection, *key)
    return [row for row in found if row.operation_id == operation]


def moved(rows: list[Entry]) -> list[tuple[str, str, int]]:
    """What rows debit and credit, and how much."""
    return [(row.debit or "", row.credit or "", row.amount or 0) for row in rows if row.amount]
