"""Requests of programs that move no money: claimed under their Idempotency-Key before they are done, then answered.

claimed ──► answered ──► forgotten after 30 days; a claim that was left is taken over after two minutes
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.programs.errors import RequestClaimed
from largesse.kernel.ids import new_id
from largesse.kernel.sealing import Keyring, Sealed
from largesse.ledger import OperationConflict

REQUESTS_KEPT: Final = timedelta(days=30)
CLAIM_GOOD_FOR: Final = timedelta(minutes=2)
"""After that whoever claimed it is taken for gone: none of our statements may run longer than 30 seconds."""
_PURPOSE: Final = "program.request"
_START: Final = (UUID(int=0), UUID(int=0))
_FORGET_AT_ONCE: Final = 1_000

_queries = load(__package__)


class RequestClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is ours to do. Where somebody else had begun it and left, what it makes may stand already."""

    merchant_id: UUID
    request_id: UUID
    claim: UUID


async def claim_request(
    connection: Connection, keyring: Keyring, merchant_id: UUID, request_id: UUID, asked: bytes, *, now: datetime
) -> RequestClaim | str:
    """Claim a request in the caller's transaction; return the answer where it was done before.

    Raises:
        RequestClaimed: somebody else is at it.
        OperationConflict: the key was used for something else.
    """
    fingerprints = [hmac.digest(key, asked, hashlib.sha256) for key in keyring.signing_keys(_PURPOSE)]
    claim = RequestClaim(merchant_id=merchant_id, request_id=request_id, claim=new_id(now))
    values = (merchant_id, request_id, fingerprints[0], claim.claim, now)
    if await connection.fetchval(_queries.claim_request, *values) is not None:
        return claim
    row = await connection.fetchrow(_queries.lock_request, merchant_id, request_id)
    if row is None:  # it was refused and let go between the two
        raise RequestClaimed
    if now - row["claimed_at"] > REQUESTS_KEPT:
        await connection.execute(_queries.take_over_request, *values)
        return claim
    if not any(hmac.compare_digest(row["fingerprint"], one) for one in fingerprints):
        raise OperationConflict
    if row["answer_cipher"] is not None:
        return _open(keyring, row)
    if now - row["claimed_at"] <= CLAIM_GOOD_FOR:
        raise RequestClaimed
    await connection.execute(_queries.take_over_request, *values)
    return claim


async def answer_request(
    connection: Connection, keyring: Keyring, claim: RequestClaim, answer: str, *, resource_id: UUID | None
) -> None:
    """Keep the answer of a request that is done, sealed; one that was taken over meanwhile is its new owner's."""
    sealed = keyring.seal(answer, context=_context(claim.merchant_id, claim.request_id))
    await connection.execute(
        _queries.answer_request,
        claim.merchant_id,
        claim.request_id,
        claim.claim,
        resource_id,
        sealed.key_id,
        sealed.cipher,
    )


async def release_request(connection: Connection, claim: RequestClaim) -> None:
    """Let go of a request that was refused."""
    await connection.execute(_queries.release_request, claim.merchant_id, claim.request_id, claim.claim)


async def resource_of_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> UUID | None:
    """Return what a request was about, where that is known."""
    found: UUID | None = await connection.fetchval(_queries.resource_of_request, merchant_id, request_id)
    return found


async def merchants_with_old_requests(connection: Connection, *, now: datetime) -> list[UUID]:
    """Return whose requests are too old to be told again."""
    rows = await connection.fetch(_queries.merchants_with_old_requests, now - REQUESTS_KEPT)
    return [row["merchant_id"] for row in rows]


async def forget_requests(connection: Connection, merchant_id: UUID, *, now: datetime) -> tuple[int, bool]:
    """Delete requests that are too old to be told again; return how many, and whether there may be more."""
    status = await connection.execute(_queries.forget_requests, merchant_id, now - REQUESTS_KEPT, _FORGET_AT_ONCE)
    count = int(status.rpartition(" ")[2])
    return count, count == _FORGET_AT_ONCE


class ProgramAnswers:
    """Put answers under another key. Conforms to `services.keys.Resealable`."""

    name = "answers to programs"

    async def holds_any(self, connection: Connection) -> bool:
        """Return whether there is any sealed answer."""
        return bool(await connection.fetchval(_queries.holds_answers))

    async def by_key(self, connection: Connection) -> Mapping[str, int]:
        """Return how many answers are sealed under each key."""
        return {row["key_id"]: row["sealed"] for row in await connection.fetch(_queries.answers_by_key)}

    async def reseal(
        self, connection: Connection, keyring: Keyring, *, after: tuple[UUID, ...] | None, limit: int
    ) -> tuple[int, tuple[UUID, ...] | None]:
        """Re-seal up to `limit` answers after the row `after`, in the caller's transaction.

        Returns how many there were and the row to go on after, None at the end.
        """
        rows = await connection.fetch(_queries.lock_answers, *(after or _START), keyring.current_key_id, limit)
        for row in rows:
            sealed = keyring.seal(_open(keyring, row), context=_context(row["merchant_id"], row["request_id"]))
            await connection.execute(
                _queries.replace_answer, row["merchant_id"], row["request_id"], sealed.key_id, sealed.cipher
            )
        return len(rows), (rows[-1]["merchant_id"], rows[-1]["request_id"]) if rows else None


def _open(keyring: Keyring, row: Row) -> str:
    sealed = Sealed(row["answer_key_id"], row["answer_cipher"])
    return keyring.open(sealed, context=_context(row["merchant_id"], row["request_id"]))


def _context(merchant_id: UUID, request_id: UUID) -> bytes:
    return b"program.request" + merchant_id.bytes + request_id.bytes
