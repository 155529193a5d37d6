"""Who asks for something, under which id, and which certificate it is about."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

import msgspec

from largesse.kernel.ids import derived_id, new_id


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Name who asks (`partner:…`, `cli:…`, `duty:expire`), why, and the operation id under which it happens once.

    The same id with the same request gives the first outcome again; with another request it is refused.
    """

    operation_id: UUID
    actor: str
    memo: str | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate by its ids."""

    merchant_id: UUID
    certificate_id: UUID


class Said(TypedDict):
    """What every command to the ledger says, whatever it asks for."""

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    actor: str
    memo: str | None


def said_of(place: Place, request: Request) -> Said:
    """Return what a command about the certificate at `place` says of it and of who asks. Pure."""
    return Said(
        merchant_id=place.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=request.operation_id,
        actor=request.actor,
        memo=request.memo,
    )


def operation_id(merchant_id: UUID, *, given: UUID | None, idempotency_key: str | None, now: datetime) -> UUID:
    """Return the operation id that a caller gave, the one that always stands for its key, or a fresh one."""
    if given is not None:
        return given
    if idempotency_key is not None:
        return derived_id("idempotency-key", merchant_id, idempotency_key)
    return new_id(now)
