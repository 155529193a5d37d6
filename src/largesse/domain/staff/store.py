"""The audit_log table: only ever added to."""

from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.domain.staff.model import AuditEntry

_queries = load(__package__)


async def insert(connection: Connection, entry: AuditEntry) -> None:
    """Write one entry."""
    await connection.execute(_queries.insert_entry, *msgspec.structs.astuple(entry))


async def entries_about(
    connection: Connection, merchant_id: UUID, subject: str, *, limit: int = 100
) -> list[AuditEntry]:
    """Return what was done to `subject`, the newest first."""
    rows = await connection.fetch(_queries.entries_about, merchant_id, subject, limit)
    return [msgspec.convert(dict(row), AuditEntry) for row in rows]
