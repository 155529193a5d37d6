"""Read models: deliveries and attempts for screens, commands and exports, and how far the relay is behind."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, column, select, table, true
from sqlalchemy import types as sql
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE

from largesse.db.connection import Connection, Row
from largesse.db.expression import compile_statement
from largesse.db.sql import load
from largesse.kernel.paging import Period
from largesse.outbox.model import Attempt, Delivery, DeliveryStatus, Endpoint
from largesse.outbox.months import first_waiting

_SQL = load("largesse.outbox")
_MOMENT = sql.DateTime(timezone=True)

_DELIVERIES = table(
    "deliveries",
    column("merchant_id", UUID_TYPE),
    column("endpoint_id", UUID_TYPE),
    column("event_id", UUID_TYPE),
    column("status", sql.Text),
    column("attempts", sql.Integer),
    column("queued_at", _MOMENT),
    column("next_attempt_at", _MOMENT),
    column("settled_at", _MOMENT),
)
_EVENTS = table(
    "events",
    column("merchant_id", UUID_TYPE),
    column("event_id", UUID_TYPE),
    column("kind", sql.Text),
    column("occurred_at", _MOMENT),
)
_ENDPOINTS = table(
    "endpoints",
    column("merchant_id", UUID_TYPE),
    column("endpoint_id", UUID_TYPE),
    column("format", sql.Text),
)


async def find_delivery(
    connection: Connection, merchant_id: UUID, endpoint_id: UUID, event_id: UUID
) -> Delivery | None:
    """Return one delivery, None when there is none of these ids."""
    row = await connection.fetchrow(_SQL.find_delivery, merchant_id, endpoint_id, event_id)
    return None if row is None else _delivery(row)


async def list_deliveries(
    connection: Connection,
    endpoint: Endpoint,
    *,
    status: DeliveryStatus | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """Return deliveries of an endpoint, newest first; `before` is the event id at which the page before ended."""
    query = (
        _deliveries_with_events()
        .where(_DELIVERIES.c.merchant_id == endpoint.merchant_id, _DELIVERIES.c.endpoint_id == endpoint.endpoint_id)
        .order_by(_DELIVERIES.c.event_id.desc())
        .limit(limit)
    )
    if status is not None:
        query = query.where(_DELIVERIES.c.status == status.value)
    if before is not None:
        query = query.where(_DELIVERIES.c.event_id < before)
    text, values = compile_statement(query)
    return [_delivery(row) for row in await connection.fetch(text, *values)]


async def attempts_of(connection: Connection, delivery: Delivery) -> list[Attempt]:
    """Return every attempt of a delivery, first to last."""
    rows = await connection.fetch(_SQL.attempts_of, delivery.merchant_id, delivery.endpoint_id, delivery.event_id)
    return [Attempt(**dict(row)) for row in rows]


async def pending(connection: Connection, *, up_to: int) -> int:
    """Return how many deliveries wait, due or not; more than `up_to` are not counted."""
    count: int = await connection.fetchval(_SQL.pending, up_to)
    return count


async def oldest_due(connection: Connection, *, now: datetime) -> datetime | None:
    """Return since when the longest-waiting delivery of a healthy endpoint has been due, None when nothing waits."""
    since = await first_waiting(connection, now=now)
    found: datetime | None = await connection.fetchval(_SQL.oldest_due, now, since)
    return found


async def newest_at(connection: Connection, merchants: Sequence[UUID]) -> datetime | None:
    """Return when the newest event of some merchants happened, None when there is none."""
    found: datetime | None = await connection.fetchval(_SQL.newest_at, list(merchants))
    return found


def deliveries_export(
    merchant_id: UUID,
    *,
    period: Period,
    endpoint_id: UUID | None = None,
    status: DeliveryStatus | None = None,
) -> tuple[str, list[object]]:
    """Return the query, and its parameters, of the export `deliveries`: one row each, by event, for a cursor or COPY.

    `period` is of the moments at which the events occurred. Columns: event_id, kind, occurred_at, endpoint_id, format,
    status, attempts, next_attempt_at, settled_at. No URL: its query may hold a key phrase.
    """
    delivery, endpoint = _DELIVERIES.c, _ENDPOINTS.c
    same_event = (_EVENTS.c.merchant_id == delivery.merchant_id) & (_EVENTS.c.event_id == delivery.event_id)
    # LIMIT 1 keeps the join one by key, also for a merchant that statistics do not know.
    events = select(_EVENTS.c.kind, _EVENTS.c.occurred_at).where(same_event).limit(1).lateral("event")
    event = events.c
    same_endpoint = (endpoint.merchant_id == delivery.merchant_id) & (endpoint.endpoint_id == delivery.endpoint_id)
    query = (
        select(
            delivery.event_id,
            event.kind,
            event.occurred_at,
            delivery.endpoint_id,
            endpoint.format,
            delivery.status,
            delivery.attempts,
            delivery.next_attempt_at,
            delivery.settled_at,
        )
        .select_from(_DELIVERIES.join(events, true()).join(_ENDPOINTS, same_endpoint))
        .where(delivery.merchant_id == merchant_id)
        .order_by(delivery.endpoint_id, delivery.event_id)
    )
    if period.since is not None:
        query = query.where(event.occurred_at >= period.since)
    if period.until is not None:
        query = query.where(event.occurred_at < period.until)
    if endpoint_id is not None:
        query = query.where(delivery.endpoint_id == endpoint_id)
    if status is not None:
        query = query.where(delivery.status == status.value)
    return compile_statement(query)


def _deliveries_with_events() -> Select[tuple[object, ...]]:
    delivery, event = _DELIVERIES, _EVENTS
    same_event = (event.c.merchant_id == delivery.c.merchant_id) & (event.c.event_id == delivery.c.event_id)
    return select(*delivery.c, event.c.kind, event.c.occurred_at).select_from(delivery.join(event, same_event))


def _delivery(row: Row) -> Delivery:
    return Delivery(
        merchant_id=row["merchant_id"],
        endpoint_id=row["endpoint_id"],
        event_id=row["event_id"],
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        settled_at=row["settled_at"],
    )
