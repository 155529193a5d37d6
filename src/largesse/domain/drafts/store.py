"""The drafts table."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from largesse.db import Connection, Writes, load
from largesse.db.connection import Row
from largesse.domain.drafts.model import KEPT, Content, Draft, digest_of

_queries = load(__package__)
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Content)


async def find_draft(connection: Connection, merchant_id: UUID, token: str) -> Draft | None:
    """Return the draft of a browser's token, if there is one."""
    row = await connection.fetchrow(_queries.find_draft, merchant_id, digest_of(token))
    return _draft(row) if row else None


async def lock_draft(connection: Connection, merchant_id: UUID, token: str) -> Draft | None:
    """Return the draft of a token, locked until the transaction ends."""
    row = await connection.fetchrow(_queries.lock_draft, merchant_id, digest_of(token))
    return _draft(row) if row else None


async def lock_unplaced(
    connection: Connection, wanted: Collection[tuple[UUID, bytes]]
) -> dict[tuple[UUID, bytes], Draft]:
    """Return those of some drafts that were never placed, by merchant and digest, locked; without waiting for any.

    Missing are also those that somebody else holds at the moment.
    """
    rows = await connection.fetch(_queries.lock_unplaced, [key[0] for key in wanted], [key[1] for key in wanted])
    found = [_draft(row) for row in rows]
    return {(draft.merchant_id, draft.token_digest): draft for draft in found}


async def open_draft(connection: Connection, draft: Draft) -> Draft:
    """Write an empty draft and return it locked; or the one that the browser has by now, if another was quicker."""
    await connection.execute(
        _queries.open_draft,
        draft.merchant_id,
        draft.draft_id,
        draft.token_digest,
        draft.created_at,
        draft.kept_until,
    )
    row = await connection.fetchrow(_queries.lock_draft, draft.merchant_id, draft.token_digest)
    assert row is not None, "it was written a moment ago, or stood already"
    return _draft(row)


async def put_draft(connection: Connection, draft: Draft) -> None:
    """Write a draft's content and checkout. Hold it locked."""
    await connection.execute(
        _queries.put_draft,
        draft.merchant_id,
        draft.draft_id,
        draft.token_digest,
        _ENCODER.encode(draft.content).decode(),
        draft.touched_at,
        draft.checkout_id,
        draft.kept_until,
    )


def place_drafts(writes: Writes, placed: Sequence[Draft]) -> None:
    """Add to `writes` with what content drafts were placed, and as which checkouts. Hold them locked."""
    writes.add(
        _queries.place_drafts,
        [one.merchant_id for one in placed],
        [one.draft_id for one in placed],
        [_ENCODER.encode(one.content).decode() for one in placed],
        [one.touched_at for one in placed],
        [one.checkout_id for one in placed],
        [one.kept_until for one in placed],
    )


async def merchants_with_old(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return the merchants that have drafts whose time is over."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_old, now, now - KEPT)]


async def purge_drafts(connection: Connection, merchant_id: UUID, *, now: datetime, limit: int = 1000) -> int:
    """Delete drafts whose time is over, at most `limit`; return how many went."""
    return len(await connection.fetch(_queries.purge_drafts, merchant_id, now, now - KEPT, limit))


async def erase_person(connection: Connection, merchant_id: UUID, email: str) -> int:
    """Delete what was put together by or for somebody, and return how many drafts; `email` in lower case."""
    tag = await connection.execute(_queries.erase_drafts, merchant_id, f'"{email}"')
    return int(tag.rpartition(" ")[2])


def _draft(row: Row) -> Draft:
    values: dict[str, Any] = dict(row)
    return Draft(**values | {"content": _DECODER.decode(row["content"])})
