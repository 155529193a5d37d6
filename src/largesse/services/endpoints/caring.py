"""Care for endpoints that stand: pause and resume, another secret, an owner's word, deliveries once more. All audited.

Each is told of whose merchant the endpoint must be, so that nobody reaches another one's by its id.
"""

from datetime import datetime, timedelta
from uuid import UUID

from largesse import outbox
from largesse.db import Connection
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, ByWhom
from largesse.kernel.sealing import Keyring
from largesse.outbox import Delivery, Endpoint, EndpointNotFound, EndpointStatus, Sender
from largesse.services.endpoints.dependencies import EndpointDependencies
from largesse.services.endpoints.managing import record
from largesse.services.endpoints.sample import Trial, try_endpoint


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
    """Queue one delivery again, whatever became of it.

    Raises:
        EndpointNotFound, EndpointNotActive, EndpointWaits, DeliveryNotFound: as `outbox.resend`.
    """
    delivery = await outbox.resend(connection, endpoint_id, event_id, now=now)
    endpoint = await outbox.standing_endpoint(connection, endpoint_id)
    await record(connection, endpoint, Audited.DELIVERIES_SENT_AGAIN, by, f"one, {delivery.kind}", now=now)
    return delivery


async def send_failed_again(
    deps: EndpointDependencies, endpoint_id: UUID, *, since: datetime, by: ByWhom, now: datetime
) -> int:
    """Queue every delivery again that was given up since a moment, and return how many.

    Raises:
        EndpointNotFound, EndpointNotActive, EndpointWaits: as `outbox.resend_failed`.
    """
    count = await outbox.resend_failed(deps.database, endpoint_id, since=since, now=now)
    if count:
        async with deps.transaction() as connection:
            endpoint = await outbox.standing_endpoint(connection, endpoint_id)
            said = f"{count} since {since:%Y-%m-%d %H:%M} UTC"
            await record(connection, endpoint, Audited.DELIVERIES_SENT_AGAIN, by, said, now=now)
    return count


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
