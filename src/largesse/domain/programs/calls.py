"""Requests of programs as they are kept for 30 days, so that somebody can be told what became of one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.kernel.errors import NotFound
from largesse.kernel.ids import first_id

CALLS_KEPT: Final = timedelta(days=30)
_FORGET_AT_ONCE: Final = 10_000

_queries = load(__package__)


class ProgramCall(msgspec.Struct, frozen=True, kw_only=True):
    """A request and what it was answered. Path, body and faults are masked; `body_bytes` counts what was sent.

    `merchant_id` is the merchant that the key belongs to, or whose sandbox it sees. `code` is that of a refusal.
    """

    merchant_id: UUID
    call_id: UUID
    called_at: datetime
    request_id: str
    program_id: UUID
    program: str
    live: bool
    method: str
    path: str
    status: int
    code: str | None
    duration_ms: int
    body_bytes: int
    body: str
    faults: tuple[str, ...]


class CallUnknown(NotFound):
    """No request is kept under that id."""

    code = "program_call.not_found"
    message = "No request is kept under that id. Requests are kept for 30 days, and some are left out under load."


async def write_calls(connection: Connection, calls: Sequence[ProgramCall]) -> None:
    """Write requests of one merchant by COPY."""
    columns = ProgramCall.__struct_fields__
    records = [tuple(getattr(one, name) for name in columns) for one in calls]
    await connection.copy_records_to_table("program_calls", records=records, columns=columns)


async def find_call(connection: Connection, merchant_id: UUID, call_id: UUID) -> ProgramCall:
    """Return a request.

    Raises:
        CallUnknown: there is none.
    """
    row = await connection.fetchrow(_queries.find_call, merchant_id, call_id)
    if row is None:
        raise CallUnknown
    return msgspec.convert(dict(row), ProgramCall)


async def calls_of(
    connection: Connection, merchant_id: UUID, *, request_id: str | None = None, limit: int = 50
) -> list[ProgramCall]:
    """Return the requests that came with an id, or the newest of all."""
    if request_id is None:
        rows = await connection.fetch(_queries.last_calls, merchant_id, limit)
    else:
        rows = await connection.fetch(_queries.calls_of_request, merchant_id, request_id, limit)
    return [msgspec.convert(dict(row), ProgramCall) for row in rows]


async def merchants_with_keys(connection: Connection) -> list[UUID]:
    """Return who has programs, and so may have requests."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_keys)]


async def forget_calls(connection: Connection, merchant_id: UUID, *, now: datetime) -> tuple[int, bool]:
    """Delete requests that are kept no longer; return how many, and whether there may be more."""
    status = await connection.execute(_queries.forget_calls, merchant_id, first_id(now - CALLS_KEPT), _FORGET_AT_ONCE)
    count = int(status.rpartition(" ")[2])
    return count, count == _FORGET_AT_ONCE
