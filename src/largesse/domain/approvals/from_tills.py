"""What somebody at a till asks for, of whoever may approve it and is elsewhere."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.approvals.errors import RequestUnknown
from largesse.domain.approvals.model import RequestDecision, RequestState
from largesse.kernel.sealing import Sealed

WAITS_AT_TILL_FOR: Final = timedelta(minutes=30)
"""How long somebody who stands at a till can be answered."""
GOES_ON_FOR: Final = timedelta(minutes=30)
"""How long what was approved may be done."""
CODE_LENGTH: Final = 4
_ONE: Final = "UPDATE 1"
_queries = load(__package__)


class TillShown(msgspec.Struct, frozen=True, kw_only=True):
    """What will happen, as whoever decides is told; amounts in the smallest unit of `currency`.

    `certificates` are those that it is about, `ends` their last symbols; `reason` and `whom` what was typed.
    """

    amount: int = 0
    currency: str = ""
    certificates: tuple[UUID, ...] = ()
    ends: tuple[str, ...] = ()
    order_number: str = ""
    reason: str = ""
    whom: str = ""


class TillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody at a till waits for a word. Its id is the operation of what is asked for.

    `form` is what was typed there, sealed; it is what is done once that is approved.
    """

    merchant_id: UUID
    request_id: UUID
    code: str
    act: str
    subject: str
    shown: TillShown
    location_id: UUID
    device_id: UUID | None
    requested_by: UUID
    made_at: datetime
    expires_at: datetime
    form: Sealed | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decision: RequestDecision | None = None

    def __repr__(self) -> str:
        return f"TillRequest({self.request_id}, {self.act})"

    def state(self, now: datetime) -> RequestState:
        """Return what it is just now; what was approved counts for a while."""
        if self.decision is RequestDecision.APPROVED and self.decided_at and self.decided_at + GOES_ON_FOR <= now:
            return RequestState.LAPSED
        if self.decision is not None:
            return RequestState(self.decision.value)
        return RequestState.LAPSED if self.expires_at <= now else RequestState.WAITING


async def insert_till_request(connection: Connection, request: TillRequest) -> bool:
    """Write what is asked for; False where it stands."""
    form = request.form
    written = await connection.fetchval(
        _queries.insert_till_request,
        request.merchant_id,
        request.request_id,
        request.code,
        request.act,
        request.subject,
        msgspec.json.encode(request.shown).decode(),
        request.location_id,
        request.device_id,
        request.requested_by,
        form.key_id if form else None,
        form.cipher if form else None,
        request.made_at,
        request.expires_at,
    )
    return written is not None


async def find_till_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> TillRequest:
    """Return what was asked for under an id.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.find_till_request, merchant_id, request_id))


async def lock_till_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> TillRequest:
    """Return the same, and keep others from deciding it until the transaction ends.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.lock_till_request, merchant_id, request_id))


async def till_requests(connection: Connection, merchant_id: UUID, *, since: datetime) -> Sequence[TillRequest]:
    """Return what was asked for at the tills of a merchant since a moment, the newest first."""
    return [_request(row) for row in await connection.fetch(_queries.till_requests, merchant_id, since)]


async def count_waiting_at_tills(connection: Connection, merchant_id: UUID, *, but: UUID, now: datetime) -> int:
    """Return how many wait at tills that somebody else than `but` stands at."""
    count: int = await connection.fetchval(_queries.count_waiting_at_tills, merchant_id, but, now)
    return count


async def decide_till_request(
    connection: Connection, request: TillRequest, decision: RequestDecision, *, by: UUID | None, now: datetime
) -> bool:
    """Write what came of it; False where somebody decided it before."""
    key = request.merchant_id, request.request_id
    return await connection.execute(_queries.decide_till_request, *key, now, by, decision.value) == _ONE


async def withdraw_till_requests_of(connection: Connection, merchant_id: UUID, person_id: UUID, now: datetime) -> None:
    """Withdraw what somebody waits for at a till."""
    await connection.execute(_queries.withdraw_till_requests_of, merchant_id, person_id, now)


async def forget_till_forms(connection: Connection, merchant_id: UUID, before: datetime) -> int:
    """Forget what was typed at tills for what was asked before a moment, and return of how many."""
    return len(await connection.fetch(_queries.forget_till_forms, merchant_id, before))


def _found(row: Row | None) -> TillRequest:
    if row is None:
        raise RequestUnknown
    return _request(row)


def _request(row: Row) -> TillRequest:
    given = dict(row)
    key_id, cipher = given.pop("form_key_id"), given.pop("form_cipher")
    return TillRequest(
        **{
            **given,
            "shown": msgspec.json.decode(row["shown"], type=TillShown),
            "form": Sealed(key_id, cipher) if key_id is not None else None,
            "decision": RequestDecision(row["decision"]) if row["decision"] else None,
        }
    )
