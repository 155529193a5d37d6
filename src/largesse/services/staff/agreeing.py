"""Who agrees to what another person asked for: somebody else with the right, or a day later the only one with it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import RULES, Act, MembershipState
from largesse.services.staff.managers import Manager

_ALONE_AFTER: Final = timedelta(hours=24)
_INVITED_LATELY: Final = timedelta(days=7)


async def agrees_alone(
    connection: Connection,
    merchant: Merchant,
    act: Act,
    *,
    requester_id: UUID,
    requested_at: datetime,
    by: Manager,
    now: datetime,
) -> bool | None:
    """Return whether who asked agrees alone, because nobody else may; None where another person has to agree.

    Nobody agrees whom the requester invited within the last seven days.
    """
    people = await staff.members(connection, merchant.merchant_id)
    able = [one for one, _ in people if one.state is MembershipState.LIVE and one.role in RULES[act].roles]
    if by.person_id == requester_id:
        return None if len(able) > 1 or now - requested_at < _ALONE_AFTER else True
    mine = next((one for one in able if one.person_id == by.person_id), None)
    lately = mine is not None and mine.invited_by == requester_id and now - mine.made_at < _INVITED_LATELY
    return None if mine is None or lately else False
