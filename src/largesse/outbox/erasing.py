"""Erase what was told of a person: payloads become a stub, and what was sent of them is deleted."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.db.sql import load
from largesse.outbox.store import GONE

_SQL = load("largesse.outbox")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What tells of somebody: events by id, any that hold one of `texts`, those of some kinds that hold others.

    Events of before told the memo of an operation: of those that hold one of `memo_texts`, these are meant.
    """

    event_ids: Collection[UUID] = ()
    texts: Collection[str] = ()
    narrow_texts: Collection[str] = ()
    narrow_kinds: Collection[str] = ()
    memo_texts: Collection[str] = ()


async def erase(connection: Connection, merchant_id: UUID, about: About, *, now: datetime) -> int:
    """Put a stub in the place of what tells of somebody, and delete what was sent of it; return how many events.

    What waits of it is given up: a receiver is not told of nobody.
    """
    texts, narrow, memos = (
        ["%" + _escaped(text) + "%" for text in some] for some in (about.texts, about.narrow_texts, about.memo_texts)
    )
    rows = await connection.fetch(
        _SQL.erase_payloads, merchant_id, list(about.event_ids), texts, narrow, list(about.narrow_kinds), GONE, memos
    )
    ids = list({*about.event_ids, *(row["event_id"] for row in rows)})
    await connection.execute(_SQL.erase_deliveries, merchant_id, ids, now)
    await connection.execute(_SQL.erase_attempts, merchant_id, ids)
    return len(rows)


def _escaped(text: str) -> str:
    """Return a text as LIKE finds it, letter for letter, in lower case."""
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
