"""What happened on one device between two moments of recording: what the close of its day is made of."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.ledger.accounts import Account
from largesse.ledger.model import Kind

_SQL = load(__package__, "device_sums.sql")

TENDERS = frozenset({Account.CASH, Account.TERMINAL, Account.TENDER_CLEARING, Account.GATEWAY_CLEARING})
"""What a customer at a counter pays with, or is paid with."""
HELD_BY_CERTIFICATES = frozenset({Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING})
"""What certificates hold: paid for, or given away."""


class DeviceSum(msgspec.Struct, frozen=True, kw_only=True):
    """What rows that are alike come to, in the smallest unit.

    Each operation is counted in one of the sums of its kind and actor, so that counts add up.
    """

    kind: Kind
    reason: str | None
    actor: str
    currency: str
    debit: Account
    credit: Account
    count: int
    sum: int

    def on(self, account: Account) -> int:
        """Return what they add to the debit balance of an account."""
        return self.sum * ((self.debit is account) - (self.credit is account))


async def device_sums(
    connection: Connection,
    merchant_id: UUID,
    device_id: UUID,
    *,
    since: datetime | None,
    until: datetime | None,
    without: Collection[UUID] = (),
) -> list[DeviceSum]:
    """Return what rows that name a device come to, recorded after `since` and at or before `until`.

    It is exact where nothing can be recorded at or before `until` any more. `without` are operations left out.
    """
    rows = await connection.fetch(
        _SQL.device_sums, merchant_id, device_id, since, until, list(without), list(TENDERS), list(HELD_BY_CERTIFICATES)
    )
    return [
        DeviceSum(
            kind=Kind(row["kind"]),
            reason=row["reason"],
            actor=row["actor"],
            currency=row["currency"],
            debit=Account(row["debit"]),
            credit=Account(row["credit"]),
            count=row["count"],
            sum=row["sum"],
        )
        for row in rows
    ]


async def days_unclosed(
    connection: Connection, merchant_id: UUID, cuts: Mapping[UUID, datetime | None], *, since: date, until: date
) -> list[tuple[UUID, date, int]]:
    """Return devices with the days on which they moved money that no close took in, and by how many operations.

    `cuts` are the devices that are asked about, each with what its last close took in, None where there was none.
    """
    rows = await connection.fetch(_SQL.days_unclosed, merchant_id, since, until, list(cuts), list(cuts.values()))
    return [(row["device_id"], row["booked_on"], row["count"]) for row in rows]
