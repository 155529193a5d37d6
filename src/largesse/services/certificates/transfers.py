"""Move value between certificates: merge two, or give one a new number."""

from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, gathering
from largesse.domain import cards, certificates, staff
from largesse.domain.cards import BatchKind
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited
from largesse.kernel.errors import Conflict, LargesseError
from largesse.kernel.ids import derived_id
from largesse.kernel.numbers import make_number
from largesse.ledger import CertificateBlocked, Kind, Outcome, Status, Transfer, fingerprint_of
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.requests import Place, Request, said_of

_BY_GATEWAY = "gateway:"


class MerchantsDiffer(Conflict):
    """Refuse to move value from one merchant's certificate to another's."""

    code = "certificate.transfer.merchants"
    message = "Value moves only between certificates of one merchant."


class ReissueOfPool(Conflict):
    """Refuse a new number of ours where the till that made the code would not know it."""

    code = "certificate.reissue.pool"
    message = (
        "Its code was made by your till, which would not know a new number of ours. Void or refund it, and sell "
        "another code of the pool."
    )


class Reissued(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a reissue: the ledger's outcome, and the new certificate with its number."""

    outcome: Outcome
    certificate_id: UUID
    number: str

    def __repr__(self) -> str:
        """Leave the number out: it is a bearer secret."""
        return f"Reissued(certificate_id={self.certificate_id})"


async def merge(
    deps: CertificateDependencies,
    source: Place,
    target: Place,
    *,
    value: int,
    gratuity: int = 0,
    request: Request,
    now: datetime,
) -> Outcome:
    """Move `value` and `gratuity` from one certificate to another of the same merchant, currency and class.

    Raises:
        MerchantsDiffer: they belong to two merchants.
        LargesseError: the ledger refuses it.
    """
    if source.merchant_id != target.merchant_id:
        raise MerchantsDiffer
    command = Transfer(
        **said_of(source, request),
        to_certificate_id=target.certificate_id,
        value=value,
        gratuity=gratuity,
    )
    return await deps.ledger.submit(command, now=now)


async def reissue(
    deps: CertificateDependencies, merchant: Merchant, place: Place, *, request: Request, now: datetime
) -> Reissued:
    """Move all that a certificate holds to a new one with a new number, and void the old.

    Value, journal, number and audit log are written together; the same request again returns the same new number.

    Raises:
        CertificateBlocked: it is blocked because its payment is disputed or went back, which a new number would lift.
        ReissueOfPool: its code is one of a pool that the merchant's till made.
        LargesseError: the ledger refuses it.
    """

    async def work(connection: Connection) -> Reissued:
        return await reissue_within(connection, deps, merchant, place, request=request, now=now)

    return await deps.retrying(work)


async def reissue_within(
    connection: Connection,
    deps: CertificateDependencies,
    merchant: Merchant,
    place: Place,
    *,
    request: Request,
    now: datetime,
) -> Reissued:
    """Do the same in the caller's transaction.

    Raises:
        CertificateBlocked, ReissueOfPool: as `reissue`.
        LargesseError: the ledger refuses it.
    """
    target = derived_id("reissue", place.merchant_id, request.operation_id)
    command = Transfer(**said_of(place, request), to_certificate_id=target, reissue=True)
    locked = await deps.ledger.lock(connection, place.merchant_id, [place.certificate_id])
    asked = fingerprint_of(command)
    done = await deps.ledger.replayed(connection, place.merchant_id, request.operation_id, fingerprint=asked)
    if done is None:
        await _refuse_of_pool(connection, place)
    if done is None and any(one.status is Status.BLOCKED for one in locked.values()):
        await _refuse_blocked_for_money(deps, connection, place)
    [outcome] = await deps.ledger.post(connection, [command], now=now)
    if isinstance(outcome, LargesseError):
        raise outcome
    if outcome.replayed:
        numbers = await certificates.open_numbers(connection, deps.keyring, place.merchant_id, [target])
        return Reissued(outcome=outcome, certificate_id=target, number=numbers[target])
    number = make_number(merchant.prefix)
    row = certificates.seal_number(deps.keyring, place.merchant_id, target, number)
    async with gathering(connection) as writes:
        certificates.insert_numbers(writes, [row])
    await staff.record(
        connection,
        place.merchant_id,
        Audited.CERTIFICATE_REISSUED,
        subject=str(place.certificate_id),
        actor=request.actor,
        reason=None,  # the journal keeps the memo, where it can be erased
        now=now,
    )
    return Reissued(outcome=outcome, certificate_id=target, number=number)


async def _refuse_of_pool(connection: Connection, place: Place) -> None:
    """Refuse a new number to what was drawn from a pool.

    Raises:
        ReissueOfPool: it was.
    """
    card = await cards.batch_of_certificate(connection, place.merchant_id, place.certificate_id)
    batch = await cards.find_batch(connection, place.merchant_id, card[0]) if card is not None else None
    if batch is not None and batch.kind is BatchKind.POOL:
        raise ReissueOfPool


async def _refuse_blocked_for_money(deps: CertificateDependencies, connection: Connection, place: Place) -> None:
    """Refuse a new number to what a gateway's news has blocked: a lost certificate is blocked by staff.

    Raises:
        CertificateBlocked: it was.
    """
    history = await deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    block = next((row for row in reversed(history) if row.kind is Kind.BLOCK), None)
    if block is not None and block.actor.startswith(_BY_GATEWAY):
        message = "It is blocked because its payment is disputed or went back. Settle that first, or unblock it."
        raise CertificateBlocked(message)
