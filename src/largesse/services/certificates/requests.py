"""Who asks for something, under which id, which certificate it is about, and where it happens."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

import msgspec

from largesse.kernel.errors import LargesseError
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.where import Where
from largesse.ledger import EntryMode


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Name who asks (`partner:…`, `cli:…`, `duty:expire`), why, and the operation id under which it happens once.

    The same id with the same request gives the first outcome again; with another request it is refused. `expected_seq`
    is how often the certificate had changed when they looked at it, where that matters to them.
    """

    operation_id: UUID
    actor: str
    memo: str | None = None
    expected_seq: int | msgspec.UnsetType = msgspec.UNSET


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate by its ids."""

    merchant_id: UUID
    certificate_id: UUID


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where something happens, on which device, and how the number came in.

    Of a location that is None, the ledger takes the merchant's home. `refusal` is why nothing new happens there.
    """

    where: Where | None = None
    device_id: UUID | None = None
    entry_mode: EntryMode | None = None
    refusal: LargesseError | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Return what a request says of it, for its fingerprint: the location's id, not what is known of it now.

        A device says where it is, which may have changed when the request is repeated.
        """
        location_id = self.where.location_id if self.where and not self.device_id else None
        named = (location_id, self.device_id, self.entry_mode)
        return tuple("" if one is None else str(one) for one in named) if any(named) else ()


AT_HOME = Spot()


class Said(TypedDict):
    """What every command to the ledger says, whatever it asks for."""

    merchant_id: UUID
    certificate_id: UUID
    operation_id: UUID
    actor: str
    memo: str | None
    where: Where | None
    device_id: UUID | None
    entry_mode: EntryMode | None
    expected_seq: int | msgspec.UnsetType


def said_of(place: Place, request: Request, spot: Spot = AT_HOME) -> Said:
    """Return what a command about the certificate at `place` says of it, of who asks, and of where. Pure."""
    return Said(
        merchant_id=place.merchant_id,
        certificate_id=place.certificate_id,
        operation_id=request.operation_id,
        actor=request.actor,
        memo=request.memo,
        where=spot.where,
        device_id=spot.device_id,
        entry_mode=spot.entry_mode,
        expected_seq=request.expected_seq,
    )


def operation_id(merchant_id: UUID, *, given: UUID | None, idempotency_key: str | None, now: datetime) -> UUID:
    """Return the operation id that a caller gave, the one that always stands for its key, or a fresh one."""
    if given is not None:
        return given
    if idempotency_key is not None:
        return derived_id("idempotency-key", merchant_id, idempotency_key)
    return new_id(now)
