"""What one owner asks of another: where money goes, limits and roles are both's, where there are two."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.connection import Row
from largesse.domain.approvals.errors import RequestUnknown
from largesse.domain.approvals.model import RequestDecision, RequestState
from largesse.kernel.sealing import Sealed

_ONE: Final = "UPDATE 1"
_queries = load(__package__)


class OwnerAct(StrEnum):
    """What takes another owner's word. The words are stored, and never renamed."""

    ROLE = "role"
    """Another role for somebody, from or to one that only owners give."""
    CONFIRM = "confirm"
    """Somebody who accepted an invitation to such a role comes in."""
    END = "end"
    """Another owner works here no more."""
    LIMIT = "limit"
    OWN_LIMIT = "own_limit"
    """A limit of one person, in place of that of everybody; `subject` is the membership."""
    ACCOUNT_NEW = "account_new"
    ACCOUNT_KEY = "account_key"
    ACCOUNT_SIGNING = "account_signing"
    ACCOUNT_DEFAULT = "account_default"
    ACCOUNT_RETIRE = "account_retire"
    INVOICE_ACCOUNT = "invoice_account"
    """The account that invoices ask to be paid into; `subject` is the legal entity."""
    PAID_BY_HAND = "paid_by_hand"
    """What buyers are told who pay without a provider; `subject` is the currency."""


class OwnerChange(msgspec.Struct, frozen=True, kw_only=True):
    """What will be changed: of what (`subject`, an id or a word), called `name`, and to what, by the names of fields.

    `before` is what it was when it was asked for; it is refused where that is different by then.
    """

    act: OwnerAct
    subject: str
    name: str = ""
    to: Mapping[str, str] = {}
    before: str = ""


class OwnerRequest(msgspec.Struct, frozen=True, kw_only=True):
    """That one owner waits for the word of another. `secret` is a key that was typed, sealed; it is kept until then."""

    merchant_id: UUID
    request_id: UUID
    change: OwnerChange
    reason: str
    requested_by: UUID
    made_at: datetime
    expires_at: datetime
    secret: Sealed | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decision: RequestDecision | None = None
    outcome: str | None = None
    by_one: bool = False

    def __repr__(self) -> str:
        return f"OwnerRequest({self.request_id}, {self.change.act})"

    def state(self, now: datetime) -> RequestState:
        """Return what it is just now."""
        if self.decision is not None:
            return RequestState(self.decision.value)
        return RequestState.LAPSED if self.expires_at <= now else RequestState.WAITING


async def insert_owner_request(connection: Connection, request: OwnerRequest) -> bool:
    """Write what is asked for; False where it stands."""
    secret = request.secret
    written = await connection.fetchval(
        _queries.insert_owner_request,
        request.merchant_id,
        request.request_id,
        request.change.act.value,
        msgspec.json.encode(request.change).decode(),
        secret.key_id if secret else None,
        secret.cipher if secret else None,
        request.reason,
        request.requested_by,
        request.made_at,
        request.expires_at,
    )
    return written is not None


async def find_owner_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> OwnerRequest:
    """Return what was asked for under an id.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.find_owner_request, merchant_id, request_id))


async def lock_owner_request(connection: Connection, merchant_id: UUID, request_id: UUID) -> OwnerRequest:
    """Return the same, and keep others from deciding it until the transaction ends.

    Raises:
        RequestUnknown: the merchant has none of that id.
    """
    return _found(await connection.fetchrow(_queries.lock_owner_request, merchant_id, request_id))


async def owner_requests(connection: Connection, merchant_id: UUID) -> Sequence[OwnerRequest]:
    """Return a merchant's requests without what was typed as a secret: what waits first, then the newest decided."""
    return [_request(row) for row in await connection.fetch(_queries.owner_requests, merchant_id)]


async def count_waiting_for_owners(connection: Connection, merchant_id: UUID, *, but: UUID, now: datetime) -> int:
    """Return how many wait that somebody else than `but` asked for."""
    count: int = await connection.fetchval(_queries.count_waiting_for_owners, merchant_id, but, now)
    return count


async def decide_owner_request(
    connection: Connection,
    request: OwnerRequest,
    decision: RequestDecision,
    *,
    by: UUID | None,
    by_one: bool = False,
    now: datetime,
) -> bool:
    """Write what came of it, and forget the secret where it came to nothing; False where it was decided before."""
    key = request.merchant_id, request.request_id
    done = await connection.execute(_queries.decide_owner_request, *key, now, by, decision.value, by_one)
    return done == _ONE


async def end_owner_request(connection: Connection, request: OwnerRequest, outcome: str) -> None:
    """Write what came of doing it, and forget the secret."""
    await connection.execute(_queries.end_owner_request, request.merchant_id, request.request_id, outcome)


async def merchants_with_lapsed_secrets(connection: Connection, now: datetime) -> list[UUID]:
    """Return the merchants that keep a secret of a request that has lapsed."""
    return [row["merchant_id"] for row in await connection.fetch(_queries.merchants_with_lapsed_secrets, now)]


async def forget_lapsed_secrets(connection: Connection, merchant_id: UUID, now: datetime) -> int:
    """Forget the secrets of a merchant's requests that have lapsed, and return how many."""
    done = await connection.execute(_queries.forget_lapsed_secrets, merchant_id, now)
    return int(done.rpartition(" ")[2])


async def withdraw_owner_requests_of(connection: Connection, merchant_id: UUID, person_id: UUID, now: datetime) -> None:
    """Withdraw what somebody waits for who is no owner any more."""
    await connection.execute(_queries.withdraw_owner_requests_of, merchant_id, person_id, now)


def _found(row: Row | None) -> OwnerRequest:
    if row is None:
        raise RequestUnknown
    return _request(row)


def _request(row: Row) -> OwnerRequest:
    given = dict(row)
    key_id, cipher = given.pop("secret_key_id"), given.pop("secret_cipher")
    return OwnerRequest(
        **{
            **given,
            "change": msgspec.json.decode(row["change"], type=OwnerChange),
            "secret": Sealed(key_id, cipher) if key_id is not None else None,
            "decision": RequestDecision(row["decision"]) if row["decision"] else None,
        }
    )
