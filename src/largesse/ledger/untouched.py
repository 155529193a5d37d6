"""Certificates to which nothing has happened since something opened them under an operation of their own id."""

from collections.abc import Collection
from uuid import UUID

from largesse.db import Connection, load

_SQL = load(__package__, "untouched.sql")


async def lock_untouched(connection: Connection, merchant_id: UUID, certificate_ids: Collection[UUID]) -> list[UUID]:
    """Lock those of some certificates that nobody has touched, and return them by id: none of them is used meanwhile.

    What they hold is not read: whoever posts on them next reads that.
    """
    rows = await connection.fetch(_SQL.lock_untouched, merchant_id, list(certificate_ids))
    return [row["certificate_id"] for row in rows]
