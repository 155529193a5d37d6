"""Care for endpoints that stand: pause and resume, another secret, an owner's word, deliveries once more. All audited.

Each is told of whose merchant the endpoint must be, so that nobody reaches another one's by its id.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from largesse import outbox
from largesse.db import Connection
from largesse.domain import staff
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom, ReasonInvalid
from largesse.kernel.errors import FieldError
from largesse.kernel.sealing import Keyring
from largesse.ledger import OperationConflict
from largesse.outbox import Delivery, DeliveryNotFound, Endpoint, EndpointNotFound, EndpointStatus, Sender
from largesse.services.endpoints.dependencies import EndpointDependencies
from largesse.services.endpoints.managing import record
from largesse.services.endpoints.sample import Trial, try_endpoint

AGAIN_REASON_MAX: Final = 400


async def endpoint_of(connection: Connection, merchant_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint of a merchant that was not removed.

    Raises:
        EndpointNotFound: the merchant has none of that id.
    """
    found = await outbox.standing_endpoint(connection, endpoint_id)
    if found.merchant_id != merchant_id:
        raise EndpointNotFound
    return found


async def pause_endpoint(connection: Connection, endpoint_id: UUID, *, by: ByWhom, now: datetime) -> Endpoint:
    """Stop sending to an endpoint; its deliveries gather and wait.

    Raises:
        EndpointNotFound, EndpointNotActive, EndpointWaits: as `outbox.pause_endpoint`.
    """
    paused = await outbox.pause_endpoint(connection, endpoint_id)
    await record(connection, paused, Audited.ENDPOINT_PAUSED, by, now=now)
    return paused


async def resume_endpoint(connection: Connection, endpoint_id: UUID, *, by: ByWhom, now: datetime) -> Endpoint:
    """Send to a paused or disabled endpoint again; all that waits is due at once.

    Raises:
        EndpointNotFound, EndpointWaits: as `outbox.resume_endpoint`.
    """
    resumed = await outbox.resume_endpoint(connection, endpoint_id, now=now)
    await record(connection, resumed, Audited.ENDPOINT_RESUMED, by, now=now)
    return resumed


async def rotate_secret(
    connection: Connection,
    keyring: Keyring,
    endpoint_id: UUID,
    *,
    overlap: timedelta,
    by: ByWhom,
    now: datetime,
) -> str:
    """Give an endpoint another signing secret and return it, this once; the old one signs too until `overlap` ends.

    Raises:
        EndpointNotFound, EndpointNotSigned: as `outbox.rotate_secret`.
    """
    secret = await outbox.rotate_secret(connection, keyring, endpoint_id, now=now, overlap=overlap)
    endpoint = await outbox.standing_endpoint(connection, endpoint_id)
    await record(connection, endpoint, Audited.ENDPOINT_SECRET_ROTATED, by, now=now)
    return secret


async def admit_endpoint(
    connection: Connection, keyring: Keyring, endpoint_id: UUID, *, by: ByWhom, now: datetime
) -> Endpoint:
    """Give an owner's word: a new endpoint is told from now on, or one leads to the host that was asked for.

    Raises:
        EndpointNotFound, NothingAsked: as `outbox.admit_endpoint`.
    """
    admitted = await outbox.admit_endpoint(connection, keyring, endpoint_id, now=now)
    await record(connection, admitted, Audited.ENDPOINT_ADMITTED, by, admitted.url, now=now)
    return admitted


async def decline_endpoint(connection: Connection, endpoint_id: UUID, *, by: ByWhom, now: datetime) -> Endpoint:
    """Refuse an owner's word: a new endpoint is removed, another one goes on as it is.

    Raises:
        EndpointNotFound, NothingAsked: as `outbox.decline_endpoint`.
    """
    asked = (await outbox.standing_endpoint(connection, endpoint_id)).asked
    declined = await outbox.decline_endpoint(connection, endpoint_id, now=now)
    where = asked.url if asked and asked.url else declined.url
    await record(connection, declined, Audited.ENDPOINT_DECLINED, by, where, now=now)
    return declined


