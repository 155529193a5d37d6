"""What the law says of certificates that nobody uses: which may be booked as breakage, which go to the state."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.db import Connection, load
from largesse.domain import law
from largesse.domain.law import Dormancy, MerchantLaw
from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import ClassOfValue
from largesse.services.certificates.dependencies import CertificateDependencies

PAGE: Final = 1_000

_views = load(__package__, "views.sql")
_FIRST: Final = UUID(int=0)
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Lapsed(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate whose last good day has passed and which is not booked, with its last journal row.

    `first_at` and `last_at` are when what is left of it was first and last filled in, None where nothing is left.
    """

    certificate_id: UUID
    expires_at: datetime
    seq: int
    class_of_value: str
    first_at: datetime | None
    last_at: datetime | None

    def may_break(self, found: MerchantLaw, zone: ZoneInfo, *, now: datetime) -> bool:
        """Return whether it may be booked; what was given away, and what is empty, always may."""
        if self.class_of_value == ClassOfValue.PROMOTIONAL or self.first_at is None or self.last_at is None:
            return True
        first, last, today = (_day(moment, zone) for moment in (self.first_at, self.last_at, now))
        return law.may_break(found, issued_on=first, loaded_on=last, today=today)


class Unclaimed(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that nobody has used for as long as the law gives the holder, so that the state is owed of it.

    `buyer_state` and `buyer_country` are of whoever ordered it, as far as that is known.
    """

    certificate_id: UUID
    order_number: str | None
    left: Money
    issued_on: date
    active_on: date
    dormancy: Dormancy
    buyer_state: str = ""
    buyer_country: str = ""


async def lapsed(
    connection: Connection, merchant_id: UUID, *, until: datetime, last_seen: Lapsed | None, limit: int
) -> list[Lapsed]:
    """Return up to `limit` of a merchant's certificates that had expired at a moment, from one on."""
    place = (last_seen.expires_at, last_seen.certificate_id) if last_seen else (_BEFORE_ALL, _FIRST)
    rows = await connection.fetch(_views.lapsed, merchant_id, until, *place, limit)
    return [Lapsed(**row) for row in rows]


async def unclaimed(deps: CertificateDependencies, merchant: Merchant, *, now: datetime) -> Sequence[Unclaimed] | None:
    """Return what is unclaimed property of a merchant's certificates, by id.

    None: the merchant goes by no profile, or what that says of it is unknown, which is not that there is none.
    The profile is the merchant's: where a holder lives is not known.
    """
    async with deps.database.connection() as connection:
        found = await law.law_of(connection, merchant.merchant_id)
    today = _day(now, merchant.zone)
    if found is None or not law.tells_unclaimed(found.profile, today=today):
        return None
    owed, last_seen = list[Unclaimed](), _FIRST
    while True:
        async with deps.database.connection() as connection:
            rows = await connection.fetch(_views.left_on, merchant.merchant_id, last_seen, now, PAGE)
        for row in rows:
            issued_on, active_on = _day(row["first_at"], merchant.zone), _day(row["active_at"], merchant.zone)
            ends = law.dormancy(found.profile, issued_on=issued_on, active_on=active_on, today=today)
            if ends is not None and ends.last_day < today:
                left = Money(row["balance"] + row["gratuity_balance"], currency(row["currency"]))
                owed.append(
                    Unclaimed(
                        certificate_id=row["certificate_id"],
                        order_number=row["order_number"],
                        left=left,
                        issued_on=issued_on,
                        active_on=active_on,
                        dormancy=ends,
                        buyer_state=row["buyer_state"],
                        buyer_country=row["buyer_country"],
                    )
                )
        if len(rows) < PAGE:
            return owed
        last_seen = rows[-1]["certificate_id"]


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
