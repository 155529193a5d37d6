"""What an organisation asks a merchant for: an agreement, or, once it is a partner, a change of it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.portal.errors import PartnerAskingUnknown

ORGANISATION_MAX: Final = 120
QUESTION_MAX: Final = 2_000
ASKINGS_MAX: Final = 200
"""So many may wait for a merchant; whoever comes then is told to write."""
ASKINGS_A_DAY: Final = 5
"""So much may one address ask a merchant within 24 hours: who has no agreement, and each of a partner's people."""

_queries = load(__package__, "askings.sql")


class PartnerAsking(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for. `partner_id` is None where they have no agreement yet."""

    merchant_id: UUID
    asking_id: UUID
    partner_id: UUID | None = None
    organisation: str
    name: str
    email: str
    question: str
    language: str
    made_at: datetime
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None


async def insert_asking(connection: Connection, asking: PartnerAsking) -> None:
    """Write what somebody asks for; the same id again is the same."""
    await connection.execute(
        _queries.insert_asking,
        asking.merchant_id,
        asking.asking_id,
        asking.partner_id,
        asking.organisation,
        asking.name,
        asking.email,
        asking.question,
        asking.language,
        asking.made_at,
    )


async def open_askings(connection: Connection, merchant_id: UUID, *, limit: int = ASKINGS_MAX) -> list[PartnerAsking]:
    """Return what waits for an answer, the oldest first."""
    rows = await connection.fetch(_queries.open_askings, merchant_id, limit)
    return [msgspec.convert(dict(row), PartnerAsking) for row in rows]


async def count_askings(connection: Connection, merchant_id: UUID) -> int:
    """Return how many wait for an answer."""
    return int(await connection.fetchval(_queries.count_askings, merchant_id))


async def count_askings_of(connection: Connection, asking: PartnerAsking, *, since: datetime) -> int:
    """Return how much whoever asks has asked since a moment; what visitors type counts for no partner."""
    key = asking.merchant_id, asking.email, asking.partner_id
    return int(await connection.fetchval(_queries.count_askings_of, *key, since))


async def find_asking(connection: Connection, merchant_id: UUID, asking_id: UUID) -> PartnerAsking | None:
    """Return what was asked for under an id, None before."""
    row = await connection.fetchrow(_queries.find_asking, merchant_id, asking_id)
    return None if row is None else msgspec.convert(dict(row), PartnerAsking)


async def lock_asking(connection: Connection, merchant_id: UUID, asking_id: UUID) -> PartnerAsking:
    """Return what was asked for, which nobody else answers before the transaction ends.

    Raises:
        PartnerAskingUnknown: there is nothing of that id.
    """
    row = await connection.fetchrow(_queries.lock_asking, merchant_id, asking_id)
    if row is None:
        raise PartnerAskingUnknown
    return msgspec.convert(dict(row), PartnerAsking)


async def answer_asking(connection: Connection, asking: PartnerAsking, answer: str, *, by: str, now: datetime) -> None:
    """Write what was answered; the caller holds it locked."""
    await connection.execute(_queries.answer_asking, asking.merchant_id, asking.asking_id, now, by, answer)


async def erase_askings(connection: Connection, merchant_id: UUID, address: str) -> int:
    """Delete what the person of an address, in small letters, asked for; return how many."""
    return int((await connection.execute(_queries.erase_askings, merchant_id, address)).rpartition(" ")[2])


async def forget_askings(connection: Connection, merchant_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete some of what was answered before a moment; return how many."""
    return int((await connection.execute(_queries.forget_askings, merchant_id, before, limit)).rpartition(" ")[2])
