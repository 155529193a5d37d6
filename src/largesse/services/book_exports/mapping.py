"""The accounts of the bookkeeper's program: versions that never change, each made of the one before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from largesse.db import Connection
from largesse.domain import locations, staff
from largesse.domain.book_exports import (
    BookFacts,
    BookMapping,
    MappedAccount,
    demand_valid,
    find_mapping,
    insert_mapping,
)
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, ActRefused, Audited, may
from largesse.services.capabilities import UsesDatabase
from largesse.services.staff import Manager

_BY_MAX: Final = 120


async def mapping_of(connection: Connection, merchant: Merchant) -> BookMapping | None:
    """Return the accounts as they are mapped now; None before anybody mapped any."""
    return await find_mapping(connection, merchant.merchant_id)


async def change_mapping(
    deps: UsesDatabase,
    merchant: Merchant,
    lines: Sequence[MappedAccount],
    facts: BookFacts,
    *,
    before: int,
    by: Manager,
    now: datetime,
) -> BookMapping:
    """Keep another version of the accounts, made of version `before` (0: of none); audited.

    Raises:
        ActRefused: the role does not allow it.
        BookMappingInvalid: something of it is wrong; the fields say what.
        BookMappingChanged: version `before` is not the last any more.
    """
    demand(by, Act.BOOKS_MAP)
    async with deps.database.transaction() as connection:
        places = await locations.locations(connection, merchant.merchant_id)
        demand_valid(lines, facts, locations=(one.location_id for one in places))
        made = BookMapping(
            merchant_id=merchant.merchant_id,
            version=before + 1,
            lines=tuple(lines),
            facts=facts,
            made_by=who(by),
            made_at=now,
        )
        await insert_mapping(connection, made)
        await staff.record(
            connection, merchant.merchant_id, Audited.BOOKS_MAPPED, subject=f"version {made.version}", actor=by.actor,
            reason=f"{len(lines)} lines", now=now,
        )  # fmt: skip
    return made


def demand(by: Manager, act: Act) -> None:
    """Let a person do it whose role allows it; the operator acts for one.

    Raises:
        ActRefused: the role does not, or there is none.
    """
    if by.person_id is None or by.role is None or not may(by.role, act):
        raise ActRefused(act.value)


def who(by: Manager) -> str:
    """Return how whoever acts is told beside what was made."""
    return (by.name or by.actor)[:_BY_MAX]
