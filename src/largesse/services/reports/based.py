"""What taxes in other money come to in the merchant's own: each day's at the rate of that day, its tax point."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.domain.rates import RateMissing, in_base, rate_on
from largesse.ledger import TaxSum, taxes
from largesse.services.reports.asking import ReportQuestion
from largesse.services.reports.books import ReportPeriod

TaxKey = tuple[object, ...]


class TaxesInBase:
    """What each tax comes to; None of one that has a day of which no rate is known."""

    def __init__(self, currency: str, amounts: dict[TaxKey, int | None]) -> None:
        self.currency = currency
        self._amounts = amounts

    def of(self, one: TaxSum) -> int | None:
        """Return what a tax comes to."""
        return self._amounts.get(_key(one))


async def taxes_in_base(
    connection: Connection, merchant: Merchant, asked: ReportQuestion | ReportPeriod, found: Sequence[TaxSum]
) -> TaxesInBase | None:
    """Return what some taxes come to; None where all of them are in the merchant's own money."""
    if all(one.currency == merchant.currency for one in found):
        return None
    daily = await taxes(
        connection, merchant.merchant_id, since=asked.since, until=asked.until, known_at=asked.known_at,
        by_day=True,
    )  # fmt: skip
    rates: dict[tuple[str, date], Decimal | None] = {}
    amounts: dict[TaxKey, int | None] = {}
    for one in daily:
        assert one.due_on is not None, "days were asked for"
        day = one.currency, one.due_on
        if day not in rates:
            rates[day] = await _rate(connection, merchant, *day)
        rate, before = rates[day], amounts.get(_key(one), 0)
        in_own = None if rate is None else in_base(one.tax, one.currency, merchant.currency, rate)
        amounts[_key(one)] = None if in_own is None or before is None else before + in_own
    return TaxesInBase(merchant.currency, amounts)


async def _rate(connection: Connection, merchant: Merchant, code: str, day: date) -> Decimal | None:
    if code == merchant.currency:
        return Decimal(1)
    try:
        return (await rate_on(connection, merchant.merchant_id, code, day)).rate
    except RateMissing:
        return None


def _key(one: TaxSum) -> TaxKey:
    return one.legal_entity_id, one.currency, one.kind, one.country, one.rate_ppm
