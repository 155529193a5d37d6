"""Delete everything of one merchant, table by table and in batches: of sandboxes alone, as the database sees to."""

# ruff: noqa: S608 - what is put together here are names from the catalogue; values always travel as parameters.

from typing import Final
from uuid import UUID

import asyncpg

from largesse.db.connection import Connection
from largesse.db.database import Database

ROWS_AT_ONCE: Final = 5_000
_PASSES_MAX: Final = 20
_TABLES: Final = """
SELECT c.relname AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'merchant_id' AND NOT a.attisdropped
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'merchants'
ORDER BY c.relname
"""


async def purge_merchant(database: Database, merchant_id: UUID, *, batch: int = ROWS_AT_ONCE) -> int:
    """Delete all rows of a merchant and the merchant itself, and return how many rows there were.

    What others refer to comes in a later pass. Run again after an interruption, it goes on.

    Raises:
        asyncpg.RestrictViolationError: it is no sandbox.
        asyncpg.ForeignKeyViolationError: something that is kept refers to it.
    """
    async with database.connection() as connection:
        names = [row["name"] for row in await connection.fetch(_TABLES)]
    gone = 0
    for _ in range(_PASSES_MAX):
        waiting = list[str]()
        for name in names:
            try:
                gone += await _empty(database, name, merchant_id, batch)
            except asyncpg.ForeignKeyViolationError:
                waiting.append(name)
        if not waiting:
            break
        names = waiting
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM merchants WHERE merchant_id = $1 AND kind = 'sandbox'", merchant_id)
    return gone + 1


async def _empty(database: Database, name: str, merchant_id: UUID, batch: int) -> int:
    gone = 0
    while True:
        async with database.transaction() as connection:
            count = await _delete_some(connection, name, merchant_id, batch)
        gone += count
        if count < batch:
            return gone


async def _delete_some(connection: Connection, name: str, merchant_id: UUID, batch: int) -> int:
    status = await connection.execute(
        f'DELETE FROM "{name}" WHERE merchant_id = $1 AND (tableoid, ctid) IN '
        f'(SELECT tableoid, ctid FROM "{name}" WHERE merchant_id = $1 LIMIT $2)',
        merchant_id,
        batch,
    )
    return int(status.rpartition(" ")[2])
