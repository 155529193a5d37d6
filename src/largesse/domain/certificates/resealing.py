"""Put numbers under a new key while everybody goes on reading them. Conforms to `services.keys.Resealable`."""

from collections.abc import Mapping
from uuid import UUID

from largesse.db import Connection
from largesse.domain.certificates import store
from largesse.domain.certificates.model import NumberRow
from largesse.domain.certificates.sealing import open_number, seal_number
from largesse.kernel.numbers import fold_number, last_four
from largesse.kernel.sealing import Keyring, SecretUnreadable

_START = (UUID(int=0), UUID(int=0))


class CertificateNumbers:
    """Re-seal and re-digest the numbers of all merchants, batch by batch."""

    name = "certificate numbers"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there is any sealed number."""
        return await store.holds_any(connection)

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many numbers are sealed under each key."""
        return await store.count_by_key(connection)

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal up to `limit` numbers after the row `after`, in the caller's transaction.

        Returns how many were re-sealed and the row to go on after, None at the end.
        """
        rows = await store.lock_batch(connection, _place(after), keyring.current_key_id, limit=limit)
        if rows:
            await store.replace_seals(connection, [_resealed(keyring, row) for row in rows])
        return len(rows), _end_of(rows)

    async def unreadable(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, list[UUID], tuple[UUID, ...] | None]:
        """Open up to `limit` numbers: how many, the certificates whose number is not right, and where to go on."""
        rows = await store.page(connection, _place(after), limit=limit)
        wrong = [row.certificate_id for row in rows if not _is_sound(keyring, row)]
        return len(rows), wrong, _end_of(rows)


def _place(after: tuple[UUID, ...] | None) -> tuple[UUID, UUID]:
    return (after[0], after[1]) if after else _START


def _end_of(rows: list[NumberRow]) -> tuple[UUID, ...] | None:
    return (rows[-1].merchant_id, rows[-1].certificate_id) if rows else None


def _resealed(keyring: Keyring, row: NumberRow) -> NumberRow:
    number = open_number(keyring, row)
    return seal_number(keyring, row.merchant_id, row.certificate_id, number, role=row.role, bits=row.bits)


def _is_sound(keyring: Keyring, row: NumberRow) -> bool:
    try:
        number = open_number(keyring, row)
    except SecretUnreadable:
        return False
    return row.digest in keyring.lookups(fold_number(number)) and last_four(number) == row.last_four
