"""What happened in the shop: sums of days, told apart by one thing. A sum that is small says no more than that.

They are sums of nobody, and a small one could still tell of somebody who is known to have been there.
"""

from datetime import date
from typing import Final
from uuid import UUID

from largesse.db import Connection, load
from largesse.domain.merchants import Merchant
from largesse.domain.shop_counts import OTHER_CAMPAIGNS, SHOP_PAGE
from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign
from largesse.services.reports.asking import ReportName, ReportQuestion
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value

_views = load(__package__, "views.sql")

FEWEST: Final = 5
FEW: Final = f"<{FEWEST}"
"""Stands for a sum that is smaller than that, also for none."""

VISITED: Final = {
    ReportName.SHOP_DAYS: "day",
    ReportName.SHOP_OFFERINGS: "offering",
    ReportName.SHOP_LANGUAGES: "language",
    ReportName.SHOP_CAMPAIGNS: "campaign",
}
"""The reports of what happened in the shop, and what tells the lines of each apart."""

_TOLD: Final = {
    "day": (ReportColumn("visited_on", CellKind.DAY),),
    "offering": (ReportColumn("shop_page", CellKind.WORD), ReportColumn("offering_id", CellKind.NAME)),
    "language": (ReportColumn("language", CellKind.WORD),),
    "campaign": tuple(ReportColumn(name, CellKind.WORD) for name in Campaign.__struct_fields__),
}
_COUNTS: Final = ("shown", "begun", "placed", "paid_gifts")


def columns_of(report: ReportName) -> tuple[ReportColumn, ...]:
    """Return the columns of a report of what happened in the shop."""
    return (*_TOLD[VISITED[report]], *(ReportColumn(name, CellKind.COUNT) for name in _COUNTS))


async def visits(connection: Connection, merchant: Merchant, question: ReportQuestion) -> tuple[ReportLine, ...]:
    """Return what happened in the shop within the days of a question."""
    by = VISITED[question.report]
    found = await connection.fetch(
        _views.shop_sums, merchant.merchant_id, question.since, question.until, by, merchant.time_zone,
        question.offering_id,
    )  # fmt: skip
    return tuple(
        ReportLine(
            cells={
                **_told(by, one["told"]),
                "shown": told(one["shown"]),
                "begun": told(one["begun"]),
                "placed": told(one["placed"]),
                "paid_gifts": told(one["paid"]),
            }
        )
        for one in found
    )


def told(times: int) -> Value:
    """Return a sum as anybody may read it. Pure."""
    return times if times >= FEWEST else FEW


def _told(by: str, text: str) -> dict[str, Value]:
    match by:
        case "day":
            return {"visited_on": date.fromisoformat(text)}
        case "offering":
            offering_id = UUID(text)
            own = offering_id == SHOP_PAGE
            return {"shop_page": "shop" if own else "offering", "offering_id": None if own else offering_id}
        case "language":
            return {"language": text}
        case _:
            campaign = Campaign(*text.split(" "))
            if campaign in {OTHER_CAMPAIGNS, NO_CAMPAIGN}:
                return {"utm_source": campaign.utm_source, "utm_medium": None, "utm_campaign": None}
            return {name: getattr(campaign, name) or None for name in Campaign.__struct_fields__}
