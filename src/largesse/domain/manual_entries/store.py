"""The table of manual entries."""

from datetime import datetime
from uuid import UUID

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.manual_entries.model import EntryState, ManualEntry

_queries = load(__package__)
_ONE = "UPDATE 1"


async def insert_entry(connection: Connection, entry: ManualEntry) -> None:
    """Write an entry that waits; nothing where it was written before."""
    await connection.execute(
        _queries.insert_entry,
        entry.merchant_id,
        entry.entry_id,
        entry.debit,
        entry.credit,
        entry.currency,
        entry.amount,
        entry.why,
        entry.requested_by,
        entry.requester_id,
        entry.requested_at,
    )


async def lock_entry(connection: Connection, merchant_id: UUID, entry_id: UUID) -> ManualEntry | None:
    """Return an entry, locked; None where there is none."""
    row = await connection.fetchrow(_queries.lock_entry, merchant_id, entry_id)
    return None if row is None else _entry(row)


async def decide_entry(
    connection: Connection, entry: ManualEntry, state: EntryState, *, by: str, alone: bool = False, now: datetime
) -> bool:
    """Write what was decided of an entry; False where that was decided before."""
    key = entry.merchant_id, entry.entry_id
    return await connection.execute(_queries.decide_entry, *key, state, by, now, alone) == _ONE


async def list_entries(connection: Connection, merchant_id: UUID, *, limit: int = 100) -> list[ManualEntry]:
    """Return a merchant's newest entries, the newest first."""
    return [_entry(row) for row in await connection.fetch(_queries.list_entries, merchant_id, limit)]


def _entry(row: Row) -> ManualEntry:
    return ManualEntry(**{**dict(row), "state": EntryState(row["state"])})
