"""The outbox's tables: events, endpoints, deliveries and attempts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from largesse.db.connection import Connection
from largesse.db.sql import load
from largesse.db.writes import Writes, gathering
from largesse.kernel.events import Event
from largesse.kernel.sealing import Sealed
from largesse.outbox.endpoint_rows import columns_of, endpoint_of
from largesse.outbox.errors import EndpointNotFound
from largesse.outbox.model import MAIL_DUE, Claimed, Delivery, DeliveryStatus, Endpoint, EndpointStatus
from largesse.outbox.retries import Verdict

_SQL = load("largesse.outbox")
_ENCODER = msgspec.json.Encoder()
_RESEND_BATCH = 5000
_NO_EVENT = UUID(int=0)

GONE = '{"gone":true}'
"""What stands for a payload that was erased, or is not kept any longer."""


class Failed(msgspec.Struct, frozen=True):
    """A place in the list of deliveries that were given up, in the order in which they were."""

    settled_at: datetime
    event_id: UUID = _NO_EVENT


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt of a claimed delivery, and what follows from it."""

    claimed: Claimed
    verdict: Verdict
    started_at: datetime
    ended_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    answer: bytes
    body: bytes


async def publish(connection: Connection, events: Sequence[Event]) -> None:
    """Write events and a delivery to every endpoint that listens, inside the caller's transaction.

    Publishing an event id again changes nothing of it, and nobody is told twice: a transaction may be run again. Paused
    endpoints gather deliveries; disabled ones do not.
    """
    async with gathering(connection) as writes:
        add_events(writes, events)


def add_events(writes: Writes, events: Sequence[Event]) -> None:
    """Add to `writes` what `publish` writes. Once for each `writes`: their place in it is their place in the queue."""
    if not events:
        return
    merchants = [event.merchant_id for event in events]
    ids = [event.event_id for event in events]
    kinds = [event.kind for event in events]
    moments = [event.occurred_at for event in events]
    writes.add(
        _SQL.insert_events,
        merchants,
        ids,
        kinds,
        [event.version for event in events],
        [event.payload.decode() for event in events],
        moments,
    )
    writes.add(_SQL.queue_deliveries, merchants, ids, kinds, moments)
    told = [event for event in events if event.kind != MAIL_DUE]
    if told:
        writes.add(_SQL.leave_unnumbered, [event.merchant_id for event in told], [event.event_id for event in told])


async def queue_for(connection: Connection, endpoint: Endpoint, events: Sequence[Event], *, now: datetime) -> int:
    """Queue events for one endpoint alone, due at `now`, and return how many it had not been told of.

    An event that stands is sent as it was frozen; one whose payload is gone says what it says now.
    """
    if not events:
        return 0
    merchants, ids = [event.merchant_id for event in events], [event.event_id for event in events]
    payloads = [event.payload.decode() for event in events]
    await connection.execute(
        _SQL.insert_events,
        merchants,
        ids,
        [event.kind for event in events],
        [event.version for event in events],
        payloads,
        [event.occurred_at for event in events],
    )
    await connection.execute(_SQL.restore_payloads, merchants, ids, payloads, GONE)
    queued = await connection.fetch(
        _SQL.queue_for, endpoint.merchant_id, endpoint.endpoint_id, endpoint.ordered, ids, now
    )
    return len(queued)


async def publish_once(connection: Connection, events: Mapping[UUID, Event]) -> list[Event]:
    """Publish those events, by an id of what they tell, that were never told, and return them.

    Safe on several workers at once: who comes second waits, and finds it told.
    """
    rows = [(event.merchant_id, once_id, event.event_id) for once_id, event in sorted(events.items())]
    fresh = {row["once_id"] for row in await connection.fetch(_SQL.tell_once, *_columns(rows, 3))}
    told = [event for once_id, event in events.items() if once_id in fresh]
    await publish(connection, told)
    return told


async def hint(connection: Connection) -> None:
    """Wake the relays. Never inside a money transaction: NOTIFY makes commits queue behind one lock."""
    await connection.execute(_SQL.hint)


async def insert_endpoint(connection: Connection, endpoint: Endpoint) -> bool:
    """Add an endpoint that is signed; return whether it was new: one whose id stands already is left as it is."""
    sealed, asked = endpoint.secret, endpoint.asked
    assert sealed is not None
    added = await connection.execute(
        _SQL.insert_endpoint,
        endpoint.merchant_id,
        endpoint.endpoint_id,
        endpoint.format,
        endpoint.url,
        list(endpoint.events),
        _ENCODER.encode(endpoint.options).decode(),
        *columns_of(endpoint.private),
        endpoint.ordered,
        sealed.cipher,
        sealed.key_id,
        endpoint.created_at,
        endpoint.status.value,
        asked.by if asked else None,
        asked.at if asked else None,
    )
    return bool(added == "INSERT 0 1")


