"""The table of a file that waits: it is full of numbers, so it is kept packed and sealed until it is done with.

Conforms to `services.keys.Resealable`.
"""

import base64
import zlib
from collections.abc import Mapping
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain.imports import store
from largesse.kernel.sealing import Keyring, Sealed
from largesse.kernel.text_tables import TextTable

_CONTEXT = b"import-table/1/"
_START = (UUID(int=0), UUID(int=0))
_AT_ONCE = 5  # a table may have many megabytes


def seal_table(keyring: Keyring, merchant_id: UUID, import_id: UUID, table: TextTable) -> Sealed:
    """Return a table as it is stored."""
    packed = zlib.compress(msgspec.msgpack.encode(table), level=1)
    return keyring.seal(base64.b85encode(packed).decode(), context=_context(merchant_id, import_id))


def open_table(keyring: Keyring, merchant_id: UUID, import_id: UUID, sealed: Sealed) -> TextTable:
    """Return a table that was stored.

    Raises:
        SecretUnreadable: its key is gone, or the row was changed.
    """
    text = keyring.open(sealed, context=_context(merchant_id, import_id))
    return msgspec.msgpack.decode(zlib.decompress(base64.b85decode(text)), type=TextTable)


class ImportTables:
    """The tables of files that wait to be imported, of all merchants."""

    name = "tables of imports"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there is any."""
        return await store.holds_any(connection)

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many are sealed under each key."""
        return await store.count_by_key(connection)

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal some tables after the row `after`, in the caller's transaction.

        Returns how many there were and the row to go on after, None at the end.
        """
        place = (after[0], after[1]) if after else _START
        found = await store.lock_batch(connection, place, keyring.current_key_id, limit=min(limit, _AT_ONCE))
        for merchant_id, import_id, sealed in found:
            context = _context(merchant_id, import_id)
            anew = keyring.seal(keyring.open(sealed, context=context), context=context)
            await store.replace_seal(connection, merchant_id, import_id, anew)
        return len(found), found[-1][:2] if found else None


def _context(merchant_id: UUID, import_id: UUID) -> bytes:
    return _CONTEXT + merchant_id.bytes + import_id.bytes
