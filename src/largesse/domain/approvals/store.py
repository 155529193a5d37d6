"""The tables of limits and requests."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.approvals.errors import RequestUnknown
from largesse.domain.approvals.model import (
    ActLimit,
    ApprovalRequest,
    FrozenAct,
    LimitedAct,
    RequestDecision,
    ShownCertificate,
)

_queries = load(__package__)
_ONE: Final = "UPDATE 1"


async def act_limits(connection: Connection, merchant_id: UUID) -> dict[LimitedAct, ActLimit]:
    """Return the limit of each act; an empty one where nobody has said so."""
    found = {LimitedAct(row["act"]): _limit(row) for row in await connection.fetch(_queries.limits, merchant_id)}
    return {act: found.get(act) or ActLimit(merchant_id=merchant_id, act=act) for act in LimitedAct}


async def lock_limit(connection: Connection, merchant_id: UUID, act: LimitedAct) -> ActLimit | None:
    """Return the limit of an act, and have everybody else who does the same wait; None where there is none."""
    row = await connection.fetchrow(_queries.lock_limit, merchant_id, act.value)
    return _limit(row) if row else None


async def put_limit(connection: Connection, limit: ActLimit) -> None:
    """Write another limit."""
    await connection.execute(
        _queries.put_limit, limit.merchant_id, limit.act.value, limit.per_act, limit.per_day, limit.per_certificate
    )


async def spent(
    connection: Connection, merchant_id: UUID, command: FrozenAct, person_id: UUID, *, since: datetime, but: UUID
) -> tuple[int, int]:
    """Return what a person did of an act since a moment, and what was done of it on the certificate at all times.

    The operation `but` is not counted: it may be repeated.
    """
    row = await connection.fetchrow(
        _queries.spent, merchant_id, command.act.value, person_id, command.certificate_id, since, but
    )
    assert row is not None
    return row["today"], row["on_certificate"]


async def count_act(
    connection: Connection, merchant_id: UUID, operation_id: UUID, command: FrozenAct, person_id: UUID, *, now: datetime
) -> bool:
    """Write that somebody does something; False where that operation was counted before."""
    written = await connection.fetchval(
        _queries.count_act,
        merchant_id,
        operation_id,
        command.act.value,
        person_id,
        command.certificate_id,
        command.amount,
        now,
    )
    return written is not None


async def forget_act(connection: Connection, merchant_id: UUID, operation_id: UUID) -> None:
    """Let something not count that was refused."""
    await connection.execute(_queries.forget_act, merchant_id, operation_id)


async def insert_request(connection: Connection, request: ApprovalRequest) -> bool:
    """Write a request; False where it stands."""
    written = await connection.fetchval(
        _queries.insert_request,
        request.merchant_id,
        request.request_id,
        request.command.act.value,
        request.command.certificate_id,
        msgspec.json.encode(request.command).decode(),
        msgspec.json.encode(request.shown).decode(),
        request.reason,
        request.requested_by,
        request.made_at,
        request.expires_at,
    )
    return written is not None


async def find_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> ApprovalRequest:
    """Return a request.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.find_request, merchant_id, request_id))


async def lock_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> ApprovalRequest:
    """Return a request, and keep others from deciding it until the transaction ends.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.lock_request, merchant_id, request_id))


async def requests(connection: Connection, merchant_id: UUID, *, limit: int = 100) -> list[ApprovalRequest]:
    """Return the requests of a merchant: what waits first, then what was decided, the newest on top."""
    return [_request(row) for row in await connection.fetch(_queries.requests, merchant_id, limit)]


async def count_waiting(connection: Connection, merchant_id: UUID, *, but: UUID, now: datetime) -> int:
    """Return how many requests wait that somebody else than `but` made."""
    count: int = await connection.fetchval(_queries.count_waiting, merchant_id, but, now)
    return count


async def decide(
    connection: Connection,
    request: ApprovalRequest,
    decision: RequestDecision,
    *,
    by: UUID | None,
    by_one: bool = False,
    now: datetime,
) -> bool:
    """Write what came of a request; False where somebody decided it before."""
    key = request.merchant_id, request.request_id
    return await connection.execute(_queries.decide, *key, now, by, decision.value, by_one) == _ONE


async def set_outcome(connection: Connection, request: ApprovalRequest, outcome: str) -> None:
    """Write what came of doing it."""
    await connection.execute(_queries.set_outcome, request.merchant_id, request.request_id, outcome)


async def withdraw_requests_of(connection: Connection, merchant_id: UUID, person_id: UUID, now: datetime) -> None:
    """Withdraw what somebody has asked for."""
    await connection.execute(_queries.withdraw_requests_of, merchant_id, person_id, now)


def _limit(row: Row) -> ActLimit:
    return ActLimit(**{**dict(row), "act": LimitedAct(row["act"])})


def _found(row: Row | None) -> ApprovalRequest:
    if row is None:
        raise RequestUnknown
    return _request(row)


def _request(row: Row) -> ApprovalRequest:
    return ApprovalRequest(
        **{
            **dict(row),
            "command": msgspec.json.decode(row["command"], type=FrozenAct),
            "shown": msgspec.json.decode(row["shown"], type=ShownCertificate),
            "decision": RequestDecision(row["decision"]) if row["decision"] else None,
        }
    )
