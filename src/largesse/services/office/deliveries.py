"""What endpoints were told: the list of it, how each endpoint is, and what of it belongs to a story."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection, load
from largesse.db.dataset import Column, ColumnKind, Dataset
from largesse.db.listing import ListAsked, Listing, ListSort, list_dataset
from largesse.domain.merchants import Merchant
from largesse.outbox import DeliveryStatus

_views = load(__package__, "views.sql")

DELIVERIES = Listing(
    query=_views.deliveries,
    key="endpoint_id",
    sorts={
        # the ids of events are made in the order of time; one event goes to several endpoints
        "newest": ListSort(column="event_id", kind="uuid"),
        "oldest": ListSort(column="event_id", kind="uuid", descending=False),
    },
)
_COLUMNS = (
    Column("occurred_at", ColumnKind.LOCAL),
    Column("kind"),
    Column("event_id"),
    Column("endpoint_id"),
    Column("url", ColumnKind.TEXT),
    Column("status"),
    Column("attempts", ColumnKind.NUMBER),
    Column("next_attempt_at", ColumnKind.LOCAL),
    Column("settled_at", ColumnKind.LOCAL),
)


class EndpointLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for an endpoint and when the next of it is due; what was given up, and since when."""

    waiting: int = 0
    next_at: datetime | None = None
    given_up: int = 0
    given_up_since: datetime | None = None


class EndpointTold(msgspec.Struct, frozen=True, kw_only=True):
    """That an endpoint was told of an event, or is to be."""

    event_id: UUID
    endpoint_id: UUID
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime
    settled_at: datetime | None
    queued_at: datetime
    kind: str
    url: str


async def loads_of(connection: Connection, merchant_id: UUID) -> Mapping[UUID, EndpointLoad]:
    """Return what waits for each endpoint of a merchant, by its id."""
    rows = await connection.fetch(_views.waiting_for_endpoints, merchant_id)
    return {
        row["endpoint_id"]: EndpointLoad(
            waiting=row["waiting"],
            next_at=row["next_at"],
            given_up=row["given_up"],
            given_up_since=row["given_up_since"],
        )
        for row in rows
    }


async def told_of(connection: Connection, merchant_id: UUID, event_ids: Sequence[UUID]) -> tuple[EndpointTold, ...]:
    """Return which endpoints were told of some events."""
    if not event_ids:
        return ()
    rows = await connection.fetch(_views.told_of, merchant_id, list(event_ids))
    return tuple(msgspec.convert(dict(row), EndpointTold) for row in rows)


def deliveries_to_export(merchant: Merchant, asked: ListAsked) -> Dataset:
    """Return the deliveries that a list shows: no bodies, and no query of a URL, which may be a secret."""
    return list_dataset(
        DELIVERIES,
        merchant.merchant_id,
        asked,
        name="deliveries",
        columns=_COLUMNS,
        zone=merchant.time_zone,
        currency=merchant.currency,
    )
