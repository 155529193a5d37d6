"""How long what partners owe is overdue: by partner and currency, in steps of thirty days."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.exports import FileTable, table_as_csv
from largesse.domain.merchants import Merchant
from largesse.kernel.clock import day_of
from largesse.kernel.currency import currency
from largesse.kernel.money import plain

_views = load(__package__, "views.sql")
STEPS: Final = ("not_due", "days_30", "days_60", "days_90", "older")
"""What is not due yet, 1 to 30 days overdue, 31 to 60, 61 to 90, and longer."""


class Aged(msgspec.Struct, frozen=True, kw_only=True):
    """What is open of a partner in a currency, in smallest units; `disputed` is a part of it."""

    partner_id: UUID
    partner: str
    currency: str
    invoices: int
    not_due: int
    days_30: int
    days_60: int
    days_90: int
    older: int
    disputed: int

    @property
    def total(self) -> int:
        """All that is open."""
        return sum(getattr(self, one) for one in STEPS)


async def ageing(connection: Connection, merchant: Merchant, *, now: datetime) -> list[Aged]:
    """Return what is open of each partner today, disputed or not."""
    rows = await connection.fetch(_views.ageing, merchant.merchant_id, day_of(now, in_zone=merchant.zone))
    return [Aged(**row) for row in rows]


def ageing_as_csv(found: Sequence[Aged], *, on: date) -> bytes:
    """Return the same as a file for programs; amounts are decimal texts."""
    rows = tuple(
        (
            on.isoformat(),
            one.partner,
            str(one.partner_id),
            one.currency,
            str(one.invoices),
            *(plain(getattr(one, name), currency(one.currency)) for name in (*STEPS, "total", "disputed")),
        )
        for one in found
    )
    head = ("on", "partner", "partner_id", "currency", "invoices", *STEPS, "total", "disputed")
    return table_as_csv(FileTable(name="ageing", headings=head, rows=rows))
