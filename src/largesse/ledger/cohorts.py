"""What became of what was filled in a month: the movements that breakage is reckoned from, and what of it is booked.

Amounts are net: the face of the value pot without the discount and the tax that stand inside of it.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.kernel.ids import derived_id
from largesse.ledger.accounts import OUTSTANDING, Account, ClassOfValue
from largesse.ledger.model import Kind

_SQL = load(__package__, "cohorts.sql")
_INSIDE = (Account.DISCOUNT_ON_OUTSTANDING, Account.TAX_ON_OUTSTANDING)
_FILLED = frozenset({Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD, Kind.ADJUST, Kind.CONVERT})
_USED = frozenset({Kind.REDEEM, Kind.CAPTURE, Kind.REVERSE})


class CohortMove(msgspec.Struct, frozen=True, kw_only=True):
    """What some rows did to what is left of a month's fillings; `what` is the name of the part that they belong to."""

    month: date
    legal_entity_id: UUID
    currency: str
    class_of_value: ClassOfValue
    what: str
    net: int


async def cohort_moves(
    connection: Connection, merchant_id: UUID, *, until: date, known_at: datetime | None = None
) -> list[CohortMove]:
    """Return what was booked before a day of all that was ever filled and not given away, as known at a moment."""
    rows = await connection.fetch(_SQL.cohorts, merchant_id, until, known_at)
    return [
        CohortMove(
            month=row["month"],
            legal_entity_id=row["legal_entity_id"],
            currency=row["currency"],
            class_of_value=ClassOfValue(row["class_of_value"]),
            what=part_of(Kind(row["kind"]), Account(row["debit"]), Account(row["credit"])),
            net=net_of(Account(row["debit"]), Account(row["credit"]), row["sum"]),
        )
        for row in rows
    ]


async def breakage_estimates(
    connection: Connection, merchant_id: UUID, *, until: date, known_at: datetime | None = None
) -> dict[UUID, int]:
    """Return what stands in the books as estimated breakage before a day, by the cohort that its rows refer to."""
    subject_id = breakage_subject(merchant_id)
    rows = await connection.fetch(_SQL.estimates, merchant_id, subject_id, until, known_at)
    return {row["refers_to"]: row["sum"] for row in rows}


def breakage_subject(merchant_id: UUID) -> UUID:
    """Return the subject whose chain the rows of breakage are: one of the merchant's own, that nothing else dates."""
    return derived_id("breakage", merchant_id)


def part_of(kind: Kind, debit: Account, credit: Account) -> str:
    """Return which part of a cohort a row belongs to, by its kind and accounts."""
    if Account.BREAKAGE in (debit, credit) or kind in {Kind.EXPIRE, Kind.REINSTATE}:
        return "expired"
    if kind in _FILLED:
        return "issued"
    if kind in _USED:
        return "redeemed"
    return {Kind.CASH_OUT: "cashed_out", Kind.HAND_OVER: "handed_over"}.get(kind, "given_back")


def net_of(debit: Account, credit: Account, amount: int) -> int:
    """Return what a row does to what the use of a certificate would earn."""
    held = (*OUTSTANDING, *_INSIDE)
    return amount * ((credit in held) - (debit in held))