async def ask(connection: Connection, endpoint: Endpoint) -> None:
    """Write what waits for an owner's word, or that nothing does."""
    asked = endpoint.asked
    await connection.execute(
        _SQL.ask_of_endpoint,
        endpoint.merchant_id,
        endpoint.endpoint_id,
        asked.by if asked else None,
        asked.at if asked else None,
        asked.url or None if asked else None,
        *columns_of(asked.query if asked else None),
    )


async def update_endpoint(connection: Connection, endpoint: Endpoint) -> None:
    """Write what an endpoint is now. It is locked."""
    await connection.execute(
        _SQL.update_endpoint,
        endpoint.merchant_id,
        endpoint.endpoint_id,
        endpoint.url,
        list(endpoint.events),
        _ENCODER.encode(endpoint.options).decode(),
        *columns_of(endpoint.private),
        endpoint.ordered,
        endpoint.failing_since,
    )


async def reorder(connection: Connection, endpoint: Endpoint) -> None:
    """Have what waits for an endpoint sent in order, or freely, as the endpoint asks."""
    await connection.execute(_SQL.reorder, endpoint.merchant_id, endpoint.endpoint_id, endpoint.ordered)


async def hasten(connection: Connection, endpoint: Endpoint, *, now: datetime) -> None:
    """Have all that waits for a retry due at `now`, with a fresh schedule."""
    await connection.execute(_SQL.hasten, endpoint.merchant_id, endpoint.endpoint_id, now)


async def remove_endpoint(connection: Connection, endpoint: Endpoint, *, now: datetime) -> None:
    """Delete an endpoint's secrets, and give up what waits for it."""
    await connection.execute(_SQL.remove_endpoint, endpoint.merchant_id, endpoint.endpoint_id)
    await connection.execute(_SQL.give_up_waiting, endpoint.merchant_id, endpoint.endpoint_id, now)


async def upsert_notices(
    connection: Connection, merchant_id: UUID, endpoint_id: UUID, url: str, events: Sequence[str], *, now: datetime
) -> None:
    """Point a merchant's e-mail notices at an address."""
    await connection.execute(_SQL.upsert_notices, merchant_id, endpoint_id, url, list(events), now)


async def open_mail(
    connection: Connection, merchant_id: UUID, endpoint_id: UUID, url: str, events: Sequence[str], *, now: datetime
) -> None:
    """Add an endpoint by which a merchant's mails leave, unless it stands."""
    await connection.execute(_SQL.open_mail, merchant_id, endpoint_id, url, list(events), now)


async def find_endpoint(connection: Connection, endpoint_id: UUID, *, lock: bool = False) -> Endpoint:
    """Return an endpoint by its id alone; with `lock`, held until the transaction ends.

    Raises:
        EndpointNotFound: there is none.
    """
    row = await connection.fetchrow(_SQL.lock_endpoint if lock else _SQL.find_endpoint, endpoint_id)
    if row is None:
        raise EndpointNotFound
    return endpoint_of(row)


async def list_endpoints(connection: Connection, merchant_id: UUID | None = None) -> list[Endpoint]:
    """Return the endpoints of a merchant, or of everyone, oldest first."""
    return [endpoint_of(row) for row in await connection.fetch(_SQL.list_endpoints, merchant_id)]


async def endpoints_by_id(connection: Connection, keys: Sequence[tuple[UUID, UUID]]) -> dict[UUID, Endpoint]:
    """Return the endpoints of the (merchant, endpoint) pairs, by endpoint id."""
    merchants, endpoints = _columns(keys, 2)
    rows = await connection.fetch(_SQL.endpoints_by_id, merchants, endpoints)
    return {row["endpoint_id"]: endpoint_of(row) for row in rows}


async def set_endpoint_status(
    connection: Connection, endpoint: Endpoint, status: EndpointStatus, reason: str | None
) -> None:
    """Pause, resume or disable an endpoint."""
    await connection.execute(_SQL.set_endpoint_status, endpoint.merchant_id, endpoint.endpoint_id, status.value, reason)


async def rotate_secret(
    connection: Connection, endpoint: Endpoint, sealed: Sealed, *, previous_until: datetime
) -> None:
    """Put a new secret in place; the old one signs beside it until `previous_until`."""
    await connection.execute(
        _SQL.rotate_secret, endpoint.merchant_id, endpoint.endpoint_id, sealed.cipher, sealed.key_id, previous_until
    )


async def merchants_due(connection: Connection, *, now: datetime, since: UUID) -> list[UUID]:
    """Return the merchants whose active endpoints have deliveries due at `now`, of events from `since` on."""
    return [row["merchant_id"] for row in await connection.fetch(_SQL.merchants_due, now, since)]


