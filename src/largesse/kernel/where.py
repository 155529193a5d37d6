"""Where something happens, as a value: whatever is booked is booked at a location, for its legal entity, on its day."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.kernel.clock import business_day, zone


class BooksSale(StrEnum):
    """Who books what a certificate pays for at a location. The words are stored, and never renamed."""

    LARGESSE = "largesse"
    """Redeeming is the sale."""
    TILL = "till"
    """The merchant's own till or hotel system rings up the sale, and takes the certificate as a means of payment."""


class TaxRate(msgspec.Struct, frozen=True, kw_only=True):
    """A tax rate by the name that people know it by; `rate` is a fraction, 0.19 for 19 %."""

    name: str
    rate: Decimal


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A location, with what the books ask of it.

    `country` is that of the location, else of its legal entity, "" where neither says; `default_rate` counts where a
    redemption names no rates. Where it does not `take money`, a sale is paid on the buyer's phone or by transfer.
    """

    merchant_id: UUID
    location_id: UUID
    legal_entity_id: UUID
    country: str
    time_zone: str
    cut_off_hour: int
    books_sale: BooksSale
    default_rate: TaxRate | None
    takes_money: bool = True

    @property
    def zone(self) -> ZoneInfo:
        """Return the location's time zone."""
        return zone(self.time_zone)

    def booked_on(self, moment: datetime) -> date:
        """Return the business day here that `moment` falls on."""
        return business_day(moment, in_zone=self.zone, cut_off_hour=self.cut_off_hour)