async def send_again(
    connection: Connection, endpoint_id: UUID, event_id: UUID, *, by: ByWhom, now: datetime
) -> Delivery:
    """Queue one delivery again, whatever became of it: once for an operation, however often it is asked for.

    Raises:
        EndpointNotFound, EndpointNotActive, EndpointWaits, DeliveryNotFound: as `outbox.resend`.
        OperationConflict: the operation was another one.
        ReasonInvalid: the reason is empty or too long.
    """
    _check_reason(by)
    endpoint = await outbox.standing_endpoint(connection, endpoint_id)
    found = await outbox.find_delivery(connection, endpoint.merchant_id, endpoint_id, event_id)
    if found is None:
        raise DeliveryNotFound
    said = f"one, {found.kind} {event_id}"
    if await record(connection, endpoint, Audited.DELIVERIES_SENT_AGAIN, by, said, now=now):
        return await outbox.resend(connection, endpoint_id, event_id, now=now)
    await _was_the_same(connection, endpoint, by, said)
    return found


async def send_failed_again(
    deps: EndpointDependencies, endpoint_id: UUID, *, since: datetime, by: ByWhom, now: datetime
) -> int | None:
    """Queue every delivery again that was given up since a moment, and return how many.

    Returns None where the operation was done before: what has failed since is left alone.

    Raises:
        EndpointNotFound, EndpointNotActive, EndpointWaits: as `outbox.resend_failed`.
        OperationConflict: the operation was another one.
        ReasonInvalid: the reason is empty or too long.
    """
    _check_reason(by)
    try:
        async with deps.transaction() as connection:
            endpoint = await outbox.standing_endpoint(connection, endpoint_id)
            if await _was_the_same(connection, endpoint, by, ""):
                return None
            count = await outbox.resend_failed(connection, endpoint_id, since=since, now=now)
            said = f"{count} since {since:%Y-%m-%d %H:%M} UTC"
            if count and not await record(connection, endpoint, Audited.DELIVERIES_SENT_AGAIN, by, said, now=now):
                raise _DoneMeanwhile
    except _DoneMeanwhile:
        async with deps.database.connection() as connection:
            await _was_the_same(connection, await outbox.standing_endpoint(connection, endpoint_id), by, "")
        return None
    return count


class _DoneMeanwhile(Exception):
    """Take back what was queued: somebody else has claimed the operation between our look and our entry."""


def _check_reason(by: ByWhom) -> None:
    """Refuse words that would stand in the audit log in part only, behind what was sent again; programs give none.

    Raises:
        ReasonInvalid: they are empty or too long.
    """
    if by.why is not None and not 0 < len(by.why.strip()) <= AGAIN_REASON_MAX:
        message = f"Give a reason of 1 to {AGAIN_REASON_MAX} characters."
        raise ReasonInvalid(message, fields=[FieldError("reason", ReasonInvalid.code, message)])


async def _was_the_same(connection: Connection, endpoint: Endpoint, by: ByWhom, said: str) -> bool:
    """Return whether an operation stands in the audit log, as one that sent again to this endpoint.

    Raises:
        OperationConflict: it was something else.
    """
    if by.operation_id is None:
        return False
    entry = await staff.find_entry(connection, endpoint.merchant_id, by.operation_id)
    if entry is None:
        return False
    same = (entry.action, entry.subject) == (Audited.DELIVERIES_SENT_AGAIN, str(endpoint.endpoint_id))
    if not same or (entry.reason or "").startswith("one, ") != bool(said) or not (entry.reason or "").startswith(said):
        raise OperationConflict
    return True


async def try_out(
    deps: EndpointDependencies, sender: Sender, merchant: Merchant, endpoint: Endpoint, *, by: ByWhom, now: datetime
) -> Trial:
    """Send a sample order to an endpoint, and return what came back.

    Raises:
        EndpointNotPosted: it is mail.
    """
    trial = await try_endpoint(
        endpoint,
        deps.keyring,
        sender,
        merchant_number=merchant.number,
        time_zone=merchant.time_zone,
        now=now,
    )
    async with deps.database.transaction() as connection:
        said = trial.answer.error or str(trial.answer.status_code)
        await record(connection, endpoint, Audited.ENDPOINT_TRIED, by, said[:200], now=now)
    return trial


def is_standing(endpoint: Endpoint) -> bool:
    """Return whether deliveries may be queued for it just now."""
    return endpoint.status in {EndpointStatus.ACTIVE, EndpointStatus.PAUSED}