async def claim(
    connection: Connection,
    merchant_id: UUID,
    *,
    now: datetime,
    lease_end: datetime,
    limit: int,
    per_endpoint: int,
    per_failing_endpoint: int,
    failing_after: timedelta,
    held: dict[UUID, int],
    since: UUID,
) -> list[Claimed]:
    """Lease a merchant's deliveries that are due at `now`, in the order in which they are to be sent.

    An endpoint that has failed for `failing_after` counts as failing; `held` counts what the caller has of an endpoint
    already. Nothing waits of events below `since`.
    """
    rows = await connection.fetch(
        _SQL.claim,
        merchant_id,
        now,
        lease_end,
        limit,
        per_endpoint,
        per_failing_endpoint,
        list(held),
        list(held.values()),
        failing_after,
        since,
        int(now.timestamp() * 1000),
    )
    rows.sort(key=lambda row: (row["queued_at"], row["position"]))
    return [
        Claimed(
            merchant_id=row["merchant_id"],
            endpoint_id=row["endpoint_id"],
            event_id=row["event_id"],
            tries=row["tries"],
            leased_until=row["leased_until"],
            kind=row["kind"],
            version=row["version"],
            payload=row["payload"],
            occurred_at=row["occurred_at"],
        )
        for row in rows
    ]


async def release(connection: Connection, unsent: Sequence[Claimed]) -> None:
    """Give back deliveries that were leased and not sent."""
    keys = [(item.merchant_id, item.endpoint_id, item.event_id, item.leased_until) for item in unsent]
    await connection.execute(
        _SQL.release, *_columns(keys, 4), min((item.event_id for item in unsent), default=_NO_EVENT)
    )


async def settle(connection: Connection, results: Sequence[Result]) -> None:
    """Record attempts and what follows from each, with one statement. Running it again changes nothing."""
    rows = [
        (
            result.claimed.merchant_id,
            result.claimed.endpoint_id,
            result.claimed.event_id,
            result.claimed.leased_until,
            result.verdict.status.value,
            result.verdict.next_attempt_at,
            None if result.verdict.status is DeliveryStatus.PENDING else result.ended_at,
            result.started_at,
            result.duration_ms,
            result.status_code,
            result.error,
            result.answer,
            result.body,
        )
        for result in results
    ]
    first = min((result.claimed.event_id for result in results), default=_NO_EVENT)
    await connection.execute(_SQL.settle, *_columns(rows, 13), first)


async def note_health(connection: Connection, rows: Sequence[tuple[UUID, UUID, bool, datetime]]) -> None:
    """Write down for (merchant, endpoint) whether it is healthy, and if not, since when."""
    await connection.execute(_SQL.note_health, *_columns(rows, 4))


async def note_success(connection: Connection, rows: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Write down for (merchant, endpoint) that it took something at a moment."""
    await connection.execute(_SQL.note_success, *_columns(rows, 3))


async def disable_failing(
    connection: Connection, rows: Sequence[tuple[UUID, UUID, bool]], *, failing_before: datetime
) -> list[Endpoint]:
    """Disable those of (merchant, endpoint, gone) that are gone or fail since `failing_before`, and return them."""
    merchants, endpoints, gone = _columns(rows, 3)
    found = await connection.fetch(_SQL.disable_failing, merchants, endpoints, failing_before, gone)
    return [endpoint_of(row) for row in found]


async def resend_one(connection: Connection, delivery: Delivery, *, now: datetime) -> None:
    """Queue a delivery again with a fresh schedule, due at `now`."""
    await connection.execute(_SQL.resend_one, delivery.merchant_id, delivery.endpoint_id, delivery.event_id, now)


async def last_failed_at(connection: Connection, endpoint: Endpoint) -> datetime | None:
    """Return when the latest delivery of an endpoint that was given up was, None when there is none."""
    found: datetime | None = await connection.fetchval(_SQL.last_failed_at, endpoint.merchant_id, endpoint.endpoint_id)
    return found


async def resend_failed(
    connection: Connection, endpoint: Endpoint, *, last_seen: Failed, until: datetime, now: datetime
) -> tuple[int, Failed] | None:
    """Queue some of the deliveries that were given up behind a place and up to a moment.

    Returns how many, and behind which place to go on; None when none are left.
    """
    row = await connection.fetchrow(
        _SQL.resend_failed,
        endpoint.merchant_id,
        endpoint.endpoint_id,
        last_seen.settled_at,
        last_seen.event_id,
        until,
        now,
        _RESEND_BATCH,
    )
    if row is None or row["settled_at"] is None:
        return None
    return row["queued"], Failed(row["settled_at"], row["event_id"])


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Turn rows into one array per column, which is how unnest takes them."""
    return [[row[index] for row in rows] for index in range(width)]
